import { describe, expect, test } from "vitest";
import type { Certificate } from "../cluster/certificate.ts";
import { noChain } from "../core/chain.testkit.ts";
import type { Command } from "../core/command.ts";
import type { Look } from "../core/step.ts";
import { fillControlPlane, makePki, makeTree, runHere } from "../programs/fake-node.testkit.ts";
import { certificate, container, cutOff, entry, read, said, today, year } from "./seen.testkit.ts";
import { type VerifyRenewalGoal, verifyRenewal } from "./verify-renewal.ts";

const address = "10.0.0.1:6443";
const goal: VerifyRenewalGoal = {
  certificates: [
    {
      name: "apiserver",
      serialHex: "A1",
      notAfter: today,
      subjectAltNames: [],
      path: "/etc/kubernetes/pki/apiserver.crt",
      file: "/etc/kubernetes/ssl/apiserver.crt",
    },
  ],
  restarted: [{ component: "kube-scheduler", container: "old" }],
  endpoint: { name: "kube-apiserver", address },
  node: "node1",
  kubeconfig: "/root/.kube/config",
};

const renewed = certificate("apiserver", "A2", today + year);
const serves = (seen: object) => [{ endpoint: goal.endpoint, seen }];
const all = {
  entries: read([entry(renewed)]),
  served: serves(read(renewed)),
  toServe: renewed,
  containers: read([container("kube-scheduler", "new")]),
  calls: [read(true), read(true)],
};

/** A node on which every command says no, and what it was asked. */
function refusing(): { readonly look: Look; readonly asked: readonly string[] } {
  const asked: string[] = [];
  const look: Look = {
    ...{ host: "node1", now: today, chain: noChain, stored: async () => undefined },
    run: async ({ argv }) => {
      asked.push(argv.join(" "));
      return { kind: "exited", code: 1, stdout: "", stderr: "no" };
    },
  };
  return { look, asked };
}

test("a renewal is verified through the node's own API server, never the load balancer", async () => {
  const { look, asked } = refusing();
  await verifyRenewal.observe(look, goal);
  const throughKubelet = asked.find((words) => words.includes("/nodes/node1/proxy/healthz"));
  expect(throughKubelet).toContain(`--server https://${address}`);
  expect(asked.some((words) => words.includes("drydock-served") && words.endsWith(address))).toBe(
    true,
  );
});

test("a renewal is not verified by calls that were refused, nor by containers that nobody could list", async () => {
  const unreadable = { kind: "unreadable" };
  const seen = await verifyRenewal.observe(refusing().look, goal);
  expect(seen).toMatchObject({
    ...{ entries: unreadable, containers: unreadable, notTried: undefined },
    ...{ calls: [unreadable, unreadable] },
  });
  expect(verifyRenewal.judge(seen, goal).kind).toBe("unclear");
});

test("an API server that is told to show a file of its own shows that one, not kubeadm's", async () => {
  const tree = makeTree();
  const pki = makePki();
  try {
    fillControlPlane(tree, pki, "host");
    const path = "/etc/kubernetes/own.pem";
    tree.write(path, pki.leaf("kubernetes", "/CN=api.example.com"));
    tree.write("etc/kubernetes/manifests/kube-apiserver.yaml", `    - --tls-cert-file=${path}\n`);
    const run = async (command: Command) => runHere(inTree(command, tree.root));
    const look = { host: "node1", now: today, chain: noChain, stored: async () => undefined, run };
    const shown = async (more: { readonly path?: string }) => {
      const endpoint = { ...goal.endpoint, ...more };
      const seen = await verifyRenewal.observe(look, { ...goal, endpoint });
      return (seen as { readonly toServe?: Certificate }).toServe?.subject;
    };
    await expect(shown({ path })).resolves.toBe("CN=api.example.com");
    await expect(shown({})).resolves.toBe("CN=kube-apiserver");
  } finally {
    tree.remove();
    pki.remove();
  }
  const own = certificate("own", "B1", today + year);
  const served = serves(read(own));
  expect(verifyRenewal.judge({ ...all, toServe: own, served }, goal).kind).toBe("satisfied");
});

/**
 * Our command that reads certificates, in a tree that looks like a node; all others find nothing.
 */
function inTree(command: Command, root: string): Command {
  const at = command.argv.indexOf("drydock-certificates");
  const [program, ...words] = at < 0 ? (["false"] as const) : command.argv;
  return { ...command, argv: [program, ...words.map((word, i) => (i === at ? root : word))] };
}

describe("a renewal", () => {
  test("is verified when file, listener, process and calls agree", () => {
    expect(said(verifyRenewal.judge(all, goal))).toBe(
      "satisfied: 1 files, 10.0.0.1:6443 serves a2…, 1 other processes, 2 calls as admin",
    );
  });

  test.each([
    [
      "the file is the old one",
      { entries: read([entry(certificate("apiserver", "A1", today))]) },
      /apiserver: it still has serial a1/,
    ],
    [
      "another authority signed the file",
      { entries: read([entry({ ...renewed, isSignedByItsAuthority: false })]) },
      /apiserver is not signed by ca/,
    ],
    ["the files cannot be read", { entries: cutOff }, /cut off/],
    [
      "the listener still serves the old one",
      { served: serves(read(certificate("apiserver", "A1", today))) },
      /10\.0\.0\.1:6443 still serves another certificate/,
    ],
    ["the listener does not answer", { served: serves(cutOff) }, /10\.0\.0\.1:6443: no answer/],
    [
      "the process is the old one",
      { containers: read([container("kube-scheduler", "old")]) },
      /kube-scheduler is still the process of before/,
    ],
    [
      "the process has exited",
      { containers: read([container("kube-scheduler", "new", { running: false })]) },
      /kube-scheduler does not run/,
    ],
    [
      "another component's process is a new one, and this one's is not",
      {
        containers: read([
          container("kube-controller-manager", "new"),
          container("kube-scheduler", "old"),
        ]),
      },
      /^kube-scheduler is still the process of before$/,
    ],
    [
      "only another component runs",
      { containers: read([container("kube-controller-manager", "new")]) },
      /^kube-scheduler does not run$/,
    ],
    ["the containers cannot be listed", { containers: cutOff }, /^no answer: cut off$/],
    [
      "a call as admin is refused",
      { calls: [read(true), { kind: "unreadable", because: "Unauthorized" }] },
      /Unauthorized/,
    ],
  ])("is not verified while %s", (_, but, words) => {
    const verdict = verifyRenewal.judge({ ...all, ...but }, goal);
    expect(verdict.kind).toBe("unclear");
    expect(verdict.because).toMatch(words);
  });

  test.each(["is no copy of admin.conf", "has settings of its own"])(
    "is verified where root's kubeconfig %s, and says so",
    (notTried) => {
      const seen = { ...all, calls: [read(true)], notTried };
      expect(said(verifyRenewal.judge(seen, goal))).toMatch(
        new RegExp(`^satisfied: .* 1 calls as admin; /root/\\.kube/config ${notTried}: not tried$`),
      );
    },
  );

  test("tells everything that is wrong at once", () => {
    const seen = { ...all, served: serves(cutOff), containers: read([]) };
    expect(verifyRenewal.judge(seen, goal).because).toMatch(/no answer.*; kube-scheduler does not/);
  });
});
