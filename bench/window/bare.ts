/**
 * The guide's steps in its order, by scripts that look at nothing but health: no provider, no
 * backup, no proof, no health of the other nodes. What is left of a window's time beside them is
 * what its looks cost.
 */
import { type BenchComponent, untilHealthy } from "./health.ts";

const renewed = `set -e
kubeadm certs renew all
install -m 600 /etc/kubernetes/admin.conf /root/.kube/config`;

const waiters = ["kube-scheduler", "kube-controller-manager"] as const;

/** In this order, and removed together: the kubelet starts them again side by side. */
function stopped(graceSeconds: number, ...names: readonly BenchComponent[]): string {
  const ids = names.map((name) => `$(crictl ps -q --name '^${name}$')`).join(" ");
  return `ids="${ids}"; crictl stop --timeout ${graceSeconds} $ids; crictl rm $ids`;
}

const apiServer = stopped(1, "kube-apiserver");
const others = [stopped(5, ...waiters), untilHealthy(...waiters)];

export const bareAll = [renewed, apiServer, untilHealthy("kube-apiserver"), ...others].join("\n");
/** Scheduler and controller-manager find no API server for as long as it takes to start. */
export const bareAtOnce = [renewed, apiServer, ...others, untilHealthy("kube-apiserver")].join(
  "\n",
);
export const bareNeeded = [renewed, ...others].join("\n");
