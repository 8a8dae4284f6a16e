// What a survey saw of a real cluster as the shape of a simulated one, and what has no place in it.

import type { ProviderSeen } from "../akash/provider.ts";
import { type ClusterFacts, controlPlaneHosts, type HostFacts } from "../cluster/facts.ts";
import type { Machine, Shape } from "../simulator/build/cluster.ts";

export interface Likeness {
  readonly shape: Partial<Shape>;
  /** A sentence each, for people. */
  readonly notModelled: readonly string[];
}

const dayMs = 24 * 3600 * 1000;
/** Of kubeadm and kubespray, played by the simulator. */
const playedPods = [
  ...["kube-apiserver", "kube-scheduler", "kube-controller-manager", "etcd"],
  "kube-vip",
];

/** The facts must be free of blockers: what could not be read has no likeness. */
export function likenessOf(facts: ClusterFacts): Likeness {
  const [provider] = facts.providers.kind === "read" ? facts.providers.value : [];
  const machines = facts.hosts.map(machineOf);
  const { topology } = facts;
  const kubeVip = controlPlaneHosts(facts).some((host) => staticPodsOf(host).includes("kube-vip"));
  return {
    shape: {
      controlPlane: machines.filter((one) => one.controlPlane).length,
      workers: machines.filter((one) => !one.controlPlane).length,
      machines,
      startedAt: facts.surveyedAt,
      ...(topology === "static-pod-etcd" || topology === "host-etcd" ? { topology } : {}),
      kubeVip,
      ...(provider === undefined ? {} : { replicas: provider.replicas, ...releaseOf(provider) }),
      ...etcdOf(facts, machines),
      ...authoritiesOf(facts),
      ...periodOf(facts),
    },
    notModelled: [
      "how long this cluster takes: the simulator's paces are those of a small test cluster",
      "the size of your backups, and what it takes to copy them here",
      "your tenants: the simulated leases are made up",
      ...podsNotPlayed(facts),
      ...(kubeVip ? ["how long the API's address takes to move to another node's kube-vip"] : []),
      ...providerNotPlayed(provider),
      ...outsideTheNodes(facts),
    ],
  };
}

function machineOf(host: HostFacts): Machine {
  const entries = host.certificates.kind === "read" ? host.certificates.value.entries : [];
  const notAfter = entries.flatMap(({ found }) =>
    found.kind === "present" ? [[found.certificate.name, found.certificate.notAfter] as const] : [],
  );
  const basics = host.basics.kind === "read" ? host.basics.value : undefined;
  const advertised = basics?.advertised.replace(/:\d+$/, "") ?? "";
  return {
    name: host.name,
    // An inventory may name hosts; the cluster itself knows addresses.
    address: advertised === "" ? host.address : advertised,
    controlPlane: host.roles.controlPlane,
    notAfter: Object.fromEntries(notAfter),
    ...validityOf(host),
    // What may only be the way there and back is no offset.
    clockOffsetMs:
      basics !== undefined && Math.abs(basics.clockOffsetMs) > basics.offsetErrorMs
        ? basics.clockOffsetMs
        : 0,
    freeBytes: basics?.freeBytes ?? {},
  };
}

function validityOf({ certificates }: HostFacts): Pick<Machine, "validityPeriod"> {
  const period = certificates.kind === "read" ? certificates.value.validityPeriod : undefined;
  return period === undefined ? {} : { validityPeriod: period };
}

/** What stands in the cluster, where its nodes have no file. */
function periodOf(facts: ClusterFacts): Pick<Partial<Shape>, "validityPeriod"> {
  const [first] = controlPlaneHosts(facts);
  return first === undefined ? {} : validityOf(first);
}

function releaseOf({ image }: ProviderSeen): Pick<Partial<Shape>, "release"> {
  const tag = /:v?(\d+\.\d+\.\d+[\w.-]*)$/.exec(image)?.[1];
  return tag === undefined ? {} : { release: tag };
}

function etcdOf(
  facts: ClusterFacts,
  machines: readonly Machine[],
): Pick<Partial<Shape>, "etcd" | "etcdLeader"> {
  const endpoints = facts.etcd.kind === "read" ? facts.etcd.value.endpoints : [];
  const [one] = endpoints;
  if (one === undefined) return {};
  const revision = Math.max(...endpoints.map((each) => each.revision));
  const leading = endpoints.find((each) => each.memberId === each.leaderId)?.url ?? "";
  const leader = machines.find(({ address }) => leading.includes(`//${address}:`));
  return {
    etcd: { revision, sizeBytes: one.sizeBytes, version: one.version },
    ...(leader === undefined ? {} : { etcdLeader: leader.name }),
  };
}

/** The authority that ends first stands for all of them. */
function authoritiesOf(facts: ClusterFacts): Pick<Partial<Shape>, "authorityDays"> {
  const ends = controlPlaneHosts(facts).flatMap((host) => {
    const entries = host.certificates.kind === "read" ? host.certificates.value.entries : [];
    return entries.flatMap(({ table, found }) =>
      table === "authorities" && found.kind === "present" ? [found.certificate.notAfter] : [],
    );
  });
  if (ends.length === 0) return {};
  return { authorityDays: (Math.min(...ends) - facts.surveyedAt) / dayMs };
}

function podsNotPlayed(facts: ClusterFacts): readonly string[] {
  const pods = facts.hosts.flatMap(staticPodsOf);
  const others = [...new Set(pods)].filter((name) => !playedPods.includes(name)).sort();
  return others.length === 0 ? [] : [`static pods besides kubeadm's own: ${others.join(", ")}`];
}

function staticPodsOf({ basics }: HostFacts): readonly string[] {
  return basics.kind === "read" ? basics.value.staticPods : [];
}

function providerNotPlayed(provider: ProviderSeen | undefined): readonly string[] {
  if (provider === undefined) return [];
  const { namespace, name } = provider;
  if (`${namespace}/${name}` === "akash-services/akash-provider") return [];
  return [`the provider's name: ${namespace}/${name} is akash-services/akash-provider there`];
}

function outsideTheNodes(facts: ClusterFacts): readonly string[] {
  const seen = facts.hosts.flatMap(({ name, basics }) => {
    if (basics.kind !== "read") return [];
    const { renewTimer, cronFiles } = basics.value;
    return [
      ...(renewTimer === "" ? [] : [`k8s-certs-renew.timer on ${name}`]),
      ...cronFiles.map((file) => `${file} on ${name}`),
    ];
  });
  return seen.length === 0 ? [] : [`what may act by itself meanwhile: ${seen.join(", ")}`];
}
