import { expect, test } from "vitest";
import { cutOff, read, said, typed } from "./seen.testkit.ts";
import { type UpdateKubeconfigGoal, updateKubeconfig } from "./update-kubeconfig.ts";

const goal: UpdateKubeconfigGoal = { path: "/root/.kube/config", stamp: "20261122T031500Z" };
const admin = {
  mode: 0o600,
  contexts: 1,
  owner: "root",
  serialHex: "B2",
  subject: "CN=admin",
  isSignedHere: true,
};
const old = { ...admin, serialHex: "B1" };
const alike = { sameKey: true, own: [] };

test.each([
  [
    "is an old copy",
    { current: old, admin },
    "needed: /root/.kube/config holds another certificate",
  ],
  ["is the new copy", { current: admin, admin }, /^satisfied: .*holds the certificate/],
  ["is readable by others", { current: { ...admin, mode: 0o644 }, admin }, /^needed: .*mode 644/],
  ["is not there", { current: "absent", admin }, /^satisfied: there is no/],
  [
    "is somebody else's",
    { current: { ...old, subject: "CN=ann" }, admin },
    /^satisfied: .*left alone/,
  ],
  [
    "is another cluster's admin.conf",
    { current: { ...old, isSignedHere: false }, admin },
    /^satisfied: .*left alone/,
  ],
  [
    "names another cluster too",
    { current: { ...old, contexts: 2 }, admin },
    /^satisfied: .*has other clusters or contexts too, and is left alone/,
  ],
  ["holds a token", { current: "no certificate", admin }, /^satisfied: .*left alone/],
  [
    "has no admin.conf beside it",
    { current: old, admin: "absent" },
    /^blocked: admin\.conf: absent/,
  ],
  [
    "has a namespace and a server of its own",
    { current: old, admin, sameKey: false, own: ["namespace", "server"] },
    "needed: /root/.kube/config holds another certificate; it keeps its own namespace and server",
  ],
  [
    "has kept them",
    { current: admin, admin, own: ["namespace", "more"] },
    "satisfied: /root/.kube/config holds the certificate of admin.conf; it keeps its own namespace and other settings",
  ],
  [
    "has the new certificate with the old key",
    { current: admin, admin, sameKey: false },
    "needed: /root/.kube/config holds another key",
  ],
  [
    "is not written as kubeadm writes it",
    { current: old, admin, sameKey: undefined, own: undefined },
    /^needed: .*another certificate; it is not in kubeadm's form: .* keeps the old file$/,
  ],
  [
    "does not tell its key, with the new certificate",
    { current: admin, admin, sameKey: undefined, own: undefined },
    /^satisfied: .*holds the certificate of admin\.conf; it is not in kubeadm's form/,
  ],
])("root's kubeconfig that %s", (_, seen, words) => {
  expect(said(updateKubeconfig.judge(read({ ...alike, ...seen }), goal))).toEqual(
    typeof words === "string" ? words : expect.stringMatching(words),
  );
});

test("root's kubeconfig that cannot be read is left alone", () => {
  expect(updateKubeconfig.judge(cutOff, goal).kind).toBe("unclear");
});

test("the old kubeconfig is kept under the plan's stamp", () => {
  const [command] = typed(updateKubeconfig.change(read({ current: old, admin, ...alike }), goal));
  expect(command).toContain("/root/.kube/config /etc/kubernetes/admin.conf 20261122T031500Z");
});
