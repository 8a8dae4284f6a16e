// When the node from which the provider works may fall behind, and etcd end. A release that tears
// workloads down does so whenever it starts then: what nobody can know of before such a start is
// not drawn.

import { providerReplicas } from "../scenarios/cluster-seen.ts";
import type { Sandbox } from "../scenarios/simulated.ts";
import type { Play } from "./play.ts";
import { destructive } from "./scene.ts";

/** Whoever starts such a release by hand meanwhile loses the leases, and not by Drydock's doing. */
export function mayBeStarted({ box, scene }: Play): boolean {
  return scene.shape.release !== destructive || box.site.model.rpcSynced;
}

/** Drydock looks at the node after its other gates; between that look and the start nobody can. */
export function mayFallBehind(play: Play): boolean {
  if (play.scene.shape.release !== destructive) return true;
  return isSettled(play) && ![play.box, play.rival].some(hasLooked);
}

export function mayLoseEtcd(play: Play): boolean {
  return play.scene.shape.release !== destructive || isSettled(play);
}

/** It is not about to start. One that somebody has just started works on, whoever stops it. */
function isSettled({ box }: Play): boolean {
  const { model } = box.site;
  const [wanted, ready] = providerReplicas(model).split("/");
  const pods = model.pods.filter(({ labels }) => labels["app.kubernetes.io/name"] === "provider");
  return wanted === ready && pods.every((pod) => pod.ready);
}

/** Its newest window has begun to look before the start, and has not started the provider. */
function hasLooked({ desk }: Sandbox): boolean {
  const records = [...desk.windows.values()].at(-1)?.records ?? [];
  const has = (kind: "began" | "settled", step: string) =>
    records.some((one) => one.kind === kind && one.key.startsWith(step));
  return has("began", "check-rpc:before-start") && !has("settled", "start-provider");
}
