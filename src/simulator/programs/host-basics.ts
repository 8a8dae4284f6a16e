// What a host tells of itself in one answer: a word, a tab, a value.

import { exists, fileAt, freeBytesFor, pathsUnder, realPath, sha256, textAt } from "../files.ts";
import { clockOf, type HostModel } from "../model.ts";
import { clientPemOf } from "../nature/kubeconfig.ts";
import { isSignedBy, subjectOf } from "../x509.ts";
import { type Answer, type Call, said, takes } from "./call.ts";
import { secondsText } from "./stat.ts";

const manifests = "/etc/kubernetes/manifests";

export async function hostBasics(call: Call): Promise<Answer> {
  await takes(call, 60);
  const { host, site } = call;
  const clock = clockOf(site.model, host);
  const programs = call.argv.slice(4).filter((name) => host.programs.has(name));
  const lines: readonly (readonly [string, string])[] = [
    ["clock", secondsText(clock)],
    ["hostname", host.name],
    ...programs.map((name) => ["program", name] as const),
    ["kubeadm", host.programs.has("kubeadm") ? "v1.33.5" : ""],
    ["etcdctl", host.programs.has("etcdctl") ? site.model.etcd.version : ""],
    ...pathsUnder(host, manifests).flatMap((path) => podLines(host, path)),
    ["advertised", advertised(textAt(host, `${manifests}/kube-apiserver.yaml`))],
    ...present(call, "/etc/kubernetes/kubeadm-config.yaml", "kubeadm-config"),
    ...present(call, "/etc/kubernetes/kubelet.conf", "kubelet-conf"),
    ["kubernetes", realPath(host, "/etc/kubernetes")],
    ["pki", realPath(host, "/etc/kubernetes/pki")],
    ["machine", sha256(`${host.name} ${host.boots}`).slice(0, 16)],
    ["etcd-unit", host.etcdUnit?.active ?? "inactive"],
    ["etcd-invocation", host.etcdUnit?.invocation ?? ""],
    ...present(call, "/etc/etcd.env", "etcd-env"),
    ...present(call, "/etc/rancher/k3s", "k3s"),
    ...freeSpace(call).map((line) => ["free", line] as const),
    ...(host.renewTimer === "" ? [] : [["timer", host.renewTimer] as const]),
    ...crons(call).map((path) => ["cron", path] as const),
    ...paused(call).map((path) => ["paused", path] as const),
    ...kubeconfigs(call).map((path) => ["kubeconfig", path] as const),
    ...adminCopies(call).map((line) => ["admin-copy", line] as const),
    ...host.busyWith.map((name) => ["busy", name] as const),
  ];
  return said(lines.map(([word, value]) => `${word}\t${value}\n`).join(""));
}

function podOf(manifest: string): string | undefined {
  return /\/([^/.][^/]*)\.(?:ya?ml|json)$/.exec(manifest)?.[1];
}

const renewedFile =
  /\/etc\/kubernetes\/(?:(?:super-)?admin|scheduler|controller-manager)\.conf|\/etc\/kubernetes\/(?:pki|ssl)\/[a-z/-]+\.crt/g;

/**
 * A pod, and `pod file` of what its manifest names outside its comments; authorities are not
 * renewed.
 */
function podLines(host: HostModel, path: string): readonly (readonly [string, string])[] {
  const pod = podOf(path);
  if (pod === undefined) return [];
  const said = textAt(host, path)
    .split("\n")
    .filter((line) => !/^ *#/.test(line));
  const files = said.flatMap((line) => line.match(renewedFile) ?? []);
  const renewed = files.filter((file) => !/(?:^|[/-])ca\.crt$/.test(file));
  const reads = [...new Set(renewed)].sort().map((file) => ["reads", `${pod} ${file}`] as const);
  return [["pod", pod], ...reads];
}

function advertised(manifest: string): string {
  return /kube-apiserver.advertise-address.endpoint: *(\S+)/.exec(manifest)?.[1] ?? "";
}

function present(
  { host }: Call,
  path: string,
  word: string,
): readonly (readonly [string, string])[] {
  return exists(host, path) ? [[word, "yes"]] : [];
}

/**
 * Backups find room before their folder has been made; the other two are only told of where they
 * are.
 */
function freeSpace({ host }: Call): readonly string[] {
  const there = ["/var/lib/etcd", "/etc/kubernetes"].filter((folder) => host.freeBytes.has(folder));
  return ["/var/backups", ...there].map((folder) => {
    const bytes = freeBytesFor(host, folder);
    return `${folder} ${Number.isFinite(bytes) ? Math.floor(bytes / 1024) : ""}`;
  });
}

function crons({ host }: Call): readonly string[] {
  const calls = /akash|kubectl|kubeadm|crictl/;
  const paths = [...pathsUnder(host, "/etc/cron.d"), "/etc/crontab"];
  return paths.filter((path) => !isHidden(path) && calls.test(textAt(host, path)));
}

function isHidden(path: string): boolean {
  return path.includes("/.");
}

function paused({ host }: Call): readonly string[] {
  return pathsUnder(host, "/etc/cron.d").filter((path) => path.includes("/.drydock-"));
}

function kubeconfigs({ host }: Call): readonly string[] {
  const root = "/root/.kube/config";
  return [...(fileAt(host, root) === undefined ? [] : [root]), ...homeConfigs(host)];
}

function homeConfigs(host: HostModel): readonly string[] {
  return pathsUnder(host, "/home").filter((path) => /^\/home\/[^/]+\/\.kube\/config$/.test(path));
}

/** This cluster's admin in the home of somebody: `owner:group path`. */
function adminCopies({ host }: Call): readonly string[] {
  const authority = textAt(host, "/etc/kubernetes/pki/ca.crt");
  return homeConfigs(host).flatMap((path) => {
    const file = fileAt(host, path);
    const pem = clientPemOf(file?.content ?? "");
    const isAdmin =
      pem.includes("BEGIN CERTIFICATE") &&
      subjectOf(pem).some(([key, value]) => key === "CN" && value === "kubernetes-admin") &&
      isSignedBy(pem, authority);
    return file === undefined || !isAdmin ? [] : [`${file.owner}:${file.owner} ${path}`];
  });
}
