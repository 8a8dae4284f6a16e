// The commands of Akash's "Updates & Maintenance", to the letter: what `drydock demo --guide`
// types, and what the rig is given beside it.

const stop = [
  "kubectl -n akash-services get statefulsets",
  "kubectl -n akash-services scale statefulsets akash-provider --replicas=0",
  "kubectl -n akash-services get statefulsets",
  "kubectl -n akash-services get pods -l app=akash-provider",
];

const backups = [
  "kubeadm certs check-expiration",
  "export $(grep -v '^#' /etc/etcd.env | xargs -d '\\n')",
  "etcdctl -w table member list",
  "etcdctl endpoint health --cluster -w table",
  "etcdctl endpoint status --cluster -w table",
  "etcdctl snapshot save node1.etcd.backup",
  "tar czf etc_kubernetes_ssl_etcd_bkp.tar.gz /etc/kubernetes /etc/ssl/etcd",
  "kubectl get nodes -l node-role.kubernetes.io/control-plane",
];

const everyNode = [
  "kubeadm certs renew all",
  "mv -vi /root/.kube/config /root/.kube/config.old",
  "cp -pi /etc/kubernetes/admin.conf /root/.kube/config",
  "kubectl -n kube-system delete pods -l component=kube-apiserver",
  "kubectl -n kube-system delete pods -l component=kube-scheduler",
  "kubectl -n kube-system delete pods -l component=kube-controller-manager",
  "systemctl restart etcd.service",
  "kubeadm certs check-expiration",
];

const start = ["kubectl -n akash-services scale statefulsets akash-provider --replicas=1"];

/** What is typed into one shell, line by line. */
export interface Typed<Host> {
  readonly host: Host;
  readonly lines: readonly string[];
}

/** The whole guide; `renewal`: as those do it who leave the provider running. */
export function guideOn<Host>(
  hosts: readonly Host[],
  part: "whole" | "renewal" = "whole",
): readonly Typed<Host>[] {
  const first = hosts.slice(0, 1);
  const on = (some: readonly Host[], lines: readonly string[]) =>
    some.map((host) => ({ host, lines }));
  if (part === "renewal") return on(hosts, everyNode);
  return [...on(first, [...stop, ...backups]), ...on(hosts, everyNode), ...on(first, start)];
}
