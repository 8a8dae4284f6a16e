/** Puts the provider's objects into the cluster and waits until everything of them runs. */
import { mustOnNode, onNode } from "../cluster/ssh.ts";
import { poll, RigError } from "../command.ts";
import { say } from "../progress.ts";
import { firstNode, type Settings } from "../settings.ts";
import { crds } from "./crds.ts";
import { leaseNamespace } from "./lease.ts";
import { leaseCount, leaseNamespaceObject, leaseObjects, sampleLeases } from "./leases.ts";
import { type ProviderPace, providerStatefulSet, serviceObjects, usualPace } from "./services.ts";

/** Namespaces and definitions first: an object of a kind that is not there yet cannot be mapped. */
export async function applyAkash(settings: Settings): Promise<void> {
  const leases = sampleLeases(leaseCount);
  const namespaces = ["akash-services", "lease"].map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "akash.network": "true", "akash.network/name": name } },
  }));
  await apply(settings, [...crds, ...namespaces, ...leases.map(leaseNamespaceObject)]);
  await established(settings);
  await apply(settings, [...serviceObjects(usualPace), ...leases.flatMap(leaseObjects)]);
}

/** After leases were lost: all of them are there again, and a new provider counts from nothing. */
export async function putBack(settings: Settings, pace: ProviderPace): Promise<void> {
  const names = sampleLeases(leaseCount).map(({ id }) => leaseNamespace(id));
  const phases = `kubectl get namespaces --ignore-not-found ${names.join(" ")} -o jsonpath='{.items[*].status.phase}'`;
  const limits = { timeoutMs: 180_000, everyMs: 1_000 };
  await poll("namespaces that end have ended", limits, async () => {
    const ran = await onNode(settings, firstNode(settings), phases, { timeoutMs: 20_000 });
    return ran.code === 0 && !ran.stdout.includes("Terminating") ? true : undefined;
  });
  const leases = sampleLeases(leaseCount);
  await apply(settings, leases.map(leaseNamespaceObject));
  await apply(settings, [providerStatefulSet(pace), ...leases.flatMap(leaseObjects)]);
  await renewProviderPod(settings);
  await waitForWorkloads(settings);
}

/**
 * A kubelet whose API server was restarted again and again may hear for minutes of no pod that is
 * to end: then all get a fresh start, and it is asked for once more.
 */
async function renewProviderPod(settings: Settings): Promise<void> {
  const provider = "kubectl -n akash-services";
  const anew = `${provider} delete pod akash-provider-0 --ignore-not-found --timeout=90s && ${provider} rollout status statefulset/akash-provider --timeout=90s`;
  const limits = { timeoutMs: 200_000 };
  const first = await onNode(settings, firstNode(settings), anew, limits);
  if (first.code === 0) return;
  say("the provider's pod is not renewed in time: fresh kubelets, and once more");
  for (const node of settings.nodes) {
    await mustOnNode(settings, node, "systemctl restart kubelet", limits);
  }
  await mustOnNode(settings, firstNode(settings), anew, limits);
}

/**
 * Applying is repeatable, and is repeated: an API server that has just started may drop a request.
 */
async function apply(settings: Settings, items: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const limits = { timeoutMs: 90_000, everyMs: 1_000 };
  let said = "";
  const script = "kubectl apply --server-side --force-conflicts -f -";
  await poll("the objects are applied", limits, async () => {
    const ran = await onNode(settings, firstNode(settings), script, { timeoutMs: 60_000, input });
    said = ran.stderr.trim();
    return ran.code === 0 ? true : undefined;
  }).catch((error: unknown) => {
    throw new RigError(`the objects cannot be applied: ${said}`, { cause: error });
  });
}

async function established(settings: Settings): Promise<void> {
  const wait = "kubectl wait --for=condition=Established --timeout=60s crd --all";
  await mustOnNode(settings, firstNode(settings), wait, { timeoutMs: 70_000 });
}

const template =
  "{{range .items}}{{.metadata.namespace}}/{{.metadata.name}} {{.spec.replicas}} {{.status.availableReplicas}}\n{{end}}";

/** Every Deployment and StatefulSet has all its pods available. */
export async function waitForWorkloads(settings: Settings): Promise<void> {
  let waiting: string[] = [];
  const limits = { timeoutMs: 180_000, everyMs: 500 };
  const ask = `kubectl get deployments,statefulsets -A -o go-template='${template}'`;
  await poll("the workloads run", limits, async () => {
    const ran = await onNode(settings, firstNode(settings), ask, { timeoutMs: 20_000 });
    if (ran.code !== 0) return undefined;
    waiting = unavailable(ran.stdout);
    return waiting.length === 0 ? true : undefined;
  }).catch((error: unknown) => {
    throw new RigError(`workloads not available: ${waiting.join(", ")}`, { cause: error });
  });
}

/** Names of the workloads in the template's lines whose available pods are not the wanted ones. */
export function unavailable(lines: string): string[] {
  const rows = lines.split("\n").filter((line) => line !== "");
  return rows.flatMap((row) => {
    const [name = "", wanted, available] = row.split(" ");
    return wanted === available ? [] : [name];
  });
}
