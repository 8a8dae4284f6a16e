// What came from outside, on its way to a terminal or into a file that is shown on one.

/**
 * Control characters, and what turns the direction of writing, as `\u{…}`: a name moves no cursor.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (one) => {
    const code = one.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
