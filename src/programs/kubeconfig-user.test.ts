// Kubeconfigs of several users, read here with sh and awk by both scripts that look into them.

import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { certificateOf, nodeCertificates } from "../cluster/node-certificates.ts";
import { parseCertificateFiles, readCertificateFiles } from "./certificate-files.ts";
import { holdsKey, makePki, makeTree, markedKey, type Pki, runHere } from "./fake-node.testkit.ts";
import { compareKubeconfigs, parseKubeconfigs } from "./kubeconfig.ts";

const path = "/etc/kubernetes/admin.conf";
let pki: Pki;
let tree: ReturnType<typeof makeTree>;
let first: string;
let admin: string;

const base64 = (text: string) => Buffer.from(text).toString("base64");

beforeAll(() => {
  pki = makePki();
  first = base64(pki.leaf("kubernetes", "/CN=first"));
  admin = base64(pki.leaf("kubernetes", "/CN=admin"));
});
afterAll(() => pki.remove());
beforeEach(() => {
  tree = makeTree();
  return () => tree.remove();
});

/** The subject that each of the two finds, which must be one. */
function subjectIn(text: string): string {
  tree.write(path.slice(1), text);
  const outcome = runHere(readCertificateFiles(tree.root));
  const files = parseCertificateFiles(outcome);
  if (files.kind === "unreadable") throw new Error(files.because);
  const roles = { controlPlane: true, etcd: false, worker: false };
  const entries = nodeCertificates(files.value, roles);
  const compared = runHere(compareKubeconfigs(join(tree.root, path)));
  expect(holdsKey(JSON.stringify([outcome, compared]))).toBe(false);
  const seen = parseKubeconfigs(compared);
  const current = seen.kind === "read" ? seen.value.current : "absent";
  const subject = certificateOf(entries, "admin.conf")?.subject ?? "no certificate";
  expect(typeof current === "string" ? current : current.subject).toBe(subject);
  return subject;
}

const contexts = `contexts:
- context:
    cluster: kubernetes
    user: ci
  name: ci@kubernetes
- context:
    cluster: kubernetes
    extensions:
    - extension:
        user: ci
      name: admin@kubernetes
    namespace: default
    user: kubernetes-admin
  name: admin@kubernetes
`;
const current = "current-context: admin@kubernetes\n";
const users = () => `users:
- name: ci
  user:
    client-certificate-data: ${first}
    client-key-data: ${base64(markedKey)}
- name: kubernetes-admin
  user:
    client-certificate-data: ${admin}
    client-key-data: ${base64(markedKey)}
`;
const head = "apiVersion: v1\nkind: Config\n";

describe("of several users the one that the current context leads to is taken", () => {
  test.each<[string, () => string]>([
    ["as kubectl writes it", () => `${head}${contexts}${current}${users()}`],
    ["whatever comes first", () => `${users()}${current}${contexts}`],
    ["with other line ends", () => `${current}${contexts}${users()}`.replaceAll("\n", "\r\n")],
    [
      "with names in quotes and remarks behind them",
      () =>
        `${current}${contexts}${users()}`
          .replace("current-context: admin@kubernetes", `current-context: "admin@kubernetes"`)
          .replace("user: kubernetes-admin", "user: kubernetes-admin # ours")
          .replace("name: kubernetes-admin", "name: 'kubernetes-admin'"),
    ],
    [
      "with its lists further in",
      () => `${current}${contexts}${users()}`.replaceAll(/^([- ])/gm, "  $1"),
    ],
    [
      "with names behind, and each dash on a line of its own",
      () =>
        `${contexts}${current}users:\n-\n  user:\n    client-certificate-data: ${first}\n  name: ci\n\n# ours\n-\n  user:\n    client-certificate-data: ${admin}\n  name: kubernetes-admin\n`,
    ],
    [
      "beside one whose certificate a program brings",
      () =>
        `${current}${contexts}${users()}`.replace(
          "users:\n",
          "users:\n- name: aws\n  user:\n    exec:\n      args:\n      - token\n      env:\n      - name: kubernetes-admin\n        value: x\n",
        ),
    ],
  ])("%s", (_, text) => {
    expect(subjectIn(text())).toBe("CN=admin");
  });

  test("where it has no certificate there is none, whatever others have", () => {
    const text = `${current}${contexts}${users()}`;
    const ofToken = text.replace(`client-certificate-data: ${admin}`, "token: t0ken");
    expect(subjectIn(ofToken)).toBe("no certificate");
  });

  test("and only its own data is withheld where a key stands in it", () => {
    const text = `${current}${contexts}${users()}`;
    const withKey = base64(`${pki.leaf("kubernetes", "/CN=admin")}${markedKey}`);
    expect(subjectIn(text.replace(first, withKey))).toBe("CN=admin");
    tree.write(path.slice(1), text.replace(admin, withKey));
    const outcome = runHere(readCertificateFiles(tree.root));
    expect(holdsKey(JSON.stringify(outcome))).toBe(false);
    const files = parseCertificateFiles(outcome);
    expect(files.kind === "read" && files.value.files.get(path)?.state.kind).toBe("unreadable");
  });
});

test.each<[string, () => string]>([
  ["no current context", () => `${contexts}${users()}`],
  ["a current context that is not there", () => `current-context: gone\n${contexts}${users()}`],
  [
    "a context of a user who is not there",
    () => `${current}${contexts}${users().replace("name: kubernetes-admin", "name: other")}`,
  ],
  ["contexts in another style", () => `${current}contexts: [{name: admin@kubernetes}]\n${users()}`],
])("with %s the first user's is taken", (_, text) => {
  expect(subjectIn(text())).toBe("CN=first");
});
