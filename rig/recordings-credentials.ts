/**
 * Connections that fail before anybody answers: a server or a client with a certificate that has
 * expired, that another authority has signed or that another key belongs to. Made in a folder of
 * their own, which is taken away again.
 */
import { askApiServer } from "../src/programs/curl.ts";
import { get, getRaw, scaleStatefulSet } from "../src/programs/kubectl.ts";
import type { Recording } from "./recordings.ts";

const folder = "/run/drydock-recording";
const pki = "/etc/kubernetes/ssl";
const admin = "/etc/kubernetes/admin.conf";
const pretended = "https://127.0.0.1:16444";
const own = "https://10.99.0.1:6443";

type Given = Omit<Recording, "program" | "name" | "argv">;
type Signer = "its authority" | "another authority";

/** Of the same name as the cluster's own, as every cluster of kubeadm's has one. */
const anotherAuthority = `kubeadm init phase certs ca --cert-dir ${folder} >/dev/null 2>&1`;

function certificate(subject: string, { by, days }: { by: Signer; days: number }): string {
  const [crt, key] =
    by === "its authority" ? [`${pki}/ca.crt`, `${pki}/ca.key`] : ["ca.crt", "ca.key"];
  return [
    "printf 'subjectAltName=IP:127.0.0.1\n' >names",
    `openssl req -newkey rsa:2048 -nodes -keyout one.key -subj ${subject} -out one.csr 2>/dev/null`,
    `openssl x509 -req -in one.csr -CA ${crt} -CAkey ${key} -CAcreateserial -days ${days} -extfile names -out one.crt 2>/dev/null`,
  ].join(" && ");
}

const inFolder = `mkdir -p -m 700 ${folder} && cd ${folder}`;
const serve =
  "{ setsid openssl s_server -www -accept 127.0.0.1:16444 -cert one.crt -key one.key </dev/null >/dev/null 2>&1 & } && echo $! >pid && sleep 1";

function served(by: Signer, days: number) {
  const made = [inFolder, anotherAuthority, certificate("/CN=kube-apiserver", { by, days })];
  return on([...made, serve].join(" && "), `kill $(cat ${folder}/pid); rm -rf ${folder}`);
}

const embed = (name: string, path: string) =>
  `sed -i "s|\\(${name}-data: \\).*|\\1$(base64 -w0 <${path})|" other.conf`;

/** admin.conf with something else in it. */
function changed(...changes: readonly string[]) {
  return on([inFolder, `cp ${admin} other.conf`, ...changes].join(" && "), `rm -rf ${folder}`);
}

function client(by: Signer, days: number) {
  return changed(
    anotherAuthority,
    certificate("/O=kubeadm:cluster-admins/CN=kubernetes-admin", { by, days }),
    embed("client-certificate", "one.crt"),
    embed("client-key", "one.key"),
  );
}

function on(before: string, after: string) {
  return { before: { node: "node1", script: before }, after: { node: "node1", script: after } };
}

const expired = {
  state: "the server shows a certificate that has expired",
  ...served("its authority", -1),
};
const foreign = {
  state: "the server shows a certificate that another authority of the same name has signed",
  ...served("another authority", 10),
};
const expiredClient = {
  state: "the client's certificate has expired",
  ...client("its authority", -1),
};
const foreignClient = {
  state: "another authority of the same name has signed the client's certificate",
  ...client("another authority", 10),
};
const foreignKey = {
  state: "the client's key is another certificate's",
  ...changed(
    certificate("/CN=kubernetes-admin", { by: "its authority", days: 10 }),
    embed("client-key", "one.key"),
  ),
};
const foreignAuthority = {
  state: "the kubeconfig names another authority of the same name",
  ...changed(anotherAuthority, embed("certificate-authority", "ca.crt")),
};
const emptied = {
  state: "a kubeconfig that was cut off at its beginning",
  ...on(`${inFolder} && : >other.conf`, `rm -rf ${folder}`),
};
const silent = { state: "nothing listens there" };

const other = { kubeconfig: `${folder}/other.conf` };
const refused = { server: "https://127.0.0.1:16443" };

const all: readonly (readonly [string, readonly string[], Given])[] = [
  ["get-refused", get(["nodes"], refused).argv, silent],
  ["readyz-refused", getRaw("/readyz", refused).argv, silent],
  ["get-expired", get(["nodes"], { server: pretended }).argv, expired],
  ["readyz-expired", getRaw("/readyz", { server: pretended }).argv, expired],
  ["get-foreign-server", get(["nodes"], { server: pretended }).argv, foreign],
  ["get-foreign-authority", get(["nodes"], { ...other, server: own }).argv, foreignAuthority],
  ["readyz-foreign-authority", getRaw("/readyz", { ...other, server: own }).argv, foreignAuthority],
  ["get-expired-client", get(["nodes"], { ...other, server: own }).argv, expiredClient],
  ["readyz-expired-client", getRaw("/readyz", { ...other, server: own }).argv, expiredClient],
  ["get-foreign-client", get(["nodes"], { ...other, server: own }).argv, foreignClient],
  ["readyz-foreign-client", getRaw("/readyz", { ...other, server: own }).argv, foreignClient],
  ["get-foreign-key", get(["nodes"], { ...other, server: own }).argv, foreignKey],
  ["readyz-foreign-key", getRaw("/readyz", { ...other, server: own }).argv, foreignKey],
  ["get-no-kubeconfig", get(["nodes"], { kubeconfig: `${folder}/none.conf` }).argv, silent],
  ["get-emptied-kubeconfig", get(["nodes"], other).argv, emptied],
  ["readyz-emptied-kubeconfig", getRaw("/readyz", { ...other, server: own }).argv, emptied],
];

const set = { namespace: "akash-services", name: "akash-node-1" };
/** As Drydock calls it, with the other kubeconfig. */
const scaled = scaleStatefulSet({ ...set, replicas: 1 })
  .argv.map((word) => (word === admin ? `${folder}/other.conf` : word))
  .toSpliced(3, 0, "--server", own);
const known: readonly (readonly [string, readonly string[], Given])[] = [
  ...all.filter(([name]) => /^get-foreign-(authority|client)$/.test(name)),
  [
    "get-one-foreign-client",
    get(["nodes", "node1"], { ...other, server: own }).argv,
    foreignClient,
  ],
  ["scale-foreign-client", scaled, foreignClient],
  ["scale-foreign-authority", scaled, foreignAuthority],
];

/** Otherwise it depends on what was asked within the last ten minutes. */
const asksForKindsFirst = { KUBECACHEDIR: `${folder}/cache` };

/** With what kubectl has kept of the same server's kinds. */
function knowingItsKinds(given: Given): Given {
  const learnt = `kubectl get nodes --server ${own} >/dev/null`;
  return {
    ...given,
    state: `${given.state}; kubectl has kept what kinds there are`,
    before: [{ node: "node1", script: learnt }, given.before ?? []].flat(),
  };
}

export const credentialTroubles: readonly Recording[] = [
  ...all.map(([name, argv, state]) => ({
    ...{ program: "kubectl", name, argv, environment: asksForKindsFirst, ...state },
  })),
  ...known.map(([name, argv, state]) => ({
    ...{ program: "kubectl", name: `${name}-kinds-known`, argv, ...knowingItsKinds(state) },
  })),
  {
    ...{ program: "curl", name: "expired", argv: askApiServer(`${pretended}/readyz`).argv },
    ...expired,
  },
  {
    ...{ program: "curl", name: "foreign-server", argv: askApiServer(`${pretended}/readyz`).argv },
    ...foreign,
  },
];
