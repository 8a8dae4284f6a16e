// What happens by itself when its time has come.

import { type HostModel, hostNamed, isUp, type Model } from "../model.ts";
import type { ModelEvent } from "../model-event.ts";
import type { Site } from "../site.ts";
import { bootHost } from "./boot.ts";
import { endPod, readyPod, syncSet } from "./controllers.ts";
import { isFull, joinMember } from "./etcd.ts";
import { kubeVipGivesUp } from "./kube-vip.ts";
import { endContainer, reloadCertificates, startByKubelet } from "./kubelet.ts";
import { passLock } from "./leaders.ts";
import { nodeHeard, nodeUnheard } from "./node-pods.ts";
import { operatorStarted, rollDeployment } from "./operators.ts";
import { checkBalances, failCheck, lookAtChecks, providerStarted } from "./provider.ts";
import { bindPod } from "./scheduler.ts";

export function happen(site: Site, event: ModelEvent): void {
  befall(site, event);
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
      startByKubelet(site, hostNamed(model, event.host), event.component);
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
    case "lock-free":
      passLock(model, event.lock);
      break;
    case "api-ready":
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
