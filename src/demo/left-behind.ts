// What maintenance has left behind, read from the model before and after: never from what was
// printed.

import { type LeafRow, leafRows } from "../simulator/build/certificates.ts";
import { sha256, textAt } from "../simulator/files.ts";
import {
  controlPlane,
  type HostModel,
  hostNamed,
  type Model,
  running,
  type StoredBytes,
} from "../simulator/model.ts";
import { podsOf } from "../simulator/nature/controllers.ts";
import { clientPemOf } from "../simulator/nature/kubeconfig.ts";
import { validityOf } from "../simulator/x509.ts";
import { untouched, workloadsOf } from "./workloads.ts";

/** The operator's machine after maintenance; the files of its windows. */
export type Here = readonly StoredBytes[];

/** `what` to how it was left. */
export type LeftBehind = ReadonlyMap<string, string>;

const restarted = ["kube-apiserver", "kube-scheduler", "kube-controller-manager"];
/** Which kubeconfig a component has read its client certificate from. */
const readsOnce = {
  "kube-scheduler": "/etc/kubernetes/scheduler.conf",
  "kube-controller-manager": "/etc/kubernetes/controller-manager.conf",
} as const;

export function leftBehind(before: Model, after: Model, here: Here): LeftBehind {
  const nodes = controlPlane(after).map((now) => ({ now, was: hostNamed(before, now.name) }));
  const certificates = nodes.flatMap(({ was, now }) =>
    leafRows
      .filter((row) => pemOf(was, row) !== "")
      .map((row) => ({ was, now, row, renewed: pemOf(was, row) !== pemOf(now, row) })),
  );
  const renewed = certificates.filter((one) => one.renewed);
  const readers = nodes.flatMap(({ now }) => readersOf(now));
  const kept = renewed.filter(({ was, now, row }) => isKept(now, here, textOf(was, row)));
  return new Map([
    ["certificates renewed", of(renewed, certificates)],
    ["components restarted", of(...restarts(nodes))],
    ["working with an old certificate", outdated(readers)],
    ["old certificates to go back to", of(kept, renewed)],
    ["etcd restarted", of(etcdRestarts(nodes), nodes)],
    ["etcd snapshot", backup(nodes, here, "snapshot")],
    ["archive of /etc/kubernetes", backup(nodes, here, "archive")],
    ["provider", providerOf(after)],
    ["leases' workloads untouched", workloads(before, after)],
  ]);
}

interface Pair {
  readonly was: HostModel;
  readonly now: HostModel;
}

function of(part: readonly unknown[], whole: readonly unknown[]): string {
  return `${part.length} of ${whole.length}`;
}

function textOf(host: HostModel, row: LeafRow): string {
  return textAt(host, row.kind === "pair" ? `${row.path}.crt` : row.path);
}

function pemOf(host: HostModel, row: LeafRow): string {
  const text = textOf(host, row);
  return row.kind === "pair" ? text : clientPemOf(text);
}

function restarts(nodes: readonly Pair[]): readonly [readonly string[], readonly string[]] {
  const all = nodes.flatMap((pair) => restarted.map((component) => ({ ...pair, component })));
  const done = all.filter(
    ({ was, now, component }) => running(was, component)?.id !== running(now, component)?.id,
  );
  const names = (some: typeof all) => some.map(({ now, component }) => `${component}@${now.name}`);
  return [names(done), names(all)];
}

interface Reader {
  /** What it has in memory, and what its file holds now. */
  readonly pem: string;
  readonly filePem: string;
}

/** The processes that read their certificate once, when they start. */
function readersOf(host: HostModel): readonly Reader[] {
  return Object.entries(readsOnce).map(([component, path]) => ({
    pem: running(host, component)?.clientPem ?? "",
    filePem: clientPemOf(textAt(host, path)),
  }));
}

function outdated(readers: readonly Reader[]): string {
  const old = readers.filter(({ pem, filePem }) => pem !== filePem);
  const count = `${of(old, readers)} schedulers and controller-managers`;
  if (old.length === 0) return count;
  const first = Math.min(...old.map(({ pem }) => validityOf(pem)?.notAfter ?? 0));
  return `${count}, until ${new Date(first).toISOString().slice(0, 10)}`;
}

function isKept(host: HostModel, here: Here, content: string): boolean {
  const hash = sha256(content);
  return [...host.files.values(), ...here].some(
    (file) => file.content === content || (file.form === "archive" && file.content.includes(hash)),
  );
}

function etcdRestarts(nodes: readonly Pair[]): readonly string[] {
  return nodes
    .filter(({ was, now }) => was.etcdUnit?.invocation !== now.etcdUnit?.invocation)
    .map(({ now }) => now.name);
}

function backup(nodes: readonly Pair[], here: Here, form: "snapshot" | "archive"): string {
  const found = nodes.flatMap(({ now }) =>
    [...now.files.values()].filter((file) => file.form === form),
  );
  if (found.length === 0) return "none";
  const modes = [...new Set(found.map(({ mode }) => mode.toString(8).padStart(4, "0")))];
  const copies = here.filter((file) => file.form === form).length;
  const where = nodes.filter(({ now }) => [...now.files.values()].some((one) => one.form === form));
  const names = where.map(({ now }) => now.name).join(", ");
  return `on ${names}, mode ${modes.join(" and ")}; copies here: ${copies}`;
}

function providerOf(model: Model): string {
  return model.sets
    .filter(({ labels }) => labels["app.kubernetes.io/name"] === "provider")
    .map((set) => {
      const ready = podsOf(model, set).filter((pod) => pod.ready).length;
      return `${set.replicas} wanted, ${ready} ready`;
    })
    .join(", ");
}

function workloads(before: Model, after: Model): string {
  const was = workloadsOf(before);
  return of(untouched(was, workloadsOf(after)), was);
}
