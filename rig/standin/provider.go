// The role `provider`: what akash-network/provider does with leases that exist already. One monitor for
// each Manifest object; /status counts them. It bids on nothing and deploys nothing.
package main

import (
	"errors"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// How often new Manifest objects are looked for. The real one hears of them from its tenants.
const relistPeriod = 10 * time.Second

type provider struct {
	kube     *kube
	chain    string
	settings settings
	http     http.Client

	mutex    sync.Mutex
	monitors map[string]*monitor
}

// Ends the process, as the real one does, when the settings or the API server are not well at the start.
func runProvider() {
	settings, err := readSettings()
	if err != nil {
		fail(err)
	}
	kube, err := inCluster()
	if err != nil {
		fail(err)
	}
	p := &provider{
		kube:     kube,
		chain:    os.Getenv("STANDIN_CHAIN"),
		settings: settings,
		http:     http.Client{Timeout: 10 * time.Second},
		monitors: map[string]*monitor{},
	}
	leases, err := kube.leases()
	if err != nil {
		fail(err)
	}
	p.manage(leases)
	go serveTLS(":8443", map[string]any{
		"/status":  p.status,
		"/version": map[string]any{"akash": map[string]string{"version": os.Getenv("AKASH_VERSION")}},
	})
	for {
		time.Sleep(relistPeriod)
		if leases, err := kube.leases(); err == nil {
			p.manage(leases)
		}
	}
}

func fail(err error) {
	logError("starting", "err", err)
	os.Exit(1)
}

// A lease whose Manifest object has gone is managed no longer.
func (p *provider) manage(leases []lease) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	here := map[string]bool{}
	for _, one := range leases {
		here[one.namespace] = true
		if p.monitors[one.namespace] == nil {
			p.monitors[one.namespace] = startMonitor(p, one)
		}
	}
	for namespace, monitor := range p.monitors {
		if !here[namespace] {
			close(monitor.ended)
			delete(p.monitors, namespace)
		}
	}
}

func (p *provider) status() any {
	p.mutex.Lock()
	leases := len(p.monitors)
	p.mutex.Unlock()
	return map[string]any{
		"cluster":                 map[string]any{"leases": leases, "inventory": map[string]any{"active": []any{}, "available": map[string]any{"nodes": []any{}}}},
		"bidengine":               map[string]any{"orders": 0},
		"manifest":                map[string]any{"deployments": leases},
		"cluster_public_hostname": os.Getenv("AKASH_CLUSTER_PUBLIC_HOSTNAME"),
		"address":                 os.Getenv("AKASH_FROM"),
	}
}

// When the monitor closes a lease. `clock` makes all of it faster than it really is: 0.1 for ten times.
type settings struct {
	maxRetries        uint64
	retryPeriod       time.Duration
	retryJitter       time.Duration
	healthcheckPeriod time.Duration
	healthcheckJitter time.Duration
	clock             float64
}

// The real names and defaults; both prefixes are read, as there.
func readSettings() (settings, error) {
	var errs []error
	get := func(name, missing string) string {
		for _, prefix := range []string{"AKASH_", "AP_"} {
			if text := os.Getenv(prefix + name); text != "" {
				return text
			}
		}
		return missing
	}
	duration := func(name, missing string) time.Duration {
		value, err := time.ParseDuration(get(name, missing))
		errs = append(errs, err)
		return value
	}
	retries, err := strconv.ParseUint(get("MONITOR_MAX_RETRIES", "40"), 10, 32)
	errs = append(errs, err)
	clock := 1.0
	if text := os.Getenv("STANDIN_CLOCK"); text != "" {
		clock, err = strconv.ParseFloat(text, 64)
		errs = append(errs, err)
	}
	read := settings{
		maxRetries:        retries,
		retryPeriod:       duration("MONITOR_RETRY_PERIOD", "4s"),
		retryJitter:       duration("MONITOR_RETRY_PERIOD_JITTER", "15s"),
		healthcheckPeriod: duration("MONITOR_HEALTHCHECK_PERIOD", "10s"),
		healthcheckJitter: duration("MONITOR_HEALTHCHECK_PERIOD_JITTER", "5s"),
		clock:             clock,
	}
	if read.retryPeriod < 4*time.Second || read.healthcheckPeriod < 4*time.Second {
		errs = append(errs, errors.New("a monitor's period is at least 4s"))
	}
	return read, errors.Join(errs...)
}
