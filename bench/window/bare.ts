/**
 * The guide's steps in its order, by scripts that look at nothing but health: no provider, no backup, no
 * proof, no health of the other nodes. What is left of a window's time beside them is what its looks cost.
 */
import { type BenchComponent, untilHealthy } from "./health.ts";

const renewed = `set -e
kubeadm certs renew all
install -m 600 /etc/kubernetes/admin.conf /root/.kube/config`;

const waiters = restarted(5, "kube-scheduler", "kube-controller-manager");

/** One after the other is stopped, removed and, all of them together, waited for. */
function restarted(graceSeconds: number, ...names: readonly BenchComponent[]): string {
  const stops = names.map(
    (name) =>
      `id=$(crictl ps -q --name '^${name}$'); crictl stop --timeout ${graceSeconds} $id; crictl rm $id`,
  );
  return [...stops, untilHealthy(...names)].join("\n");
}

export const bareAll = [renewed, restarted(1, "kube-apiserver"), waiters].join("\n");
export const bareNeeded = [renewed, waiters].join("\n");
