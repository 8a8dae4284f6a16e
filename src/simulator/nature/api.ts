// Reaching an API server: through the balancer or directly, and whether it knows the caller.

import type { Vip } from "../balancer.ts";
import { fileAt, textAt } from "../files.ts";
import { clockOf, controlPlane, type HostModel, hasQuorum, type Model, running } from "../model.ts";
import { expiredBecause, isPair, isSignedBy, validityOf } from "../x509.ts";
import { isFull, memberOf } from "./etcd.ts";
import { isConnected } from "./etcd-tls.ts";
import { authorityPemOf, clientKeyOf, clientPemOf, serverOf } from "./kubeconfig.ts";

export type Reached =
  | { readonly kind: "server"; readonly host: HostModel }
  | {
      readonly kind: "refused";
      readonly stderr: string;
      readonly stdout: string;
      /** Each try is ended, and the next one made, until the caller's patience ends. */
      readonly triesOn?: true;
    };

export interface Asking {
  readonly kubeconfig: string;
  readonly server: string | undefined;
  /** For the list of kinds, before all else: who does is refused with other words. */
  readonly asksForKinds: boolean;
  /** As it is written; kubectl's own is 32 s. */
  readonly timeout?: string | undefined;
}

export function reachApi(model: Model, from: HostModel, asking: Asking): Reached {
  const file = fileAt(from, asking.kubeconfig);
  if (file === undefined) {
    return refused(`error: stat ${asking.kubeconfig}: no such file or directory`);
  }
  const text = file.content;
  // Without anybody's name or password it asks for them, and nobody answers.
  if (text === "" && asking.server !== undefined) {
    return { ...refused("error: EOF"), stdout: "Please enter Username: " };
  }
  const unfit = unfitClient(clientPemOf(text), clientKeyOf(text));
  if (unfit !== undefined) return refused(`error: tls: ${unfit}`);
  const url = text === "" ? "http://localhost:8080" : (asking.server ?? serverOf(text));
  const host = behind(model, from, url);
  const authority = url.replace(/^https?:\/\//, "");
  const logged = (because: string) =>
    kindsUnknown(asking, `Get "${url}/api?timeout=${asking.timeout ?? "32s"}": ${because}`);
  if (host === undefined && url === model.balancer?.url && model.balancer.vip === undefined) {
    const because = asking.asksForKinds ? `${kindsUnknown(asking, triedInVain)}error: ` : "";
    return { ...refused(because + triedInVain), triesOn: true };
  }
  if (host === undefined || !listens(model, host)) {
    const dialled = authority.replace("localhost", "127.0.0.1");
    return refused(
      `${logged(`dial tcp ${dialled}: connect: connection refused`)}The connection to the server ${authority} was refused - did you specify the right host or port?`,
    );
  }
  const trouble = tlsTrouble(host, clockOf(model, from)) ?? distrust(host, text);
  if (trouble !== undefined) {
    return refused(`${logged(trouble)}Unable to connect to the server: ${trouble}`);
  }
  if (!knows(model, host, clientPemOf(text))) return refused(unauthorized(asking));
  return { kind: "server", host };
}

/** A balancer that has no server to send to takes each connection, and ends it (haproxy). */
const triedInVain =
  "client rate limiter Wait returned an error: context deadline exceeded - error from a previous attempt: EOF";

/**
 * crypto/tls reads the pair before anybody is asked (X509KeyPair); with none at all it goes on as a
 * stranger.
 */
function unfitClient(pem: string, key: string): string | undefined {
  if (pem === "" && key === "") return undefined;
  if (validityOf(pem) === undefined) return "failed to find any PEM data in certificate input";
  return isPair(pem, key) ? undefined : "private key does not match public key";
}

function refused(stderr: string): Reached & { readonly kind: "refused" } {
  return { kind: "refused", stderr: `${stderr}\n`, stdout: "" };
}

/** What it logs where it asks for the list of kinds first, and has not kept it from earlier. */
function kindsUnknown({ asksForKinds }: Asking, because: string): string {
  const quoted = JSON.stringify(`couldn't get current server API group list: ${because}`);
  const line = `E1122 03:00:00.000000    2975 memcache.go:265] "Unhandled Error" err=${quoted}\n`;
  return asksForKinds ? line.repeat(5) : "";
}

/** Recorded from kubectl 1.33: the words depend on whether it asks for the list of kinds first. */
function unauthorized(asking: Asking): string {
  if (!asking.asksForKinds) return "error: You must be logged in to the server (Unauthorized)";
  const because = "the server has asked for the client to provide credentials";
  return `${kindsUnknown(asking, because)}error: You must be logged in to the server (${because})`;
}

export function listens(model: Model, host: HostModel): boolean {
  const container = running(host, "kube-apiserver");
  return container !== undefined && container.listensAt <= model.now;
}

/** Ready as /readyz says it: started, and etcd answers. */
export function isReady(model: Model, host: HostModel): boolean {
  const container = running(host, "kube-apiserver");
  return container !== undefined && container.readyAt <= model.now && reachesEtcd(model, host);
}

/** Whether anything can be written down: some API server is ready, and etcd has space. */
export function takesWrites(model: Model): boolean {
  return !isFull(model) && controlPlane(model).some((host) => isReady(model, host));
}

/** kubeadm's API server knows only the member of its own node, kubespray's all of them. */
export function reachesEtcd(model: Model, host: HostModel): boolean {
  if (!hasQuorum(model)) return false;
  const own = memberOf(model, host.name);
  const known =
    model.topology === "host-etcd" ? model.etcd.members : own === undefined ? [] : [own];
  return known.some((member) => member.runs && isConnected(model, host, member));
}

/**
 * Whom somebody on that host asks by that address. Of those behind a balancer each may answer: what
 * it takes to turn to another one is less than a leader bears.
 */
export function serversBehind(model: Model, from: HostModel, url: string): readonly HostModel[] {
  if (url === model.balancer?.url) return controlPlane(model);
  const server = named(model, from, url);
  return server === undefined ? [] : [server];
}

function named(model: Model, from: HostModel, url: string): HostModel | undefined {
  const address = url.replace(/^https:\/\/|:\d+\/?$/g, "");
  if (address === "127.0.0.1" || address === "localhost") return from;
  return controlPlane(model).find((host) => host.address === address);
}

function behind(model: Model, from: HostModel, url: string): HostModel | undefined {
  if (model.balancer !== undefined && url === model.balancer.url) {
    if (model.balancer.vip !== undefined) return vipHolder(model, model.balancer.vip);
    const up = controlPlane(model).filter((host) => isReady(model, host) || justLeft(model, host));
    model.balancer.turn += 1;
    return up[model.balancer.turn % Math.max(1, up.length)];
  }
  if (!/:6443\/?$/.test(url)) return undefined;
  return named(model, from, url);
}

/**
 * It is held by a lease, which each kube-vip asks of its own node's API server. Another one takes
 * it over when the holder has gone; that one itself only where no other can.
 */
function vipHolder(model: Model, vip: Vip): HostModel | undefined {
  const last = model.hosts.get(vip.holder);
  if (vip.freeAt === undefined && last !== undefined && holds(model, last)) return last;
  if (model.now < (vip.freeAt ?? 0)) return undefined;
  const others = controlPlane(model).filter(({ name }) => name !== vip.holder);
  const all = last === undefined ? others : [...others, last];
  const next = all.find((host) => holds(model, host) && listens(model, host));
  if (next !== undefined) Object.assign(vip, { holder: next.name, freeAt: undefined });
  return next;
}

function holds(model: Model, host: HostModel): boolean {
  const container = running(host, "kube-vip");
  if (container === undefined || container.listensAt > model.now) return false;
  return knows(model, host, container.clientPem);
}

/** The balancer asks every second, so it still sends to a server that has just gone. */
function justLeft(model: Model, host: HostModel): boolean {
  return host.containers.some(
    (one) =>
      one.name === "kube-apiserver" && one.state === "exited" && model.now - one.exitedAt < 1000,
  );
}

/** Whether the certificate that an API server shows is still valid at this moment. */
export function trusts(server: HostModel, now: number): boolean {
  return tlsTrouble(server, now) === undefined;
}

function tlsTrouble(host: HostModel, now: number): string | undefined {
  const until = validityOf(host.served.apiserver)?.notAfter ?? 0;
  if (until >= now) return undefined;
  return `tls: failed to verify certificate: x509: ${expiredBecause({ now, until })}`;
}

/**
 * kubectl believes only whom its kubeconfig's authority has signed, whichever server it is sent to.
 */
function distrust({ served }: HostModel, kubeconfig: string): string | undefined {
  if (isSignedBy(served.apiserver, authorityPemOf(kubeconfig))) return undefined;
  return 'tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "kubernetes")';
}

/**
 * Whether the API server of that host accepts the certificate of whoever asks: by its dates, and by
 * who has signed it.
 */
export function knows(model: Model, server: HostModel, pem: string): boolean {
  const validity = validityOf(pem);
  const now = clockOf(model, server);
  if (validity === undefined || now < validity.notBefore || validity.notAfter < now) return false;
  return isSignedBy(pem, textAt(server, "/etc/kubernetes/pki/ca.crt"));
}
