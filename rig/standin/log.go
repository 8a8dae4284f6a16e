// Log lines as a provider that logs through cosmossdk.io/log prints them to stderr: coloured, even where
// nobody looks on, and with the fields in the order of their names.
package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	bold  = 1
	red   = 31
	green = 32
	cyan  = 36
	grey  = 90
)

func logInfo(message string, pairs ...any) {
	logLine(paint(green, "INF"), message, pairs)
}

func logError(message string, pairs ...any) {
	logLine(paint(red, "ERR"), message, pairs)
}

func logLine(level, message string, pairs []any) {
	var fields []string
	for i := 0; i+1 < len(pairs); i += 2 {
		fields = append(fields, paint(cyan, fmt.Sprintf("%v=", pairs[i]))+value(fmt.Sprint(pairs[i+1])))
	}
	slices.Sort(fields)
	line := []string{paint(grey, time.Now().Format(time.Kitchen)), level, paint(bold, message)}
	fmt.Fprintln(os.Stderr, strings.Join(append(line, fields...), " "))
}

func paint(colour int, text string) string {
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", colour, text)
}

func value(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' || r == '"' }) {
		return strconv.Quote(text)
	}
	return text
}
