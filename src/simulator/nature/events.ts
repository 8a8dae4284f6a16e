// What happens by itself when its time has come.

import { type HostModel, hostNamed, isUp, type Model } from "../model.ts";
import type { ModelEvent } from "../model-event.ts";
import type { Site } from "../site.ts";
import { cluster } from "../transition.ts";
import { bootHost } from "./boot.ts";
import { endPod, readyPod, syncSet } from "./controllers.ts";
import { isFull, joinMember } from "./etcd.ts";
import { kubeVipGivesUp } from "./kube-vip.ts";
import { endContainer, exitContainer, reloadCertificates, startByKubelet } from "./kubelet.ts";
import { leaderGivesUp } from "./leaders.ts";
import { endsWithoutEtcd } from "./liveness.ts";
import { nodeHeard, nodeUnheard } from "./node-pods.ts";
import { notice } from "./notice.ts";
import { operatorStarted, rollDeployment } from "./operators.ts";
import { checkBalances, failCheck, lookAtChecks, providerStarted } from "./provider.ts";
import { bindPod } from "./scheduler.ts";

/** What may change who has an API server, or etcd; whatever ends a container is noticed there. */
const mayBeNoticed: ReadonlySet<ModelEvent["kind"]> = new Set([
  "host-up",
  "kubelet-starts",
  "member-joins",
  "certificates-reloaded",
  "look-again",
]);

export function happen(site: Site, event: ModelEvent): void {
  befall(site, event);
  if (mayBeNoticed.has(event.kind)) notice(site.model);
  lookAtChecks(site);
}

function befall(site: Site, event: ModelEvent): void {
  const { model } = site;
  switch (event.kind) {
    case "host-up":
      bootHost(site, hostNamed(model, event.host));
      break;
    case "node-unheard":
      nodeUnheard(site, hostNamed(model, event.host));
      break;
    case "node-heard":
      nodeHeard(site, hostNamed(model, event.host));
      break;
    case "kubelet-starts":
      startByKubelet(site, hostNamed(model, event.host), event);
      break;
    case "container-ends":
      endContainer(site, hostNamed(model, event.host), event.id);
      break;
    case "member-joins":
      joinMember(model, event.host);
      break;
    case "vip-unheard":
      endKubeVip(site, hostNamed(model, event.host));
      break;
    case "certificates-reloaded":
      reloadCertificates(hostNamed(model, event.host));
      break;
    case "controller-syncs":
      syncSet(site, event.namespace, event.set);
      break;
    case "deployment-rolls":
      rollDeployment(site, event.namespace, event.name);
      break;
    case "rpc-synced":
      model.rpcSynced = true;
      break;
    case "pod-binds":
      bindPod(model, event.uid, event.readyMs);
      break;
    case "pod-ready":
      podReady(site, event);
      break;
    case "pod-gone":
      if (!isAway(model, event.uid)) endPod(model, event.uid);
      break;
    case "leader-gives-up":
      endLeader(site, event);
      break;
    case "liveness-fails":
    case "etcd-awaited-in-vain":
      endApiServer(site, event);
      break;
    case "look-again":
      // Looked at after every event.
      break;
    case "lease-check-fails":
      failCheck(site, event);
      break;
    case "balances-checked":
      checkBalances(site);
      break;
  }
}

/** Its machine is down: what was to become of the pod does once it is up. */
function isAway(model: Model, uid: string): boolean {
  const pod = model.pods.find((one) => one.uid === uid);
  return pod !== undefined && !isUp(model, pod);
}

function podReady(site: Site, event: ModelEvent & { readonly kind: "pod-ready" }): void {
  const { model } = site;
  if (isAway(model, event.uid)) return;
  // The kubelet says so again until it is written down.
  if (isFull(model)) {
    model.events.push({ ...event, at: model.now + 1000 });
    return;
  }
  readyPod(site, event.uid);
  operatorStarted(model, event.uid);
  providerStarted(site, event.uid);
}

function endKubeVip(site: Site, host: HostModel): void {
  const container = kubeVipGivesUp(site.model, host);
  if (container !== undefined) endContainer(site, host, container.id);
}

function endLeader(
  site: Site,
  { lock, since }: ModelEvent & { readonly kind: "leader-gives-up" },
): void {
  // It may be able to again.
  notice(site.model);
  const leader = leaderGivesUp(site.model, lock, since);
  if (leader === undefined) return;
  const { host, container } = leader;
  site.see({ kind: "broken", host: host.name, because: `its ${lock} could not renew its lock` });
  exitContainer(site, host, container, { by: cluster });
}

function endApiServer(
  site: Site,
  event: ModelEvent & { readonly kind: "liveness-fails" | "etcd-awaited-in-vain" },
): void {
  // It may have it again.
  notice(site.model);
  const host = hostNamed(site.model, event.host);
  const container = endsWithoutEtcd(host, event);
  if (container === undefined) return;
  const probed = event.kind === "liveness-fails";
  if (probed) site.see({ kind: "broken", host: host.name, because: "its API server had no etcd" });
  exitContainer(site, host, container, { by: cluster, probed });
}
