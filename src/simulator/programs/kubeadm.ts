// kubeadm certs. renew is unconditional, one certificate after the other, key first and then certificate.
// Where its authority's key is not on the node, or a file is missing, it says so and exits 0.

import { dayMs, type LeafRow, leafRows, pki } from "../build/certificates.ts";
import { fileAt, freeBytesFor, realPath, textAt, writeFile } from "../files.ts";
import { clockOf, newId } from "../model.ts";
import { type Asking, reachApi } from "../nature/api.ts";
import { haltHost } from "../nature/boot.ts";
import { clientPemOf, withClient } from "../nature/kubeconfig.ts";
import { reloadSoon } from "../nature/kubelet.ts";
import { type Minted, mintLike } from "../x509.ts";
import { type Answer, type Call, failed, inner, mustRun, options, said, takes } from "./call.ts";
import { checkExpiration } from "./check-expiration.ts";

/** RSA keys are made anew each time: 3.3 s for seven were measured. */
const eachMs = 450;
const backdateMs = 5 * 60_000;

export async function kubeadm(call: Call): Promise<Answer> {
  const { values, words } = options(call.argv.slice(1), ["--config", "--kubeconfig", "-o"]);
  const [area, verb, name = ""] = words;
  if (area === "version") return said("v1.33.5\n");
  if (area !== "certs") return failed(1, `unknown command "${area}"`);
  const refusal = refusalOf(call, values.get("--config"));
  if (refusal !== undefined) return gaveUp(refusal, "");
  const configuration = configOf(call, values);
  const rows = rowsOf(configuration);
  if (verb === "check-expiration") return check(call, rows, values);
  if (verb !== "renew") return failed(1, `unknown command "${verb}"`);
  const wanted = name === "all" ? rows : leafRows.filter((row) => row.name === name);
  if (wanted.length === 0) return gaveUp(`unknown command "${name}" for "kubeadm certs renew"`, "");
  const validityMs = validityIn(configuration);
  let stdout = "";
  for (const row of wanted) {
    await takes(call, eachMs);
    const became = await renew(call, row, validityMs);
    if (became.kind === "error") return gaveUp(became.because, stdout);
    stdout += `${became.said}\n`;
  }
  const end =
    "\nDone renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.\n";
  return said(stdout + (name === "all" ? end : ""));
}

/** Drydock's script around check-expiration: what it says against its configuration or a certificate. */
export async function configCheck(call: Call): Promise<Answer> {
  if (!call.host.programs.has("kubeadm")) return failed(127, "sh: 1: exec: kubeadm: not found");
  const [config = ""] = call.argv.slice(4);
  const argv = ["kubeadm", "certs", "check-expiration", "--config", config];
  return { ...(await kubeadm(inner(call, argv))), stdout: "" };
}

/** The oldest control plane that version 1.33 sets up. */
const oldestMinor = 32;

/** As kubeadm 1.33.5 says it, tried with its --config. */
function refusalOf({ host }: Call, config: string | undefined): string | undefined {
  if (config === undefined) return undefined;
  const text = textAt(host, config);
  if (!/^kind: (Init|Cluster)Configuration$/m.test(text)) {
    return "no InitConfiguration or ClusterConfiguration kind was found in the configuration file";
  }
  const [, version, minor] = /^kubernetesVersion: (v1\.(\d+)\.\d+)$/m.exec(text) ?? [];
  return version === undefined || Number(minor) >= oldestMinor
    ? undefined
    : `this version of kubeadm only supports deploying clusters with the control plane version >= 1.${oldestMinor}.0. Current version: ${version}`;
}

async function check(
  call: Call,
  rows: readonly LeafRow[],
  values: ReadonlyMap<string, string>,
): Promise<Answer> {
  const damaged = rows.find((row) => isDamaged(call, row));
  if (damaged !== undefined) {
    return gaveUp(damagedBecause(damaged, realPath(call.host, fileOf(damaged))), "");
  }
  return checkExpiration(call, rows, values.has("--config") ? undefined : asAdmin(values));
}

function fileOf(row: LeafRow): string {
  return row.kind === "pair" ? `${row.path}.crt` : row.path;
}

/** There, and no certificate in it. */
function isDamaged({ host }: Call, row: LeafRow): boolean {
  const text = textAt(host, fileOf(row));
  const pem = row.kind === "pair" ? text : clientPemOf(text);
  return fileAt(host, fileOf(row)) !== undefined && !pem.includes("BEGIN CERTIFICATE");
}

function gaveUp(because: string, stdout: string): Answer {
  const stderr = `${because}\nTo see the stack trace of this error execute with --v=5 or higher\n`;
  return failed(1, stderr, stdout);
}

/** As `kubeadm certs renew --help` calls them, version 1.33. */
const longNames: Readonly<Record<string, string>> = {
  "admin.conf": "embedded in the kubeconfig file for the admin to use and for kubeadm itself",
  apiserver: "for serving the Kubernetes API",
  "apiserver-etcd-client": "the apiserver uses to access etcd",
  "apiserver-kubelet-client": "for the API server to connect to kubelet",
  "controller-manager.conf": "embedded in the kubeconfig file for the controller manager to use",
  "etcd-healthcheck-client": "for liveness probes to healthcheck etcd",
  "etcd-peer": "for etcd nodes to communicate with each other",
  "etcd-server": "for serving etcd",
  "front-proxy-client": "for the front proxy client",
  "scheduler.conf": "embedded in the kubeconfig file for the scheduler manager to use",
  "super-admin.conf": "embedded in the kubeconfig file for the super-admin",
};

function longNameOf({ name }: LeafRow): string {
  return `certificate ${longNames[name] ?? name}`;
}

/**
 * With a configuration that says etcd is elsewhere, or a cluster that says so, etcd's rows are left
 * out. A cluster that cannot be asked is not an error: defaults are taken, and etcd is thought local.
 */
function rowsOf(configuration: string): readonly LeafRow[] {
  return leafRows.filter((row) => !row.stacked || !configuration.includes("external:"));
}

/** The cluster is asked only where no file is given: a question more would turn the balancer. */
function configOf({ host, site }: Call, values: ReadonlyMap<string, string>): string {
  const file = values.get("--config");
  if (file !== undefined) return textAt(host, file);
  const reached = reachApi(site.model, host, asAdmin(values)).kind === "server";
  return reached ? site.model.clusterConfiguration : "";
}

function asAdmin(values: ReadonlyMap<string, string>): Asking {
  const kubeconfig = values.get("--kubeconfig") ?? "/etc/kubernetes/admin.conf";
  return { kubeconfig, server: undefined, raw: false };
}

type Became =
  | { readonly kind: "said"; readonly said: string }
  | { readonly kind: "error"; readonly because: string };

/** A year, unless the configuration says so many hours; as text, of the form that kubeadm itself writes. */
function validityIn(config: string): number {
  const hours = /^certificateValidityPeriod: (\d+)h0m0s$/m.exec(config)?.[1];
  return hours === undefined ? 365 * dayMs : Number(hours) * 3_600_000;
}

async function renew(call: Call, row: LeafRow, validityMs: number): Promise<Became> {
  const { site, host, by } = call;
  const path = fileOf(row);
  const text = textAt(host, path);
  if (fileAt(host, path) === undefined)
    return { kind: "said", said: `MISSING! ${longNameOf(row)}` };
  const authority = authorityOf(call, row);
  if (authority === undefined) {
    return {
      kind: "said",
      said: `Detected external ${row.authority}, ${longNameOf(row)} can't be renewed`,
    };
  }
  const old = row.kind === "pair" ? text : clientPemOf(text);
  if (isDamaged(call, row)) {
    return { kind: "error", because: damagedBecause(row, realPath(host, path)) };
  }
  const now = clockOf(site.model, host);
  const validity = { notBefore: now - backdateMs, notAfter: now + validityMs };
  const made = mintLike(old, validity, newId(site.model), authority);
  if (row.kind === "pair") {
    const full = write(call, `${row.path}.key`, made.keyPem);
    if (full !== undefined) {
      const because = `couldn't write key: unable to write private key to file ${row.path}.key: ${full}`;
      return { kind: "error", because: `failed to write new certificate ${row.name}: ${because}` };
    }
    mayLosePower(call, row);
    await takes(call, 4);
    write(call, path, made.pem);
    reloadSoon(site, host);
  } else {
    const full = write(call, path, withClient(text, made));
    if (full !== undefined) return { kind: "error", because: full };
  }
  site.see({ kind: "disturbed", host: host.name, what: "certificate", name: row.name, by });
  return { kind: "said", said: `${longNameOf(row)} renewed` };
}

function damagedBecause({ kind, name }: LeafRow, path: string): string {
  return kind === "kubeconfig"
    ? `invalid kubeConfig file ${path}: missing context `
    : `failed to load existing certificate ${name}: error reading ${path}: data does not contain any valid RSA or ECDSA certificates`;
}

/** In place: what finds no room is cut off at its beginning, seen with kubeadm 1.33.5. Says why. */
function write(call: Call, path: string, content: string): string | undefined {
  const { site, host, by } = call;
  const isFull = freeBytesFor(host, "/etc/kubernetes") < content.length;
  writeFile(site, host, path, { content: isFull ? "" : content }, by);
  return isFull ? `write ${path}: no space left on device` : undefined;
}

function mayLosePower(call: Call, { name }: LeafRow): void {
  const { site, host } = call;
  const { losesPower } = host;
  if (losesPower?.within !== name) return;
  host.losesPower = undefined;
  haltHost(site, host, losesPower.downMs);
  mustRun(call);
}

function authorityOf(call: Call, row: LeafRow): Minted | undefined {
  const base = row.authority === "etcd-ca" ? `${pki}/etcd/ca` : `${pki}/${row.authority}`;
  const key = fileAt(call.host, `${base}.key`);
  if (key === undefined) return undefined;
  return { pem: textAt(call.host, `${base}.crt`), keyPem: key.content };
}
