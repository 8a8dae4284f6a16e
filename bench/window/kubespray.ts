/**
 * What an operator has without Drydock: kubespray's k8s-certs-renew.sh, node after node. Two things are
 * changed, both in its favour or in that of the cluster: its two listings of expiration dates are left
 * out, and it waits for health instead of for an open port, since the next node would else be taken
 * down beside one that does not serve yet.
 */
import { join } from "node:path";
import { must, run } from "../../rig/command.ts";
import { type RigNode, type Settings, sshDir } from "../../rig/settings.ts";
import type { Span } from "./polls.ts";

const renewalTimeoutMs = 300_000;

// Asks as often as Drydock does. Its script has no `set -e`: it goes on when `crictl rmp` fails, as it
// does when the kubelet is removing the same container ("already in removing state" was seen).
const script = `set -e
kubeadm certs renew all
crictl pods --namespace kube-system --name 'kube-scheduler-*|kube-controller-manager-*|kube-apiserver-*|etcd-*' -q | xargs crictl rmp -f || true
cp /etc/kubernetes/admin.conf /root/.kube/config
until printf "" 2>>/dev/null >>/dev/tcp/127.0.0.1/6443; do sleep 0.25; done
healthy() { curl -fsk --max-time 5 -o /dev/null "https://127.0.0.1:$1"; }
until healthy 6443/readyz && healthy 10259/healthz && healthy 10257/healthz; do sleep 0.25; done`;

export interface KubesprayRun {
  readonly whole: Span;
  /** Milliseconds by node. */
  readonly nodes: ReadonlyMap<string, number>;
}

/** The connections stand before the clock starts, as Drydock's do before its first renewal. */
export async function kubesprayWay(settings: Settings): Promise<KubesprayRun> {
  await Promise.all(settings.nodes.map((node) => must(ssh(settings, node, "true"), limit)));
  const nodes = new Map<string, number>();
  const from = Date.now();
  for (const node of settings.nodes) {
    const startedAt = Date.now();
    await must(ssh(settings, node, "bash -s"), { ...limit, input: script });
    nodes.set(node.name, Date.now() - startedAt);
  }
  const whole = { from, to: Date.now() };
  await Promise.all(
    settings.nodes.map((node) => run([...master(settings), "-O", "exit", node.name], limit)),
  );
  return { whole, nodes };
}

const limit = { timeoutMs: renewalTimeoutMs };

function ssh(settings: Settings, node: RigNode, command: string): readonly string[] {
  return [...master(settings), node.name, command];
}

function master(settings: Settings): readonly string[] {
  const folder = sshDir(settings);
  const shared = ["ControlMaster=auto", "ControlPersist=120", `ControlPath=${folder}/bench-%n`];
  const options = [...shared, "BatchMode=yes"].flatMap((one) => ["-o", one]);
  return ["ssh", "-F", join(folder, "ssh_config"), ...options];
}
