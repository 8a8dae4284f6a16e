// `kubectl get` without -o: what a person reads. One kind at a time.

import type { Model, Pod } from "../model.ts";
import { podsOf } from "../nature/controllers.ts";
import { type Answer, said } from "./call.ts";
import { columns } from "./columns.ts";
import type { Shown } from "./kubectl-objects.ts";

export function tableOf(
  model: Model,
  found: readonly Shown[],
  namespace: string | undefined,
): Answer {
  const [first] = found;
  if (first === undefined) {
    const where = namespace === undefined ? "" : ` in ${namespace} namespace.`;
    return { code: 0, stdout: "", stderr: `No resources found${where}\n` };
  }
  const names = new Set(found.map((one) => one.metadata.name));
  switch (first.kind) {
    case "StatefulSet":
      return said(columns([["NAME", "READY", "AGE"], ...setRows(model, names)]));
    case "Pod":
      return said(
        columns([["NAME", "READY", "STATUS", "RESTARTS", "AGE"], ...podRows(model, names)]),
      );
    default:
      return said(
        columns([["NAME", "STATUS", "ROLES", "AGE", "VERSION"], ...nodeRows(model, names)]),
      );
  }
}

type Rows = readonly (readonly string[])[];

function setRows(model: Model, names: ReadonlySet<string>): Rows {
  return model.sets
    .filter((set) => names.has(set.name))
    .map((set) => {
      const ready = podsOf(model, set).filter((pod) => pod.ready).length;
      return [set.name, `${ready}/${set.replicas}`, age(model.now - model.createdAt)];
    });
}

function podRows(model: Model, names: ReadonlySet<string>): Rows {
  return model.pods
    .filter((pod) => names.has(pod.name))
    .map((pod) => {
      const { name, ready, terminating, createdAt, nodeName } = pod;
      const phase = nodeName === "" ? "Pending" : "Running";
      const status = terminating ? "Terminating" : phase;
      return [
        name,
        ready ? "1/1" : "0/1",
        status,
        restarts(model, pod),
        age(model.now - createdAt),
      ];
    });
}

/**
 * Of a static pod its containers tell it: an exited one that still lies there, how long ago it
 * ended. The kubelet counts from what lies there; who takes it away takes the count away with it.
 */
function restarts(model: Model, pod: Pod): string {
  if (pod.owner.kind !== "Node") return String(pod.restarts);
  const component = pod.labels.component ?? "";
  const own = (model.hosts.get(pod.nodeName)?.containers ?? []).filter(
    ({ name }) => name === component,
  );
  const attempt = Math.max(0, ...own.map((one) => one.attempt));
  const last = own.findLast(({ state }) => state === "exited");
  const ago = last === undefined ? "" : ` (${age(model.now - last.exitedAt)} ago)`;
  return attempt === 0 ? "0" : `${attempt}${ago}`;
}

function nodeRows(model: Model, names: ReadonlySet<string>): Rows {
  return model.nodes
    .filter((node) => names.has(node.name))
    .map(({ name, ready, controlPlane, kubeletVersion }) => [
      name,
      ready ? "Ready" : "NotReady",
      controlPlane ? "control-plane" : "<none>",
      age(model.now - model.createdAt),
      kubeletVersion,
    ]);
}

const units = { s: 1, m: 60, h: 3600, d: 86_400, y: 365 * 86_400 } as const;

/**
 * How an age below so many seconds is told: in one unit, or with the rest in the next smaller one.
 */
const tellings = [
  [2 * units.m, "s"],
  [10 * units.m, "m", "s"],
  [3 * units.h, "m"],
  [8 * units.h, "h", "m"],
  [2 * units.d, "h"],
  [8 * units.d, "d", "h"],
  [2 * units.y, "d"],
  [8 * units.y, "y", "d"],
  [Number.POSITIVE_INFINITY, "y"],
] as const;

/** As duration.HumanDuration of k8s.io/apimachinery. */
export function age(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [, unit = "y", smaller] = tellings.find(([below]) => seconds < below) ?? [];
  const whole = `${Math.floor(seconds / units[unit])}${unit}`;
  const rest = smaller === undefined ? 0 : Math.floor((seconds % units[unit]) / units[smaller]);
  return rest === 0 ? whole : `${whole}${rest}${smaller}`;
}
