// The script that prints a node's certificates and never a key: its words, and its answers line by
// line.

import { exists, fileAt, pathsUnder, realPath, textAt } from "../files.ts";
import { clockOf, type HostModel, type StoredBytes } from "../model.ts";
import { clientDataOf } from "../nature/kubeconfig.ts";
import { remembered, rememberedOf } from "../remembered.ts";
import { type Answer, type Call, said, takes } from "./call.ts";

export async function certificateFiles(call: Call): Promise<Answer> {
  await takes(call, 80);
  const { host, site } = call;
  const words = call.argv.slice(5);
  const folder = exists(host, "/etc/kubernetes/pki")
    ? "/etc/kubernetes/pki"
    : "/etc/kubernetes/ssl";
  const pki = host.links.has("/etc/kubernetes/pki") ? "/etc/kubernetes/pki" : folder;
  const lines = [
    "drydock-certificates 1",
    `clock ${Math.floor(clockOf(site.model, host) / 1000)}`,
    `pki ${pki}`,
  ];
  const present: string[] = [];
  const configured: string[] = [];
  for (const word of words) {
    const path = word.slice(2).replace(/^PKI\//, `${pki}/`);
    if (word.startsWith("s:") && fileAt(host, path) !== undefined) configured.push(path);
    if (word.startsWith("k:") && fileAt(host, path) !== undefined) lines.push(`key ${path}`);
    if (word.startsWith("f:")) look(host, path, { lines, present });
    if (word.startsWith("g:")) {
      for (const found of matching(host, path)) look(host, found, { lines, present });
    }
  }
  for (const path of configured) lines.push(...settingLines(host, path));
  for (const path of configured) lookWhereItSays(host, path, { lines, present });
  lines.push(...described(host, present));
  lines.push("drydock-certificates end");
  return said(`${lines.join("\n")}\n`);
}

interface Seen {
  readonly lines: string[];
  readonly present: string[];
}

function look(host: HostModel, path: string, { lines, present }: Seen): void {
  if (present.includes(path)) return;
  if (fileAt(host, path) === undefined) {
    const because = host.links.has(path)
      ? "its symbolic link leads nowhere"
      : "there is no such file";
    lines.push(`missing ${path} ${because}`);
    return;
  }
  present.push(path);
  lines.push(`present ${path}`);
}

/** Keys are left out by their name. Through a link of a folder, as the pattern says it. */
function matching(host: HostModel, pattern: string): readonly string[] {
  const folder = pattern.slice(0, pattern.lastIndexOf("/"));
  const [before = "", after] = pattern.slice(folder.length + 1).split("*");
  return pathsUnder(host, folder).flatMap((path) => {
    const name = path.slice(realPath(host, folder).length + 1);
    if (name.endsWith("-key.pem") || name.includes("/")) return [];
    const fits =
      after === undefined ? name === before : name.startsWith(before) && name.endsWith(after);
    return fits ? [`${folder}/${name}`] : [];
  });
}

const flags =
  /^\s*-\s*--(advertise-address|bind-address|secure-port|leader-elect|tls-cert-file|listen-client-urls|listen-peer-urls|cert-file|peer-cert-file|kubelet-certificate-authority)=(.*)$/;
const keys = /^(address|port|tlsCertFile|serverTLSBootstrap|certificateValidityPeriod):\s*(.+)$/;
const environment =
  /^(ETCD_(?:CERT_FILE|PEER_CERT_FILE|LISTEN_CLIENT_URLS|LISTEN_PEER_URLS))=(.+)$/;
const clientFile = /^\s*(?:- )?(client-certificate):\s+(.+)$/;
const namesFile =
  /^(client-certificate|tlsCertFile|tls-cert-file|cert-file|peer-cert-file|ETCD_CERT_FILE|ETCD_PEER_CERT_FILE)$/;

function settingLines(host: HostModel, path: string): readonly string[] {
  const settings = settingsIn(textAt(host, path));
  return [
    `configured ${path}`,
    ...settings.map(({ key, value }) => `setting ${path} ${key} ${value}`),
  ];
}

function lookWhereItSays(host: HostModel, path: string, seen: Seen): void {
  for (const { key, value } of settingsIn(textAt(host, path))) {
    if (namesFile.test(key) && value.startsWith("/")) look(host, value, seen);
  }
}

const settingsIn = remembered((text: string) =>
  text.split("\n").flatMap((line) => {
    const found = [flags, keys, environment, clientFile].map((one) => one.exec(line)).find(Boolean);
    if (found == null) return [];
    const [, key = "", value = ""] = found;
    return [{ key, value }];
  }),
);

/** All the times, where each really is, and only then what is in them: three programs tell it. */
function described(host: HostModel, paths: readonly string[]): readonly string[] {
  const there = paths.flatMap((path) => {
    const file = fileAt(host, path);
    return file === undefined ? [] : [{ path, file }];
  });
  return [
    ...there.map(({ path, file }) => `modified ${Math.floor(file.modifiedAt / 1000)} ${path}`),
    ...there.map(({ path }) => `resolved ${path} ${realPath(host, path)}`),
    ...there.flatMap(({ path, file }) => [`file ${path}`, ...certificatesOf(file)]),
  ];
}

const certificatesOf = rememberedOf(({ content }: StoredBytes) => certificatesIn(content));

const certificatesIn = remembered((text: string): readonly string[] => {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const pems = blocks.map((block) => `pem ${block.replace(/-----[^-]+-----|\n/g, "")}`);
  const embedded = clientDataOf(text);
  return embedded === "" ? pems : [...pems, `data ${embedded}`];
});
