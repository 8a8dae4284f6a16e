// What we know of etcd, as values. Ids stay text: they are 64 bit and JSON numbers are not.

export interface EtcdMember {
  readonly name: string;
  readonly idHex: string;
  readonly clientUrl: string;
  readonly learner: boolean;
  /** False until it has joined: etcdctl then knows no name for it. */
  readonly started: boolean;
}

export interface EtcdEndpoint {
  readonly url: string;
  readonly memberId: string;
  readonly leaderId: string;
  readonly version: string;
  readonly revision: number;
  readonly raftTerm: number;
  readonly raftIndex: number;
  readonly sizeBytes: number;
  readonly errors: readonly string[];
}

export interface EtcdHealth {
  readonly url: string;
  readonly healthy: boolean;
  readonly because: string;
}

/**
 * How etcdctl reaches etcd on a host: paths from /etc/etcd.env, or kubeadm's where etcd is a static
 * pod.
 */
export type EtcdAccess = {
  readonly endpoint: string;
  readonly cacert: string;
  readonly cert: string;
  readonly key: string;
};

const kubeadmPki = "/etc/kubernetes/pki/etcd";

/**
 * kubeadm's own etcd, reached from the host with the certificate that its probes use. It listens on
 * the loopback of the API server's family (kubeadm, phases/etcd/local.go); `advertised` is
 * `address:port`.
 */
export function staticPodAccess(advertised: string): EtcdAccess {
  const loopback = advertised.startsWith("[") ? "[::1]" : "127.0.0.1";
  return {
    endpoint: `https://${loopback}:2379`,
    cacert: `${kubeadmPki}/ca.crt`,
    cert: `${kubeadmPki}/healthcheck-client.crt`,
    key: `${kubeadmPki}/healthcheck-client.key`,
  };
}

/** What stands in etcd's own way: why no member may be disturbed now. Empty when all is well. */
export function etcdTrouble(seen: {
  readonly members: readonly EtcdMember[];
  readonly health: readonly EtcdHealth[];
  readonly alarms: readonly string[];
}): readonly string[] {
  const silent = seen.members
    .filter((m) => !m.started)
    .map((m) => `member ${m.idHex} has not joined`);
  const learners = seen.members.filter((m) => m.learner).map((m) => `${m.name} is a learner`);
  // An alarm makes every member unhealthy. It is said once, below: its remedy is another one.
  const isAlarmed = (h: EtcdHealth) => /^Active Alarm/.test(h.because) && seen.alarms.length > 0;
  const ill = seen.health
    .filter((h) => !h.healthy && !isAlarmed(h))
    .map((h) => `${h.url} is unhealthy: ${h.because}`);
  const known = new Set(seen.health.map((h) => h.url));
  const unasked = seen.members
    .filter((m) => m.started && !known.has(m.clientUrl))
    .map((m) => `${m.name} gave no health`);
  return [...silent, ...learners, ...ill, ...unasked, ...seen.alarms.map((a) => `alarm ${a}`)];
}
