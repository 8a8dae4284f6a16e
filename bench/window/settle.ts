/**
 * Waits until the rig's cluster is healthy and quiet again: no run may pay for the one before it.
 */
import { cpus } from "node:os";
import { onNode } from "../../rig/cluster/ssh.ts";
import { poll, RigError } from "../../rig/command.ts";
import type { Settings } from "../../rig/settings.ts";

const healthyTimeoutMs = 300_000;
const quietTimeoutMs = 180_000;
/** The cluster alone keeps about a third of two cores busy; its start-up all of them. */
const busyShareMax = 0.5;
const sampleMs = 3000;

/** Returns the share of this machine's processors that was busy at the end, from 0 to 1. */
export async function settled(settings: Settings): Promise<number> {
  await healthy(settings);
  return quiet();
}

/** Every API server, node and pod of the control plane, its leaders, and the provider. */
export async function healthy(settings: Settings): Promise<void> {
  const [primary] = settings.nodes;
  if (primary === undefined) throw new RigError("the rig has no nodes");
  const limits = { timeoutMs: healthyTimeoutMs, everyMs: 1000 };
  await poll("a healthy cluster", limits, async () => {
    const ran = await onNode(settings, primary, healthScript(settings), { timeoutMs: 60_000 });
    return ran.code === 0 ? true : undefined;
  });
}

// Both leaders must have renewed their lease in the last 5 s: it stays with a dead one for 15 s.
function healthScript({ nodes }: Settings): string {
  const all = nodes.map(({ address }) => address).join(" ");
  return `set -e
for address in ${all}; do curl -fsk --max-time 5 "https://$address:6443/readyz" >/dev/null; done
kubectl get nodes --no-headers | awk '$2 != "Ready" { bad = 1 } END { exit bad || NR != ${nodes.length} }'
kubectl -n kube-system get pods --no-headers | awk '$2 != "1/1" || $3 != "Running" { bad = 1 } END { exit bad || NR == 0 }'
provider=$(kubectl -n akash-services get statefulset akash-provider -o jsonpath='{.spec.replicas}/{.status.readyReplicas}')
[ "$provider" = 1/1 ]
now=$(date +%s)
for lease in kube-scheduler kube-controller-manager; do
  renewed=$(kubectl -n kube-system get lease $lease -o jsonpath='{.spec.renewTime}')
  [ $((now - $(date -d "$renewed" +%s))) -le 5 ]
done`;
}

/** A machine that does not get quiet is measured as it is, and its share says so. */
async function quiet(): Promise<number> {
  const deadline = Date.now() + quietTimeoutMs;
  for (;;) {
    const share = await busyShare();
    if (share <= busyShareMax || Date.now() >= deadline) return share;
  }
}

async function busyShare(): Promise<number> {
  const before = processorTimes();
  await new Promise((resolve) => setTimeout(resolve, sampleMs));
  const after = processorTimes();
  const all = after.all - before.all;
  return all === 0 ? 0 : 1 - (after.idle - before.idle) / all;
}

function processorTimes(): { readonly all: number; readonly idle: number } {
  const times = cpus().map((cpu) => cpu.times);
  const all = times.flatMap((one) => Object.values(one)).reduce((sum, ms) => sum + ms, 0);
  return { all, idle: times.reduce((sum, { idle }) => sum + idle, 0) };
}
