// The simulated cluster as a test sees it, read from the model and by none of Drydock's code.

import { X509Certificate } from "node:crypto";
import { leafRows } from "../../src/simulator/build/certificates.ts";
import { seesItsMount, textAt } from "../../src/simulator/files.ts";
import { controlPlane, type HostModel, type Model } from "../../src/simulator/model.ts";
import { podsOf } from "../../src/simulator/nature/controllers.ts";
import { clientPemOf } from "../../src/simulator/nature/kubeconfig.ts";
import { remembered } from "../../src/simulator/remembered.ts";

/** `node/name` to serial. */
export function serials(model: Model): ReadonlyMap<string, string> {
  return new Map(
    controlPlane(model).flatMap((host) =>
      leafRows.flatMap((row) => {
        const text = textAt(host, row.kind === "pair" ? `${row.path}.crt` : row.path);
        const pem = row.kind === "pair" ? text : clientPemOf(text);
        if (pem === "") return [];
        return [[`${host.name}/${row.name}`, serialOf(pem)] as const];
      }),
    ),
  );
}

const serialOf = remembered((pem: string) => new X509Certificate(pem).serialNumber);

/** `node/component` to the id of its running container. */
export function containers(model: Model): ReadonlyMap<string, string> {
  return new Map(
    controlPlane(model).flatMap((host) =>
      host.containers
        .filter((one) => one.state === "running")
        .map((one) => [`${host.name}/${one.name}`, one.id] as const),
    ),
  );
}

export function invocations(model: Model): readonly string[] {
  return controlPlane(model).map((host) => host.etcdUnit?.invocation ?? "");
}

/** `wanted/ready`. */
export function providerReplicas(model: Model): string {
  const set = model.sets[0];
  if (set === undefined) return "none";
  return `${set.replicas}/${podsOf(model, set).filter((pod) => pod.ready).length}`;
}

/** Every tenant's pod, with what would tell that it was touched. */
export function tenants(model: Model): string {
  const pods = model.pods.filter((pod) => pod.labels["akash.network"] === "true");
  return JSON.stringify(pods.map(({ namespace, uid, restarts }) => ({ namespace, uid, restarts })));
}

/** Who holds the lock, by host; empty when it is free everywhere. */
export function lockHolders(model: Model): readonly string[] {
  return [...model.hosts.values()]
    .map((host) => textAt(host, "/var/lib/drydock/lock/holder").trim())
    .filter((holder) => holder !== "");
}

/** All that a change could have changed, as text: equal before and after means nothing was. */
export function everything(model: Model): string {
  const { etcd, sets, pods } = model;
  return JSON.stringify({
    hosts: [...model.hosts.values()].map(hostState),
    etcd: { ...etcd, revision: 0 },
    sets: sets.map((set) => ({ ...set, annotations: [...set.annotations] })),
    pods,
  });
}

function hostState(host: HostModel): object {
  // An API server's connections to kubelets are opened anew by whoever asks through it.
  const served = { ...host.served, cutKubeletsOff: false };
  const state = { ...host, served, backOffs: [] };
  return { ...state, files: [...host.files], freeBytes: [...host.freeBytes] };
}

/** `node/component` of those that have a file mounted alone, whose path has another one by now. */
export function seeingOld(model: Model): readonly string[] {
  return controlPlane(model).flatMap((host) =>
    host.containers
      .filter((one) => one.state === "running" && !seesItsMount(host, one))
      .map(({ name }) => `${host.name}/${name}`),
  );
}

/** The API server of a host shows the certificate that lies in its file. */
export function servesItsFile(host: HostModel): boolean {
  return host.served.apiserver === textAt(host, "/etc/kubernetes/pki/apiserver.crt");
}
