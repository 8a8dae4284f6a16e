import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CertificatesConfig, reportCertificates } from "./certificates-report.ts";
import { showCertificates } from "./cli/views/certificates.ts";
import { certificatesJson } from "./cli/views/certificates-json.ts";
import { jsonDocument } from "./cli/views/json.ts";
import { parseCertificate } from "./cluster/certificate.ts";
import { defaultThresholds } from "./cluster/certificate-status.ts";
import { dayMs } from "./cluster/residual.ts";
import type { Command } from "./core/command.ts";
import type { Outcome } from "./core/outcome.ts";
import type { Host } from "./core/world.ts";
import { readCertificateFiles } from "./programs/certificate-files.ts";
import {
  fillControlPlane,
  fillKubelet,
  makePki,
  makeTree,
  type Pki,
  runHere,
  type Tree,
} from "./programs/fake-node.testkit.ts";

let pki: Pki;
let controlPlane: Tree;
let worker: Tree;
/** When the certificates were made, on the clock of the trees' node. */
let madeAt: number;

beforeAll(() => {
  pki = makePki();
  controlPlane = makeTree();
  worker = makeTree();
  fillControlPlane(controlPlane, pki, "host");
  fillKubelet(worker, pki);
  const apiserver = parseCertificate(pki.leaf("kubernetes", "/CN=kube-apiserver"));
  madeAt = apiserver.kind === "read" ? apiserver.value.notBefore : 0;
});
afterAll(() => {
  for (const made of [pki, controlPlane, worker]) made.remove();
});

/** A node whose files are read for real, once, and whose listeners say what they are told to. */
function host(
  name: string,
  tree: Tree,
  served: (address: string) => string,
  clockAt = madeAt,
): Host {
  const files = runHere(readCertificateFiles(tree.root));
  const answer = (command: Command): Outcome => {
    if (command.argv[3] !== "drydock-served") return withClock(files, clockAt);
    const lines = command.argv.slice(5).map((address) => `endpoint ${address}\n${served(address)}`);
    return exited(`drydock-served 1\n${lines.join("\n")}\ndrydock-served end\n`);
  };
  return { name, run: async (command) => answer(command), fetch: async () => refused };
}

const refused: Outcome = { kind: "not-sent", because: "connection refused" };

function exited(stdout: string): Outcome {
  return { kind: "exited", code: 0, stdout, stderr: "" };
}

function withClock(files: Outcome, clockAt: number): Outcome {
  const text = files.kind === "exited" ? files.stdout : "";
  return exited(text.replace(/^clock .*$/m, `clock ${Math.floor(clockAt / 1000)}`));
}

function lineOf(pem: string): string {
  return `pem ${pem
    .replace(/-----[A-Z ]+-----/g, "")
    .trim()
    .replaceAll("\n", " ")}`;
}

/** Every listener shows the file it should. */
function upToDate(address: string): string {
  const [signer, subject] = address.endsWith(":10250")
    ? ["node1-ca@1795362667", "/CN=node1@1795362667"]
    : /:23(79|80)$/.test(address)
      ? ["etcd", "/CN=etcd-member-node1"]
      : ["kubernetes", "/CN=kube-apiserver"];
  return lineOf(pki.leaf(signer, subject));
}

const worker1 = { controlPlane: false, etcd: false, worker: true };

function report(
  hosts: readonly Host[],
  {
    now = madeAt,
    thresholds = defaultThresholds,
    roles = worker1,
    remedyOf = (_: string): string | undefined => undefined,
  } = {},
) {
  const config: CertificatesConfig = {
    name: "rig",
    hosts: hosts.map(({ name }) => ({ name, ip: "10.0.0.9", roles })),
  };
  const byName = new Map(hosts.map((one) => [one.name, one]));
  return reportCertificates(byName, config, thresholds, { clock: { now: () => now }, remedyOf });
}

describe("the report", () => {
  it("is all well when nothing expires soon and what is served is what lies there", async () => {
    const nodes = [host("node1", controlPlane, upToDate), host("worker1", worker, upToDate)];
    const seen = await report(nodes);
    expect(seen.severity).toBe(0);
    expect(showCertificates(seen).join("\n")).not.toMatch(/differs|warn|critical|expired/);
  });

  it("warns, then is critical, as certificates near their end", async () => {
    const nodes = [host("node1", controlPlane, upToDate, madeAt + 340 * dayMs)];
    expect((await report(nodes, { now: madeAt + 340 * dayMs })).severity).toBe(1);
    expect((await report(nodes, { now: madeAt + 360 * dayMs })).severity).toBe(2);
    expect(
      (
        await report(nodes, {
          now: madeAt + 340 * dayMs,
          thresholds: { warnDays: 9, criticalDays: 3 },
        })
      ).severity,
    ).toBe(0);
  });

  it("tells a file that is renewed from a process that has not loaded it", async () => {
    const old = lineOf(pki.leaf("kubernetes", "/CN=kube-apiserver-before"));
    const serve = (address: string) => (address.endsWith(":6443") ? old : upToDate(address));
    const seen = await report([host("node1", controlPlane, serve)]);
    expect(seen.severity).toBe(1);
    expect(showCertificates(seen)).toContainEqual(
      expect.stringMatching(
        /^kube-apiserver +10.0.0.1:6443 .* differs: \w+ +node1 +served-differs$/,
      ),
    );
  });

  it("shows the files of a node whose API server is down", async () => {
    const seen = await report([
      host("node1", controlPlane, () => "because connect: Connection refused"),
    ]);
    const [node] = seen.nodes;
    expect(node?.kind === "read" && node.certificates.every((one) => one.severity === 0)).toBe(
      true,
    );
    expect(seen.severity).toBe(1);
  });

  it("warns of an API server whose manifest is away, in a row of its own", async () => {
    const away = makeTree();
    fillControlPlane(away, pki, "host");
    rmSync(join(away.root, "etc/kubernetes/manifests/kube-apiserver.yaml"));
    const serve = (address: string) =>
      address.endsWith(":6443") ? "because connect: Connection refused" : upToDate(address);
    const seen = await report([host("node1", away, serve)], {
      roles: { controlPlane: true, etcd: true, worker: false },
    });
    away.remove();
    expect(seen.severity).toBe(1);
    const lines = showCertificates(seen);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^kube-apiserver +10.0.0.9:6443 +\(connection refused; there is no \/etc\/kubernetes\/manifests\/kube-apiserver.yaml\) +node1 +unanswered$/,
      ),
    );
    expect(lines.join("\n")).toMatch(
      /kube-controller-manager .*10257[\s\S]*kube-scheduler .*10259/,
    );
  });

  it("is critical for a host that cannot be asked, and goes on with the others", async () => {
    const because = "node2 (10.0.0.2): 10.0.0.2:22 refused the connection";
    const silent: Outcome = { kind: "not-sent", because };
    const gone: Host = { name: "node2", run: async () => silent, fetch: async () => silent };
    const seen = await report([host("node1", controlPlane, upToDate), gone]);
    expect(seen.severity).toBe(2);
    expect(showCertificates(seen).at(-1)).toBe(
      "node2: its certificates could not be read: 10.0.0.2:22 refused the connection. " +
        "Mend that and look again.",
    );
  });

  it("says what to do about a host that no login succeeded on, if another one answers", async () => {
    const because = "node2 (10.0.0.2): 10.0.0.2:22 refused the connection";
    const silent: Outcome = { kind: "not-sent", because };
    const gone: Host = { name: "node2", run: async () => silent, fetch: async () => silent };
    const remedyOf = (name: string) => `See that sshd runs on ${name}.`;
    const lastLine = async (hosts: readonly Host[]) =>
      showCertificates(await report(hosts, { remedyOf })).at(-1);
    const unread = "node2: its certificates could not be read: 10.0.0.2:22 refused the connection.";
    expect(await lastLine([host("node1", controlPlane, upToDate), gone])).toBe(
      `${unread} See that sshd runs on node2.`,
    );
    // The command ends with the remedies of all.
    expect(await lastLine([gone])).toBe(`${unread} Mend that and look again.`);
  });

  it("notices a clock that is apart, and an authority that is not the same everywhere", async () => {
    const other = makeTree();
    fillKubelet(other, pki);
    other.write("etc/kubernetes/pki/ca.crt", pki.authority("another"));
    // Each node has its own, which is nobody's concern.
    worker.write("etc/kubernetes/pki/webhook.crt", pki.authority("webhook"));
    other.write("etc/kubernetes/pki/webhook.crt", pki.authority("webhook2"));
    const late = host("worker2", other, upToDate, madeAt - 3_600_000);
    const lines = showCertificates(await report([host("worker1", worker, upToDate), late]));
    other.remove();
    expect(lines.join("\n")).toMatch(
      /ca is not the same on all nodes: serial \w{8} on worker1, \w{8} on worker2/,
    );
    expect(lines.join("\n")).not.toContain("webhook is not the same");
    expect(lines.join("\n")).toMatch(/worker2: its clock is 3599 s behind this machine's/);
  });

  it("asks 100 hosts, 32 at a time at most", async () => {
    const one = host("worker", worker, upToDate);
    let asked = 0;
    let most = 0;
    const run = async (command: Command) => {
      asked += 1;
      most = Math.max(most, asked);
      const outcome = await one.run(command);
      asked -= 1;
      return outcome;
    };
    const hosts = Array.from({ length: 97 }, (_, i) => ({ ...one, name: `worker${i + 1}`, run }));
    const seen = await report([host("node1", controlPlane, upToDate), ...hosts]);
    expect(most).toBe(32);
    expect(seen.nodes.map((node) => node.name).slice(0, 3)).toEqual([
      "node1",
      "worker1",
      "worker2",
    ]);
    const lines = showCertificates(seen);
    expect(lines.length).toBeLessThan(40);
    expect(lines).toContainEqual(expect.stringMatching(/^kubelet-client .* node1 worker\[1-97\]/));
  });
});

describe("the table", () => {
  it("has kubeadm's headings, then NODE and STATUS, and a row for every node on demand", async () => {
    const nodes = [host("node1", controlPlane, upToDate), host("node2", controlPlane, upToDate)];
    const lines = showCertificates(await report(nodes), { everyNode: true });
    expect(lines[0]?.split(/ {2,}/)).toEqual([
      ...["CERTIFICATE", "EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY"],
      ...["EXTERNALLY MANAGED", "NODE", "STATUS"],
    ]);
    expect(lines[1]).toMatch(
      /^admin\.conf +\w{3} \d\d, \d{4} \d\d:\d\d UTC +36[45]d +ca +no +node1 +ok$/,
    );
    expect(lines[2]).toMatch(/^admin\.conf .* node2 +ok$/);
  });

  it("says a missing certificate as kubeadm does, and where it was looked for", async () => {
    const empty = makeTree();
    empty.write("etc/kubernetes/manifests/kube-apiserver.yaml", "kind: Pod\n");
    const lines = showCertificates(await report([host("node1", empty, upToDate)]));
    empty.remove();
    expect(lines).toContainEqual(expect.stringMatching(/^!MISSING! apiserver +node1 +missing$/));
    expect(lines).toContain("node1: /etc/kubernetes/pki/apiserver.crt: there is no such file.");
  });

  it("paints the status after the columns are aligned", async () => {
    const paint = (_: string, text: string) => `<${text}>`;
    const lines = showCertificates(await report([host("node1", worker, upToDate)]), { paint });
    expect(lines[1]).toMatch(/^ca .* node1 {3}<ok>$/);
  });
});

describe("the JSON", () => {
  it("has ISO dates, the whole serial, and what is served beside its file", async () => {
    const now = madeAt + 500;
    const body = certificatesJson(await report([host("node1", controlPlane, upToDate)], { now }));
    const seen: unknown = JSON.parse(jsonDocument(body));
    expect(seen).toMatchObject({
      version: 1,
      cluster: "rig",
      at: new Date(now).toISOString(),
      thresholds: { warnDays: 30, criticalDays: 7 },
      severity: 0,
      nodes: [{ name: "node1", reached: true, clockOffsetMs: 0 }],
    });
    expect(JSON.stringify(seen)).toMatch(
      /"name":"apiserver","table":"certificates","path":"\/etc\/kubernetes\/pki\/apiserver.crt","status":"ok","severity":0,"certificate":\{"serialHex":"[0-9A-F]+"/,
    );
  });
});
