// A machine that goes down and comes up again: whatever ran on it has ended, also in the middle of
// a command, and its static pods start anew. What becomes of its node and of other pods:
// node-pods.ts.

import { pathsUnder } from "../files.ts";
import { type HostModel, newId } from "../model.ts";
import type { Site } from "../site.ts";
import { endMember } from "./etcd.ts";
import { leaveVip } from "./kube-vip.ts";
import { startByKubelet } from "./kubelet.ts";
import { leaveLock } from "./leaders.ts";
import { joinNode, leaveNode } from "./node-pods.ts";
import { notice } from "./notice.ts";
import { loseWatches } from "./operators.ts";

const etcdJoinsMs = 1600;

/** Nobody reaches it until it is up again. */
export function haltHost(site: Site, host: HostModel, downMs: number): void {
  const { model } = site;
  host.reachable = false;
  host.boots += 1;
  for (const container of host.containers) {
    if (container.state === "exited") continue;
    leaveLock(model, host, { container, asked: false });
    container.state = "exited";
    container.exitedAt = model.now;
  }
  leaveVip(model, host);
  loseWatches(model, host.name);
  endMember(model, host.name);
  // The kubelet does not remember across a boot what it was about to do, nor how often it had.
  host.backOffs.clear();
  model.events = model.events.filter((one) => !("host" in one) || one.host !== host.name);
  model.events.push({ at: model.now + downMs, kind: "host-up", host: host.name });
  leaveNode(model, host);
  notice(model);
  site.see({ kind: "broken", host: host.name, because: "its machine rebooted" });
}

export function bootHost(site: Site, host: HostModel): void {
  const { model } = site;
  host.reachable = true;
  joinNode(model, host);
  for (const path of pathsUnder(host, "/etc/kubernetes/manifests")) {
    startByKubelet(site, host, { component: path.replace(/^.*\/|\.ya?ml$/g, "") });
  }
  // A timer that was only stopped is back; what is enabled starts.
  if (host.renewTimer.startsWith("enabled/")) host.renewTimer = "enabled/active";
  if (host.etcdUnit === undefined) return;
  const id = newId(model);
  Object.assign(host.etcdUnit, {
    active: "active",
    invocation: String(id).padStart(32, "0"),
    mainPid: 1000 + id,
  });
  model.events.push({ at: model.now + etcdJoinsMs, kind: "member-joins", host: host.name });
}
