// A /root/.kube/config that is more than a copy of admin.conf, whose settings a window keeps, or is
// none: it is left alone, and nothing depends on it.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { dayMs } from "../src/simulator/build/certificates.ts";
import { writeFile } from "../src/simulator/files.ts";
import { type HostModel, hostNamed } from "../src/simulator/model.ts";
import { clientPemOf, embedded, withClient } from "../src/simulator/nature/kubeconfig.ts";
import { somebody } from "../src/simulator/transition.ts";
import { type Minted, mint, mintLike, type Validity } from "../src/simulator/x509.ts";
import { providerReplicas } from "./scenarios/cluster-seen.ts";
import { drydock, forked, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";
import { atEach } from "./simulate/pairs.ts";
import { seenBefore, wrongAfter } from "./simulate/verdict.ts";

const path = "/root/.kube/config";

function textAt(host: HostModel, path: string): string {
  return host.files.get(path)?.content ?? "";
}

function withToken(host: HostModel): string {
  const text = textAt(host, path).replace(/ {4}client-(certificate|key)-data: .*\n/g, "");
  return `${text}    token: abc\n`;
}

/** Every kubeadm cluster calls its admin the same: only the authority is another. */
function ofAnotherCluster(host: HostModel, now: number): string {
  const text = textAt(host, path);
  return withClient(
    text,
    mintLike(clientPemOf(text), validityAt(now), 9002, anotherAuthority(now)),
  );
}

function anotherAuthority(now: number): Minted {
  const profile = { subject: [["CN", "kubernetes"]], names: [], use: "authority" } as const;
  return mint(profile, validityAt(now), 9001);
}

function validityAt(now: number): Validity {
  return { notBefore: now - 30 * dayMs, notAfter: now + 300 * dayMs };
}

function expiredFromBefore129(host: HostModel, now: number): string {
  const folder = "/etc/kubernetes/ssl";
  const ca = { pem: textAt(host, `${folder}/ca.crt`), keyPem: textAt(host, `${folder}/ca.key`) };
  const subject = [
    ["O", "system:masters"],
    ["CN", "kubernetes-admin"],
  ] as const;
  const validity = { notBefore: now - 400 * dayMs, notAfter: now - 35 * dayMs };
  const client = mint({ subject, names: [], use: "client" }, validity, 9003, ca);
  return withClient(textAt(host, path), client);
}

test.each([
  ["has a token", withToken],
  ["is another cluster's", ofAnotherCluster],
  ["is an expired copy from before Kubernetes 1.29", expiredFromBefore129],
])("a window completes where root's kubeconfig %s, and leaves it as it is", async (_, make) => {
  const box = sandbox();
  const host = hostNamed(box.site.model, "node1");
  const content = make(host, box.site.model.now);
  writeFile(box.site, host, path, { content }, somebody);
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(exitCodes.ok);
  expect(ran.out).toContain(`${path} is no copy of admin.conf: not tried`);
  expect(textAt(host, path)).toBe(content);
  expect(clientPemOf(textAt(hostNamed(box.site.model, "node2"), path))).toBe(
    clientPemOf(textAt(hostNamed(box.site.model, "node2"), "/etc/kubernetes/admin.conf")),
  );
  expect(providerReplicas(box.site.model)).toBe("1/1");
  expect(box.site.violations).toEqual([]);
});

test("another user's copy of admin.conf is named in the plan and in the report, and left as it is", async () => {
  const box = sandbox();
  const host = hostNamed(box.site.model, "node2");
  const content = textAt(host, "/etc/kubernetes/admin.conf");
  const copy = "/home/ubuntu/.kube/config";
  writeFile(box.site, host, copy, { content }, somebody);
  const another = {
    content: ofAnotherCluster(host, box.site.model.now).replace(/authority-data: ./, "$&x"),
  };
  writeFile(box.site, host, "/home/ops/.kube/config", another, somebody);
  const renews = `install --backup=numbered -m 600 -o root -g root /etc/kubernetes/admin.conf ${copy}`;
  const { out } = await drydock(box, "plan");
  expect(out).toContain(`Beware: node2: ${copy} is a copy of admin.conf, and`);
  expect(out).toContain(
    `\`${renews}\` afterwards, and set a namespace or server of its own again.\n`,
  );
  expect(out).not.toContain("/home/ops");
  const ran = await drydock(box, "run --yes");
  expect(ran.out).toContain(
    `(the command keeps the old one as config.~1~; set a namespace or server of its own again):\n- on node2: ${renews}\n`,
  );
  expect(ran.out).not.toContain("/home/ops");
  expect(textAt(host, copy)).toBe(content);
});

const server = /( {4}server: )\S+/;

/** As `kubectl config set-context --current --namespace` and `set-cluster --server` write it. */
function withOwnSettings(text: string): string {
  const namespaced = text.replace("    user: ", "    namespace: akash-services\n    user: ");
  return namespaced.replace(server, "$1https://lb.example.com:6443");
}

/** root's kubeconfig on node1 as `make` makes it of the one that is there. */
function ownOn(box: Sandbox, make: (text: string) => string): string {
  const host = hostNamed(box.site.model, "node1");
  const content = make(textAt(host, path));
  writeFile(box.site, host, path, { content }, somebody);
  return content;
}

/**
 * root's kubeconfig is the old one with the client of admin.conf, and the old one lies beside it,
 * once.
 */
function isKept(box: Sandbox, old: string): void {
  const host = hostNamed(box.site.model, "node1");
  const now = textAt(host, path);
  const [own, admin] = [now, textAt(host, "/etc/kubernetes/admin.conf")].map(embedded);
  expect(own).toEqual(admin);
  expect(own).not.toEqual(embedded(old));
  const withoutClient = (text: string) => text.replace(/(client-\w+-data: ).*/g, "$1");
  expect(withoutClient(now)).toBe(withoutClient(old));
  expect(host.files.get(path)?.mode).toBe(0o600);
  const beside = [...host.files].filter(([name]) => name.startsWith(`${path}.`));
  expect(beside.map(([, { content }]) => content)).toEqual([old]);
}

describe("what root has set in its copy of admin.conf is kept", () => {
  const said = "it keeps its own namespace and server";

  test("its namespace and its server, as the plan and the report say", async () => {
    const box = sandbox();
    const old = ownOn(box, withOwnSettings);
    const { out } = await drydock(box, "plan");
    expect(out).toMatch(/as wanted until renew-certificates@node1: .*it keeps its own namespace/);
    const ran = await drydock(box, "run --yes");
    expect(ran.code, ran.err).toBe(exitCodes.ok);
    expect(ran.out).toMatch(new RegExp(`update-kubeconfig@node1: .*admin\\.conf; ${said}\n`));
    expect(ran.out).not.toContain("not tried");
    expect(ran.out).not.toContain("lb.example.com");
    expect(textAt(hostNamed(box.site.model, "node1"), path)).toContain("lb.example.com");
    isKept(box, old);
    expect(box.site.violations).toEqual([]);
  });

  test("another authority too, with which it is not tried at the node's own API server", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    const { now } = box.site.model;
    const balancer = (text: string) => {
      const data = Buffer.from(anotherAuthority(now).pem).toString("base64");
      return withOwnSettings(text).replace(/(authority-data: )\S+/, `$1${data}`);
    };
    const old = ownOn(box, balancer);
    const ran = await drydock(box, "run --yes");
    expect(ran.code, ran.err).toBe(exitCodes.ok);
    expect(ran.out).toContain(`${path} has settings of its own: not tried`);
    isKept(box, old);
    expect(box.site.violations).toEqual([]);
  });

  test("by a window that is killed at any record around the update, or within it", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    const before = seenBefore(box);
    const old = ownOn(box, withOwnSettings);
    const around = /^(renew-certificates|update-kubeconfig|restart-component:kube-apiserver)@/;
    const futures: { readonly name: string; readonly box: Sandbox }[] = [];
    const faults = atEach(({ moment, number }) => {
      const last = [...box.desk.windows.values()].at(-1)?.records.at(-1);
      if (last === undefined || !("key" in last) || !around.test(last.key)) return;
      const name = `killed ${moment} record ${number}, at ${last.kind} of ${last.key}`;
      futures.push({ name, box: forked(box) });
      if (last.kind === "sending" && last.key === "update-kubeconfig@node1" && moment === "after") {
        futures.push({ name: `${name}, half done`, box: halfDone(forked(box), old) });
      }
    });
    expect((await drydock(box, "run --yes", { faults })).code).toBe(exitCodes.ok);
    expect(futures.filter(({ name }) => name.includes("update-kubeconfig")).length).toBeGreaterThan(
      3,
    );
    expect(futures.filter(({ name }) => name.includes("half done"))).toHaveLength(1);
    for (const { name, box: future } of futures) {
      const ran = await drydock(future, "run --yes");
      expect(ran.code, `${name}: ${ran.err}`).toBe(exitCodes.ok);
      isKept(future, old);
      expect(wrongAfter(future, before, { renewed: true, replicas: 1 }), name).toEqual([]);
    }
  });
});

/** The update has come as far as the copy of the old file, and half of the new one. */
function halfDone(box: Sandbox, old: string): Sandbox {
  const { site } = box;
  const host = hostNamed(site.model, "node1");
  const plan = [...box.desk.windows.values()].at(-1)?.records[0];
  const stamp = /"stamp":"(\w+)"/.exec(JSON.stringify(plan))?.[1];
  expect(stamp).toBeDefined();
  writeFile(site, host, `${path}.${stamp}`, { content: old, mode: 0o600 }, somebody);
  const half = old.slice(0, old.length / 2);
  writeFile(site, host, `${path}.drydock-new`, { content: half, mode: 0o600 }, somebody);
  return box;
}
