// `kubectl get` without -o: what a person reads. One kind at a time.

import type { Model } from "../model.ts";
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
    const where = namespace === undefined ? "" : ` in ${namespace} namespace`;
    return { code: 0, stdout: "", stderr: `No resources found${where}.\n` };
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
    .map(({ name, ready, terminating, restarts, createdAt }) => {
      const status = terminating ? "Terminating" : "Running";
      return [name, ready ? "1/1" : "0/1", status, String(restarts), age(model.now - createdAt)];
    });
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

function age(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds}s`;
  const days = Math.floor(seconds / 86_400);
  return days < 8 ? `${Math.floor(seconds / 60)}m` : `${days}d`;
}
