// Command standin plays every image of the rig that is not Kubernetes itself: pause, the provider,
// its operators, an RPC node and the tenants' workloads. It ends at once on SIGTERM.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	role := filepath.Base(os.Args[0])
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	switch role {
	case "provider":
		go runProvider()
	case "operator":
		if len(os.Args) > 2 && os.Args[2] == "inventory" {
			go runInventory()
		}
	case "rpc":
		go runRpc()
	case "workload":
		go serve(":8080", map[string]any{"/": "ok"})
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	if role == "pause" {
		reap(ended)
		return
	}
	fmt.Printf("standin: %s\n", role)
	<-ended
}

// reap is what pause is for when a pod shares its process namespace.
func reap(ended chan os.Signal) {
	children := make(chan os.Signal, 8)
	signal.Notify(children, syscall.SIGCHLD)
	for {
		select {
		case <-ended:
			return
		case <-children:
			for {
				if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
					break
				}
			}
		}
	}
}

func serve(address string, answers map[string]any) {
	fmt.Println(http.ListenAndServe(address, handler(answers)))
}

func serveTLS(address string, answers map[string]any) {
	certificate, err := selfSigned()
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &http.Server{Addr: address, Handler: handler(answers), TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}}
	fmt.Println(server.ListenAndServeTLS("", ""))
}

func handler(answers map[string]any) http.Handler {
	mux := http.NewServeMux()
	for path, answer := range answers {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if ask, ok := answer.(func() any); ok {
				_ = json.NewEncoder(w).Encode(ask())
				return
			}
			_ = json.NewEncoder(w).Encode(answer)
		})
	}
	return mux
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
