// Reads leases' objects with kubectl. Go templates name the fields that leave the node: the
// environment, arguments and registry credentials of tenants stand in the same objects, and are
// never asked for.

import { isLeaseId } from "../akash/lease.ts";
import type {
  LeaseNamespace,
  ManifestSeen,
  NodeGpus,
  TenantPod,
  Workload,
} from "../akash/ledger.ts";
import type { LeaseId } from "../core/chain.ts";
import type { ReadCommand } from "../core/command.ts";
import { type Outcome, type Reading, read } from "../core/outcome.ts";
import { templateRows } from "./go-template.ts";
import { getWithTemplate } from "./kubectl.ts";

// Every text passes urlquery: a name that holds blanks, newlines or control characters stays one
// word. A field that is missing is `%3Cnil%3E` or `%3Cno+value%3E`, which no number and no address
// is.
const text = (path: string) => `{{urlquery ${path}}}`;
const number = (path: string) => `{{with ${path}}}{{.}}{{else}}0{{end}}`;
const label = (name: string) => `(index .metadata.labels "akash.network/lease.id.${name}")`;
const idOf = (field: (name: string) => string) =>
  ["owner", "dseq", "gseq", "oseq", "provider"].map((name) => text(field(name))).join(" ");
const eachItem = (line: string) => `{{range .items}}${line}{{"\\n"}}{{end}}`;

const services = `{{range .spec.group.services}} ${text(".name")} {{.count}}{{end}}`;

export const listManifests: ReadCommand = getWithTemplate(
  ["-n", "lease", "manifests.akash.network"],
  eachItem(`${text(".metadata.name")} ${idOf((name) => `.spec.lease_id.${name}`)}${services}`),
);

/** Akash's own namespaces carry akash.network=true too: only leases have a provider. */
export const listLeaseNamespaces: ReadCommand = getWithTemplate(
  ["namespaces", "-l", "akash.network/lease.id.provider"],
  eachItem(`${text(".metadata.name")} ${idOf(label)} ${text(".status.phase")}`),
);

const restarts = "{{range .status.containerStatuses}}{{.restartCount}},{{end}}";
const workload = `${text(".metadata.namespace")} ${text(".metadata.name")}`;
const replicas = `{{.spec.replicas}} ${["available", "ready", "current"]
  .map((which) => number(`.status.${which}Replicas`))
  .join(" ")} ${number(".status.replicas")}`;

/** Workloads, pods and volume claims of all leases: they all carry the label of their service. */
export const listWorkloads: ReadCommand = getWithTemplate(
  [
    "deployments.apps,statefulsets.apps,pods,persistentvolumeclaims",
    "--all-namespaces",
    "-l",
    "akash.network/manifest-service",
  ],
  eachItem(
    `{{.kind}} ${workload} {{if eq .kind "Pod"}}${text(".metadata.uid")} ${text(".spec.nodeName")} ${text(".status.phase")} ${restarts}` +
      `{{else if eq .kind "PersistentVolumeClaim"}}${text(".status.phase")}{{else}}${replicas}{{end}}`,
  ),
);

/** Resources of the vendors that Akash's inventory operator knows. */
const gpus = ["nvidia.com/gpu", "amd.com/gpu"].map(
  (name) => `{{with index .status.allocatable "${name}"}}{{.}}{{else}}0{{end}}`,
);
const ready = '{{range .status.conditions}}{{if eq .type "Ready"}}{{.status}}{{end}}{{end}}';

export const listNodeGpus: ReadCommand = getWithTemplate(
  ["nodes"],
  eachItem(`${text(".metadata.name")} ${ready} ${gpus.join(" ")}`),
);

export function parseManifests(outcome: Outcome): Reading<readonly ManifestSeen[]> {
  return templateRows(outcome, "Manifest objects", ([name = "", ...words]) => {
    const id = idFrom(words);
    const services = servicesOf(words.slice(5));
    return id === undefined || services === undefined ? undefined : { name, id, services };
  });
}

/** Without their workloads: `withWorkloads` puts those in. */
export function parseLeaseNamespaces(outcome: Outcome): Reading<readonly LeaseNamespace[]> {
  return templateRows(outcome, "lease namespaces", ([name = "", ...words]) => {
    const id = idFrom(words);
    const phase = words[5];
    if (id === undefined || phase === undefined) return undefined;
    return { name, id, phase, workloads: [], pods: [], claims: [] };
  });
}

/** One workload, pod or claim, with the namespace it is in. */
export interface WorkloadRow {
  readonly namespace: string;
  readonly workload?: Workload;
  readonly pod?: TenantPod;
  readonly claim?: { readonly name: string; readonly phase: string };
}

export function parseWorkloads(outcome: Outcome): Reading<readonly WorkloadRow[]> {
  return templateRows(
    outcome,
    "leases' workloads",
    ([kind = "", namespace = "", name = "", ...words]) => {
      if (kind === "Pod") {
        const [uid = "", node = "", phase = "", counts = ""] = words;
        const restarts = sum(counts);
        const pod = { name, uid, node: isMissing(node) ? "" : node, phase, restarts };
        return Number.isNaN(restarts) ? undefined : { namespace, pod };
      }
      if (kind === "PersistentVolumeClaim") {
        const [phase] = words;
        return phase === undefined ? undefined : { namespace, claim: { name, phase } };
      }
      if (kind !== "Deployment" && kind !== "StatefulSet") return undefined;
      const [desired = Number.NaN, available = 0, ready = 0, current = 0, replicas = 0] =
        words.map(Number);
      if (words.length !== 5 || words.some((one) => !/^\d{1,9}$/.test(one))) return undefined;
      const counted = kind === "StatefulSet" ? current : replicas;
      return { namespace, workload: { kind, name, desired, available, ready, current: counted } };
    },
  );
}

export function parseNodeGpus(outcome: Outcome): Reading<readonly NodeGpus[]> {
  return templateRows(outcome, "nodes", ([name = "", ready, ...counts]) => {
    if (counts.length !== gpus.length || counts.some((one) => !/^\d{1,9}$/.test(one)))
      return undefined;
    return { name, ready: ready === "True", gpus: sum(counts.join(",")) };
  });
}

/** Each namespace with what is in it; what is in no lease's namespace is left out. */
export function withWorkloads(
  namespaces: Reading<readonly LeaseNamespace[]>,
  found: Reading<readonly WorkloadRow[]>,
): Reading<readonly LeaseNamespace[]> {
  if (namespaces.kind === "unreadable") return namespaces;
  if (found.kind === "unreadable") return found;
  const byNamespace = new Map<string, WorkloadRow[]>();
  for (const row of found.value) {
    const known = byNamespace.get(row.namespace);
    if (known === undefined) byNamespace.set(row.namespace, [row]);
    else known.push(row);
  }
  return read(
    namespaces.value.map((one) => {
      const mine = byNamespace.get(one.name) ?? [];
      return {
        ...one,
        workloads: mine.flatMap(({ workload }) => workload ?? []),
        pods: mine.flatMap(({ pod }) => pod ?? []),
        claims: mine.flatMap(({ claim }) => claim ?? []),
      };
    }),
  );
}

/** A name and a count in turns. */
function servicesOf(words: readonly string[]): ManifestSeen["services"] | undefined {
  const services = words.flatMap((name, at) =>
    at % 2 === 0 ? [{ name, count: Number(words[at + 1]) }] : [],
  );
  return services.every((one) => Number.isInteger(one.count)) ? services : undefined;
}

function idFrom([owner = "", dseq = "", gseq, oseq, provider = ""]: readonly string[]):
  | LeaseId
  | undefined {
  const id = { owner, dseq, gseq: Number(gseq), oseq: Number(oseq), provider };
  return isLeaseId(id) ? id : undefined;
}

function isMissing(word: string): boolean {
  return word === "<nil>" || word === "<no value>";
}

function sum(counts: string): number {
  const numbers = counts.split(",").filter((one) => one !== "");
  return numbers.reduce(
    (total, one) => total + (/^\d{1,9}$/.test(one) ? Number(one) : Number.NaN),
    0,
  );
}
