// The role `rpc`: GET /status of a chain's node, as CometBFT answers it. GET /standin?behind=600&for=30
// makes it catch up from so many seconds behind, for so many seconds.
package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const blockPeriod = 6 * time.Second

type rpcNode struct {
	mutex  sync.Mutex
	behind time.Duration
	until  time.Time
}

func runRpc() {
	node := &rpcNode{}
	mux := http.NewServeMux()
	mux.HandleFunc("/status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(node.status())
	})
	mux.HandleFunc("/standin", func(w http.ResponseWriter, r *http.Request) {
		behind, err := strconv.Atoi(r.FormValue("behind"))
		lasts, otherErr := strconv.Atoi(r.FormValue("for"))
		if err != nil || otherErr != nil {
			http.Error(w, "?behind=SECONDS&for=SECONDS", http.StatusBadRequest)
			return
		}
		node.lag(time.Duration(behind)*time.Second, time.Duration(lasts)*time.Second)
	})
	logError("rpc", "err", http.ListenAndServe(":26657", mux))
}

func (n *rpcNode) lag(behind, lasts time.Duration) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.behind = behind
	n.until = time.Now().Add(lasts)
}

func (n *rpcNode) status() any {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	newest := time.Now()
	catchingUp := newest.Before(n.until)
	if catchingUp {
		newest = newest.Add(-n.behind)
	}
	block := newest.Truncate(blockPeriod)
	height := 20_000_000 + block.Unix()/int64(blockPeriod/time.Second)%1_000_000
	return map[string]any{
		"jsonrpc": "2.0",
		"id":      -1,
		"result": map[string]any{
			"node_info": map[string]any{"network": "akashnet-2", "version": "0.38.17", "moniker": "rig"},
			"sync_info": map[string]any{
				"latest_block_height": strconv.FormatInt(height, 10),
				"latest_block_time":   block.UTC().Format(time.RFC3339Nano),
				"catching_up":         catchingUp,
			},
		},
	}
}
