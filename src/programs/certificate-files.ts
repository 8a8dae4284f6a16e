// Reads every certificate of a node in one remote command, and never a private key: keys lie beside
// certificates in the same files, so the node itself prints certificates only.

import {
  authorityKeys,
  certificateRows,
  hostEtcdFamilies,
  hostEtcdFolder,
  kubeletConf,
  kubeletServerCurrent,
  otherPlaces,
} from "../cluster/certificate-list.ts";
import {
  type CertificateFile,
  etcdEnvironment,
  kubeadmConfigFile,
  kubeletConfigs,
  type NodeFiles,
  type Setting,
  staticPods,
} from "../cluster/node-files.ts";
import type { ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer } from "./answer.ts";
import { certificateScript } from "./certificate-script.ts";

const kubeconfigs = certificateRows.filter((row) => row.kind === "kubeconfig");

/** What the script is told to look at, one word each; the letters are the script's. */
const words: readonly string[] = [
  ...["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map(
    (program) => `s:${staticPods}/${program}.yaml`,
  ),
  ...[...kubeletConfigs, etcdEnvironment, kubeletConf, kubeadmConfigFile].map(
    (path) => `s:${path}`,
  ),
  ...kubeconfigs.map((row) => `s:${row.path}`),
  ...Object.values(authorityKeys).map((path) => `k:${path}`),
  ...certificateRows.map((row) => `f:${row.path}`),
  ...[kubeletConf, kubeletServerCurrent].map((path) => `f:${path}`),
  ...hostEtcdFamilies.map((pattern) => `g:${hostEtcdFolder}/${pattern}`),
  ...otherPlaces.map((pattern) => `g:${pattern}`),
];

/**
 * Every certificate of a node, its clock and who listens where. `root` is for tests: a tree to look
 * in.
 */
export function readCertificateFiles(root = ""): ReadCommand {
  return {
    argv: ["sh", "-c", certificateScript, "drydock-certificates", root, ...words],
    shown: "read the certificates of the node (no private key)",
    reads: true,
    timeoutMs: 20_000,
  };
}

/** Parses the answer of readCertificateFiles; unreadable unless it is whole. */
export function parseCertificateFiles(outcome: Outcome): Reading<NodeFiles> {
  return answer(outcome, "certificates", parse);
}

const firstLine = "drydock-certificates 1";
const lastLine = "drydock-certificates end";

function parse(text: string): NodeFiles | undefined {
  const lines = text.split("\n");
  // Anything a login shell prints first is not ours; a missing end is an answer cut short.
  const from = lines.indexOf(firstLine);
  const to = lines.indexOf(lastLine);
  if (from < 0 || to < from) return undefined;
  const answers = lines.slice(from + 1, to).map(splitOff);
  const valuesOf = (word: string) =>
    answers.filter(([key]) => key === word).map(([, rest]) => rest);
  const clockAt = Number(valuesOf("clock")[0]) * 1000;
  const pkiFolder = valuesOf("pki")[0];
  if (!(clockAt > 0) || pkiFolder === undefined) return undefined;
  return {
    clockAt,
    pkiFolder,
    files: filesOf(answers),
    keys: new Set(valuesOf("key")),
    configured: new Set(valuesOf("configured")),
    settings: valuesOf("setting").map(settingOf),
    troubles: valuesOf("trouble"),
  };
}

type Answer = readonly [word: string, rest: string];

function splitOff(line: string): Answer {
  const at = line.indexOf(" ");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}

function settingOf(text: string): Setting {
  const [file, rest] = splitOff(text);
  const [key, value] = splitOff(rest);
  return { file, key, value };
}

function filesOf(answers: readonly Answer[]): ReadonlyMap<string, CertificateFile> {
  const files = new Map<string, CertificateFile>();
  const change = (path: string, known: Partial<CertificateFile>) => {
    const file = files.get(path);
    // Filled line by line: a copy for each of hundreds of lines takes longer than all the rest.
    if (file === undefined)
      files.set(path, { ...nothingKnown, path, resolvedPath: path, ...known });
    else Object.assign(file, known);
  };
  let current = "";
  for (const [word, rest] of answers) {
    const [path, detail] = splitOff(rest);
    if (word === "file") current = rest;
    else if (word === "present") change(rest, {});
    else if (word === "missing") change(path, { state: { kind: "missing", because: detail } });
    else if (word === "unreadable")
      change(path, { state: { kind: "unreadable", because: detail } });
    else if (word === "modified") change(detail, { modifiedAt: Number(path) * 1000 });
    else if (word === "resolved") change(path, { resolvedPath: detail });
    else if (word === "pem") change(current, addPem(files, current, rest));
    else if (word === "data") change(current, dataOf(rest));
    else if (word === "withheld") change(current, { state: { kind: "unreadable", because: rest } });
  }
  return files;
}

const nothingKnown = {
  state: { kind: "present" },
  modifiedAt: 0,
  certificates: [],
  clientCertificates: [],
} as const;

type Files = ReadonlyMap<string, CertificateFile>;

function addPem(files: Files, path: string, base64: string): Partial<CertificateFile> {
  return { certificates: [...(files.get(path)?.certificates ?? []), pemOf(base64)] };
}

function dataOf(base64: string): Partial<CertificateFile> {
  const text = Buffer.from(base64, "base64").toString("latin1");
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return { clientCertificates: blocks };
}

const pemsMax = 1024;
const pems = new Map<string, string>();

// OpenSSL's reader wants lines of at most 76 characters.
function pemOf(base64: string): string {
  const known = pems.get(base64);
  if (known !== undefined) return known;
  const lines = base64.match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
  if (pems.size >= pemsMax) pems.clear();
  pems.set(base64, pem);
  return pem;
}
