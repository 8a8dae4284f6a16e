// The little of the Kubernetes API that the provider's monitor asks, as the pod's ServiceAccount.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	account     = "/var/run/secrets/kubernetes.io/serviceaccount/"
	manifests   = "/apis/akash.network/v2beta2/namespaces/lease/manifests"
	answerLimit = 8 << 20
)

type kube struct {
	base string
	http http.Client
}

type leaseID struct {
	Owner    string `json:"owner"`
	Dseq     string `json:"dseq"`
	Gseq     int    `json:"gseq"`
	Oseq     int    `json:"oseq"`
	Provider string `json:"provider"`
}

type service struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

type lease struct {
	id        leaseID
	namespace string
	group     string
	services  []service
}

func inCluster() (*kube, error) {
	authority, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, errors.New("the service account's authority is no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	host := net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	return &kube{base: "https://" + host, http: http.Client{Transport: transport, Timeout: 10 * time.Second}}, nil
}

func (k *kube) leases() ([]lease, error) {
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Spec     struct {
				LeaseID leaseID `json:"lease_id"`
				Group   struct {
					Name     string
					Services []service
				}
			}
		}
	}
	if err := k.get(manifests, &list); err != nil {
		return nil, err
	}
	var found []lease
	for _, item := range list.Items {
		found = append(found, lease{item.Spec.LeaseID, item.Metadata.Name, item.Spec.Group.Name, item.Spec.Group.Services})
	}
	return found, nil
}

// By service: the replicas that the monitor counts. Of a StatefulSet those are the pods that exist.
func (k *kube) available(namespace string) (map[string]int, error) {
	type workloads struct {
		Items []struct {
			Metadata struct{ Name string }
			Status   struct{ AvailableReplicas, CurrentReplicas int }
		}
	}
	if err := k.get("/api/v1/namespaces/"+namespace, &struct{}{}); err != nil {
		return nil, err
	}
	var deployments, statefulSets workloads
	if err := k.get("/apis/apps/v1/namespaces/"+namespace+"/deployments", &deployments); err != nil {
		return nil, err
	}
	if err := k.get("/apis/apps/v1/namespaces/"+namespace+"/statefulsets", &statefulSets); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, one := range deployments.Items {
		counts[one.Metadata.Name] = one.Status.AvailableReplicas
	}
	for _, one := range statefulSets.Items {
		counts[one.Metadata.Name] = one.Status.CurrentReplicas
	}
	return counts, nil
}

// The lease's namespace and its Manifest object; what is gone already is no error.
func (k *kube) remove(namespace string) error {
	for _, path := range []string{"/api/v1/namespaces/" + namespace, manifests + "/" + namespace} {
		if err := k.ask(http.MethodDelete, path, nil); err != nil {
			return err
		}
	}
	return nil
}

func (k *kube) get(path string, into any) error {
	return k.ask(http.MethodGet, path, into)
}

func (k *kube) ask(method, path string, into any) error {
	// The kubelet replaces it every hour.
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, k.base+path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	answer, err := k.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, answerLimit))
	if err != nil {
		return err
	}
	if method == http.MethodDelete && answer.StatusCode == http.StatusNotFound {
		return nil
	}
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s", method, path, answer.Status)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}
