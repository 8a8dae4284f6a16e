// Whether etcd and who asks it believe each other: both show certificates, in each handshake. A
// connection that stands needs none, so what has expired is found out when one of the two is
// restarted.

import { textAt } from "../files.ts";
import { clockOf, type HostModel, hostNamed, type Member, type Model, running } from "../model.ts";
import { isSignedBy, validityOf } from "../x509.ts";

/** What a client goes by, as PEM. */
export interface EtcdClient {
  readonly authority: string;
  readonly certificate: string;
}

export interface Handshake {
  readonly member: Member;
  readonly client: EtcdClient;
  /** When the connection was made, if one may stand still; on the asking host's clock. */
  readonly since?: number;
}

export type Disbelief =
  | { readonly kind: "unknown" | "unknown client" | "expired client" }
  /** `now` and `until` as who asks sees them. */
  | { readonly kind: "expired"; readonly now: number; readonly until: number };

export function believe(model: Model, from: HostModel, handshake: Handshake): boolean {
  return disbelieved(model, from, handshake) === undefined;
}

/** Which of the two does not believe the other: who asks looks first. */
export function disbelieved(
  model: Model,
  from: HostModel,
  { member, client, since }: Handshake,
): Disbelief | undefined {
  const host = hostNamed(model, member.host);
  const [server = "", trusted = ""] = serverFiles(model, host).map((path) => textAt(host, path));
  const now = clockOf(model, from);
  if (!isValid(server, now, since)) {
    return { kind: "expired", now, until: validityOf(server)?.notAfter ?? 0 };
  }
  if (!isSignedBy(server, client.authority)) return { kind: "unknown" };
  if (!isSignedBy(client.certificate, trusted)) return { kind: "unknown client" };
  const isKnown = isValid(client.certificate, clockOf(model, host), since);
  return isKnown ? undefined : { kind: "expired client" };
}

/** Whether the API server of that host is connected to that member, or could be. */
export function isConnected(model: Model, host: HostModel, member: Member): boolean {
  const client = running(host, "kube-apiserver")?.createdOnClock ?? 0;
  const server = running(hostNamed(model, member.host), "etcd")?.createdOnClock ?? 0;
  const since = Math.max(client, server);
  return believe(model, host, { member, client: clientOf(model, host), since });
}

const ssl = "/etc/ssl/etcd/ssl";
const pki = "/etc/kubernetes/pki";

/** Of a member: what it shows, and the authority whose clients it takes. */
function serverFiles({ topology }: Model, { name }: HostModel): readonly [string, string] {
  return topology === "host-etcd"
    ? [`${ssl}/member-${name}.pem`, `${ssl}/ca.pem`]
    : [`${pki}/etcd/server.crt`, `${pki}/etcd/ca.crt`];
}

function clientOf({ topology }: Model, host: HostModel): EtcdClient {
  const [certificate, authority] =
    topology === "host-etcd"
      ? [`${ssl}/node-${host.name}.pem`, `${ssl}/ca.pem`]
      : [`${pki}/apiserver-etcd-client.crt`, `${pki}/etcd/ca.crt`];
  return { certificate: textAt(host, certificate), authority: textAt(host, authority) };
}

function isValid(pem: string, now: number, since: number | undefined): boolean {
  const validity = validityOf(pem);
  if (validity === undefined) return false;
  const holds = (at: number) => validity.notBefore <= at && at <= validity.notAfter;
  return holds(now) || (since !== undefined && holds(since));
}
