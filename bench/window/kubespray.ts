/**
 * What an operator has without Drydock: kubespray's k8s-certs-renew.sh. Two things are changed,
 * both in its favour or in that of the cluster: its two listings of expiration dates are left out,
 * and it waits for health instead of for an open port, since the next node would else be taken down
 * beside one that does not serve yet.
 */
import { untilHealthy } from "./health.ts";

// Its script has no `set -e`: it goes on when `crictl rmp` fails, as it does when the kubelet is
// removing the same container ("already in removing state" was seen).
export const kubesprayScript = `set -e
kubeadm certs renew all
crictl pods --namespace kube-system --name 'kube-scheduler-*|kube-controller-manager-*|kube-apiserver-*|etcd-*' -q | xargs crictl rmp -f || true
cp /etc/kubernetes/admin.conf /root/.kube/config
until printf "" 2>>/dev/null >>/dev/tcp/127.0.0.1/6443; do sleep 0.25; done
${untilHealthy("kube-apiserver", "kube-scheduler", "kube-controller-manager")}`;
