// kubeadm certs. renew is unconditional, one certificate after the other, key first and then
// certificate. Where its authority's key is not on the node, or a file is missing, it says so and
// exits 0.

import { dayMs, type LeafRow, leafRows } from "../build/certificates.ts";
import { fileAt, freeBytesFor, realPath, textAt, writeFile } from "../files.ts";
import { clockOf, newId } from "../model.ts";
import { haltHost } from "../nature/boot.ts";
import {
  clientDataOf,
  clientPemOf,
  currentContextOf,
  hasItsContext,
  withClient,
} from "../nature/kubeconfig.ts";
import { reloadSoon } from "../nature/kubelet.ts";
import { mintLike, validityOf } from "../x509.ts";
import { type Answer, type Call, failed, inner, mustRun, options, said, takes } from "./call.ts";
import { checkExpiration } from "./check-expiration.ts";
import { authorityBaseOf, managementOf } from "./kubeadm-authority.ts";
import { configurationOf } from "./kubeadm-config.ts";

/** RSA keys are made anew each time: 3.3 s for seven were measured. */
const eachMs = 450;
const backdateMs = 5 * 60_000;

export async function kubeadm(call: Call): Promise<Answer> {
  const { values, words } = options(call.argv.slice(1), ["--config", "--kubeconfig", "-o"]);
  const [area, verb, name = ""] = words;
  if (area === "version") return said("v1.33.5\n");
  if (area !== "certs") return failed(1, `unknown command "${area}"`);
  if (verb !== "check-expiration" && verb !== "renew") {
    return failed(1, `unknown command "${verb}"`);
  }
  if (verb === "renew" && name !== "all" && !leafRows.some((row) => row.name === name)) {
    return gaveUp(`unknown command "${name}" for "kubeadm certs renew"`, "");
  }
  const configuration = configurationOf(call, { verb, values });
  if (configuration.kind === "refused") return gaveUp(configuration.because, "");
  const rows = rowsOf(configuration.text);
  if (verb === "check-expiration") {
    const checked = await check(call, rows);
    const { said: first, logged } = configuration;
    return { ...checked, stdout: first + checked.stdout, stderr: logged + checked.stderr };
  }
  const wanted = name === "all" ? rows : leafRows.filter((row) => row.name === name);
  const validityMs = validityIn(configuration.text);
  let stdout = configuration.said;
  for (const row of wanted) {
    await takes(call, eachMs);
    const became = await renew(call, row, validityMs);
    if (became.kind === "error") return gaveUp(configuration.logged + became.because, stdout);
    stdout += `${became.said}\n`;
  }
  const end =
    "\nDone renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.\n";
  return { ...said(stdout + (name === "all" ? end : "")), stderr: configuration.logged };
}

/**
 * Drydock's script around check-expiration: where its configuration comes from, and what it says
 * against that or a certificate.
 */
export async function configCheck(call: Call): Promise<Answer> {
  if (!call.host.programs.has("kubeadm")) return failed(127, "sh: 1: kubeadm: not found");
  const argv = ["kubeadm", "certs", "check-expiration", ...call.argv.slice(4)];
  const answer = await kubeadm(inner(call, argv));
  const kept = answer.stdout.split("\n").filter((line) => /^.check-expiration. /.test(line));
  return { ...answer, stdout: kept.map((line) => `${line}\n`).join("") };
}

async function check(call: Call, rows: readonly LeafRow[]): Promise<Answer> {
  for (const row of rows.filter((one) => fileAt(call.host, fileOf(one)) !== undefined)) {
    const management = managementOf(call.host, row.authority);
    const because = management.kind === "error" ? management.because : unfitBecause(call, row);
    if (because !== undefined) return gaveUp(because, "");
  }
  return checkExpiration(call, rows);
}

function fileOf(row: LeafRow): string {
  return row.kind === "pair" ? `${row.path}.crt` : row.path;
}

/**
 * Why it cannot take from the file what the next certificate is to have; undefined where it can.
 */
function unfitBecause({ host }: Call, row: LeafRow): string | undefined {
  const path = fileOf(row);
  const text = textAt(host, path);
  const none = "data does not contain any valid RSA or ECDSA certificates";
  if (row.kind === "pair") {
    return text.includes("BEGIN CERTIFICATE")
      ? undefined
      : `failed to load existing certificate ${row.name}: error reading ${realPath(host, path)}: ${none}`;
  }
  if (!hasItsContext(text)) {
    return `invalid kubeConfig file ${path}: missing context ${currentContextOf(text)}`;
  }
  if (clientDataOf(text) === "") {
    return `kubeConfig file ${path} does not have an embedded client certificate`;
  }
  return clientPemOf(text).includes("BEGIN CERTIFICATE")
    ? undefined
    : `kubeConfig file ${path} does not contain a valid client certificate: ${none}`;
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
 * With a configuration that says etcd is elsewhere etcd's rows are left out; by its defaults it is
 * local.
 */
function rowsOf(configuration: string): readonly LeafRow[] {
  return leafRows.filter((row) => !row.stacked || !configuration.includes("external:"));
}

type Became =
  | { readonly kind: "said"; readonly said: string }
  | { readonly kind: "error"; readonly because: string };

/**
 * A year, unless the configuration says so many hours; as text, of the form that kubeadm itself
 * writes.
 */
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
  const management = managementOf(host, row.authority);
  if (management.kind === "error") return management;
  if (management.kind === "external") {
    const detected = `Detected external ${authorityBaseOf(row)}`;
    return { kind: "said", said: `${detected}, ${longNameOf(row)} can't be renewed` };
  }
  const unfit = unfitBecause(call, row);
  if (unfit !== undefined) return { kind: "error", because: unfit };
  const old = row.kind === "pair" ? text : clientPemOf(text);
  const now = clockOf(site.model, host);
  const copied = validityOf(management.authority.pem)?.notBefore ?? now;
  const notBefore = site.model.renewedFrom === "authority" ? copied : now - backdateMs;
  const validity = { notBefore, notAfter: now + validityMs };
  const made = mintLike(old, validity, newId(site.model), management.authority);
  if (row.kind === "pair") {
    const full = write(call, `${row.path}.key`, made.keyPem);
    if (full !== undefined) {
      const because = `couldn't write key: unable to write private key to file ${realPath(host, `${row.path}.key`)}: ${full}`;
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

/** In place: what finds no room is cut off at its beginning, seen with kubeadm 1.33.5. Says why. */
function write(call: Call, path: string, content: string): string | undefined {
  const { site, host, by } = call;
  const isFull = freeBytesFor(host, "/etc/kubernetes") < content.length;
  writeFile(site, host, path, { content: isFull ? "" : content }, by);
  return isFull ? `write ${realPath(host, path)}: no space left on device` : undefined;
}

function mayLosePower(call: Call, { name }: LeafRow): void {
  const { site, host } = call;
  const { losesPower } = host;
  if (losesPower?.within !== name) return;
  host.losesPower = undefined;
  haltHost(site, host, losesPower.downMs);
  mustRun(call);
}
