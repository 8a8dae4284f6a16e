// "Perform these steps on one control plane node at a time. Verify cluster health before proceeding
// to the next node."

import { controlPlane, type HostModel, type Model, running } from "../model.ts";
import { isReady } from "../nature/api.ts";
import { manifestOf } from "../nature/static-pods.ts";
import { defineChecker } from "./checker.ts";

interface Memory {
  /** The host that was disturbed last. */
  last: string;
  /** Hosts that others have broken, with the steps begun since: nobody could have noticed yet. */
  unnoticed: Record<string, number>;
}

/** Between the check of the cluster's health and the first act on the next node one step begins. */
const stepsUntilNoticed = 2;

export const oneNodeAtATime = defineChecker<Memory>({
  name: "one-node-at-a-time",
  sentence:
    "The next node is only disturbed while all others are whole, and no etcd member while another is down.",
  memory: () => ({ last: "", unnoticed: {} }),
  see: (memory, transition, model) => {
    switch (transition.kind) {
      case "broken":
        memory.unnoticed[transition.host] = 0;
        return undefined;
      case "journalled":
        if (transition.record.kind === "began") age(memory, transition.record.key);
        return undefined;
      case "disturbed": {
        if (transition.by.who !== "drydock") return undefined;
        const { host, name, what } = transition;
        const moved = host !== memory.last;
        memory.last = host;
        const others = controlPlane(model).filter(
          (one) => one.name !== host && !(one.name in memory.unnoticed),
        );
        const etcdOnly = !moved;
        if (etcdOnly && what !== "etcd" && name !== "etcd") return undefined;
        const because = others.map((one) => trouble(model, one, etcdOnly)).find(Boolean);
        return because === undefined
          ? undefined
          : `${name} of ${host} was disturbed while ${because}`;
      }
      default:
        return undefined;
    }
  },
});

function age(memory: Memory, began: string): void {
  for (const [host, steps] of Object.entries(memory.unnoticed)) {
    const noticed = began.startsWith("check-cluster-health") || steps + 1 >= stepsUntilNoticed;
    if (noticed) delete memory.unnoticed[host];
    else memory.unnoticed[host] = steps + 1;
  }
}

function trouble(model: Model, host: HostModel, etcdOnly: boolean): string | undefined {
  const member = model.etcd.members.find((one) => one.host === host.name);
  if (member?.runs === false) return `${member.name} was down`;
  if (etcdOnly) return undefined;
  if (!isReady(model, host)) return `the API server of ${host.name} was not ready`;
  // Whether those that run are also well is not asked of other nodes: a leader that lives is.
  const silent = ["kube-scheduler", "kube-controller-manager", "kube-vip"].find(
    (component) => manifestOf(host, component) !== "" && running(host, component) === undefined,
  );
  return silent === undefined ? undefined : `${silent} of ${host.name} did not run`;
}
