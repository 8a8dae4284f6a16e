/**
 * Full disks, and kubeadm where it stops: on a configuration that it refuses, and at certificates
 * whose authority is elsewhere. A full disk is a small file system in memory, and for kubeadm a
 * copy of /etc/kubernetes in one, mounted over it: no container sees that, and nothing is written
 * to the real one.
 */
import { saveSnapshot } from "../src/programs/etcdctl.ts";
import { checkConfig, renewCertificate } from "../src/programs/kubeadm.ts";
import { createArchive } from "../src/programs/tar.ts";
import type { Recording } from "./recordings.ts";
import { etcdAccess, etcdEnvironment } from "./recordings-etcd.ts";

const folder = "/run/drydock-recording";
const config = "/etc/kubernetes/kubeadm-config.yaml";

type Given = Omit<Recording, "program" | "name" | "argv">;

function onNode1(state: string, before: readonly string[], after: string): Given {
  const script = before.join(" && ");
  return { state, before: { node: "node1", script }, after: { node: "node1", script: after } };
}

const memory = (size: string) =>
  `mkdir -p -m 700 ${folder} && mount -t tmpfs -o size=${size},mode=700 tmpfs ${folder}`;
const unmounted = `umount ${folder}; rmdir ${folder}`;
const full = onNode1("16 KiB are free", [memory("16k")], unmounted);

/** A whole page of memory is what the smallest file takes: what is freed could be taken again. */
function fullKubernetes(state: string, ...before: readonly string[]): Given {
  const filled = `{ dd if=/dev/zero of=${folder}/filled bs=4k 2>/dev/null || true; }`;
  return onNode1(
    state,
    [
      memory("2m"),
      `cp -a /etc/kubernetes/. ${folder}/`,
      ...before,
      filled,
      `mount --bind ${folder} /etc/kubernetes`,
    ],
    `umount /etc/kubernetes; ${unmounted}`,
  );
}

const smallAdmin = [
  `cd ${folder}`,
  "printf 'extendedKeyUsage=clientAuth\\n' >use",
  "openssl ecparam -name prime256v1 -genkey -noout -out small.key",
  "openssl req -new -key small.key -subj /O=kubeadm:cluster-admins/CN=kubernetes-admin -out small.csr",
  "openssl x509 -req -in small.csr -CA ssl/ca.crt -CAkey ssl/ca.key -CAcreateserial -days 10 -extfile use -out small.crt 2>/dev/null",
  'sed -i "s|\\(client-certificate-data: \\).*|\\1$(base64 -w0 <small.crt)|; s|\\(client-key-data: \\).*|\\1$(base64 -w0 <small.key)|" admin.conf',
  "[ $(stat -c %s admin.conf) -le 4096 ]",
  "cd /",
];

const written = (file: string, text: string) =>
  onNode1(
    `a configuration ${file}`,
    [`mkdir -p -m 700 ${folder}`, `${text} >${folder}/config.yaml`],
    `rm -rf ${folder}`,
  );
const older = written(
  "of a version that this kubeadm does not set up any more",
  `sed 's/^kubernetesVersion:.*/kubernetesVersion: v1.20.0/' ${config}`,
);
const joining = written(
  "to join with",
  "printf 'apiVersion: kubeadm.k8s.io/v1beta4\\nkind: JoinConfiguration\\n'",
);
const noYaml = written("that is no YAML", "printf 'kind: [\\n'");
const other = `${folder}/config.yaml`;
const external = onNode1(
  "the keys of both authorities are not on the node",
  [
    `mkdir -p -m 700 ${folder}`,
    `mv /etc/kubernetes/ssl/ca.key /etc/kubernetes/ssl/front-proxy-ca.key ${folder}/`,
  ],
  `mv ${folder}/*.key /etc/kubernetes/ssl/; rm -rf ${folder}`,
);
const healthy: Given = { state: "everything healthy" };

const all: readonly (readonly [string, string, readonly string[], Given])[] = [
  ["tar", "archive-full-disk", createArchive(`${folder}/a.tar.gz`, []).argv, full],
  [
    "tar",
    "by-hand-full-disk",
    `tar czf ${folder}/a.tar.gz /etc/kubernetes /etc/ssl/etcd`.split(" "),
    full,
  ],
  ["etcdctl", "snapshot-save-full-disk", saveSnapshot(etcdAccess, `${folder}/a.db`).argv, full],
  [
    "cp",
    "full-disk",
    ["cp", "-pi", "/etc/kubernetes/admin.conf", `${folder}/config`],
    onNode1(
      "nothing is free",
      [memory("4k"), `cp /etc/kubernetes/ssl/ca.crt ${folder}/`],
      unmounted,
    ),
  ],
  [
    "kubeadm",
    "renew-full-disk",
    renewCertificate("apiserver", config).argv,
    fullKubernetes(
      "the disk is full, and apiserver.key was cut off by it",
      `: >${folder}/ssl/apiserver.key`,
    ),
  ],
  [
    "kubeadm",
    "renew-all-full-disk",
    renewCertificate("all", config).argv,
    fullKubernetes("the disk is full, and admin.conf needs more room than it had", ...smallAdmin),
  ],
  ["kubeadm", "config-check", checkConfig(config).argv, healthy],
  ["kubeadm", "config-check-no-file", checkConfig(undefined).argv, healthy],
  ["kubeadm", "config-check-missing", checkConfig(other).argv, { state: "there is no such file" }],
  ["kubeadm", "config-check-older", checkConfig(other).argv, older],
  ["kubeadm", "config-check-joining", checkConfig(other).argv, joining],
  ["kubeadm", "config-check-no-yaml", checkConfig(other).argv, noYaml],
  ["kubeadm", "renew-config-older", renewCertificate("all", other).argv, older],
  ["kubeadm", "renew-config-joining", renewCertificate("all", other).argv, joining],
  ["kubeadm", "check-expiration-external", ["kubeadm", "certs", "check-expiration"], external],
  ["kubeadm", "renew-all-external", renewCertificate("all", config).argv, external],
];

export const diskRecordings: readonly Recording[] = [
  ...all.map(([program, name, argv, given]) => ({ program, name, argv, ...given })),
  {
    program: "etcdctl",
    name: "snapshot-save-by-hand-full-disk",
    argv: ["etcdctl", "snapshot", "save", `${folder}/node1.etcd.backup`],
    environment: etcdEnvironment,
    ...full,
  },
];
