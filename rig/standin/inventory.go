// The role `operator inventory`: GET /v1/inventory as akash.inventory.v1.Cluster. It watches the nodes of
// one API server, and shows nothing any more once that watch has ended, until it is restarted: so does the
// real one (akash-network/helm-charts#402).
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
)

func runInventory() {
	kube, err := inCluster()
	if err != nil {
		fail(err)
	}
	var known atomic.Value
	known.Store([]any{})
	go func() {
		nodes, err := inventoryNodes(kube)
		if err != nil {
			fail(err)
		}
		known.Store(nodes)
		logInfo("watching nodes", "count", len(nodes))
		logError("the watch has ended", "err", watchNodes(kube))
		known.Store([]any{})
	}()
	serve(":8080", map[string]any{"/v1/inventory": func() any {
		return map[string]any{"nodes": known.Load(), "storage": []any{}}
	}})
}

func inventoryNodes(kube *kube) ([]any, error) {
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Status   struct{ Allocatable, Capacity map[string]string }
		}
	}
	if err := kube.get("/api/v1/nodes", &list); err != nil {
		return nil, err
	}
	nodes := []any{}
	for _, item := range list.Items {
		pair := func(name string) map[string]any {
			return map[string]any{
				"allocatable": or0(item.Status.Allocatable[name]),
				"allocated":   "0",
				"capacity":    or0(item.Status.Capacity[name]),
			}
		}
		counted := func(name string) any { return map[string]any{"quantity": pair(name), "info": []any{}} }
		nodes = append(nodes, map[string]any{
			"name": item.Metadata.Name,
			"resources": map[string]any{
				"cpu":               counted("cpu"),
				"memory":            counted("memory"),
				"gpu":               counted("nvidia.com/gpu"),
				"ephemeral_storage": pair("ephemeral-storage"),
				"volumes_attached":  pair("attachable-volumes"),
				"volumes_mounted":   pair("mounted-volumes"),
			},
			"capabilities": map[string]any{"storage_classes": []string{}},
		})
	}
	return nodes, nil
}

func or0(quantity string) string {
	if quantity == "" {
		return "0"
	}
	return quantity
}

// Returns when the API server ends it, or has itself ended.
func watchNodes(kube *kube) error {
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodGet, kube.base+"/api/v1/nodes?watch=true&timeoutSeconds=864000", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	// Its own client: the usual one ends every request after some seconds.
	answer, err := (&http.Client{Transport: kube.http.Transport}).Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("watch: %s", answer.Status)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
