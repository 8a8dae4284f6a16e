// The monitor of one lease, an own reading of akash-network/provider's cluster/monitor.go: it closes the
// lease on the chain at failed check number maxRetries + 1 in a row, once. It counts in memory only.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"net/http"
	"time"
)

// The real one's, for undoing the workload of a lease that was closed.
const (
	teardownAttempts = 50
	teardownPeriod   = 3 * time.Second
)

type monitor struct {
	*provider
	lease    lease
	attempts uint64
	ended    chan struct{}
}

func startMonitor(p *provider, of lease) *monitor {
	m := &monitor{provider: p, lease: of, ended: make(chan struct{})}
	m.info("hostnames withheld", "cnt", 0)
	go m.run()
	return m
}

func (m *monitor) run() {
	wait := m.retryIn()
	for m.sleep(wait) {
		m.attempts++
		if m.check() {
			m.attempts = 0
			wait = m.healthcheckIn()
			continue
		}
		m.info("check result", "ok", false, "attempt", m.attempts)
		if m.attempts <= m.settings.maxRetries {
			wait = m.retryIn()
			continue
		}
		m.error("deployment failed.  closing lease.")
		m.closeLease()
		return
	}
}

// False when the lease is managed no longer.
func (m *monitor) sleep(wait time.Duration) bool {
	select {
	case <-m.ended:
		return false
	case <-time.After(wait):
		return true
	}
}

func (m *monitor) retryIn() time.Duration {
	return m.settings.after(m.settings.retryPeriod, m.settings.retryJitter)
}

func (m *monitor) healthcheckIn() time.Duration {
	return m.settings.after(m.settings.healthcheckPeriod, m.settings.healthcheckJitter)
}

// A jitter of 0 panics, as it does there.
func (s settings) after(period, jitter time.Duration) time.Duration {
	return time.Duration(float64(period+time.Duration(rand.Int63n(int64(jitter)))) * s.clock)
}

// An error counts as unhealthy: that is how an outage of the API takes all leases.
func (m *monitor) check() bool {
	available, err := m.kube.available(m.lease.namespace)
	if err != nil {
		m.error("lease status", "err", err)
		m.error("monitor check", "err", err)
		return false
	}
	for _, service := range m.lease.services {
		if found, ok := available[service.Name]; !ok || found < service.Count {
			return false
		}
	}
	return true
}

// Never tried again: a lease whose closing failed stays, and nobody monitors it.
func (m *monitor) closeLease() {
	if err := m.askToClose(); err != nil {
		m.error("closing deployment", "err", err)
		return
	}
	m.info("bidding on lease closed")
	m.teardown()
}

func (m *monitor) askToClose() error {
	body, err := json.Marshal(map[string]any{"id": m.lease.id, "reason": "lease_closed_reason_unstable"})
	if err != nil {
		return err
	}
	answer, err := m.http.Post(m.chain+"/standin/close-lease", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("close lease: %s", answer.Status)
	}
	return nil
}

// It hears that the lease was closed, and undoes the workload, unless the API stays away for too long.
func (m *monitor) teardown() {
	for range teardownAttempts {
		err := m.kube.remove(m.lease.namespace)
		if err == nil {
			m.info("teardown complete")
			return
		}
		m.error("lease teardown", "err", err)
		time.Sleep(time.Duration(float64(teardownPeriod) * m.settings.clock))
	}
}

func (m *monitor) info(message string, pairs ...any) {
	logInfo(message, m.named(pairs)...)
}

func (m *monitor) error(message string, pairs ...any) {
	logError(message, m.named(pairs)...)
}

func (m *monitor) named(pairs []any) []any {
	id := m.lease.id
	name := fmt.Sprintf("%s/%s/%d/%d/%s", id.Owner, id.Dseq, id.Gseq, id.Oseq, id.Provider)
	return append(pairs, "module", "provider-cluster", "cmp", "deployment-monitor", "lease", name, "manifest-group", m.lease.group)
}
