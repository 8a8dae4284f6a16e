// The whole guide on a real cluster, over real SSH, and what interrupts it.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { poll } from "../../rig/command.ts";
import {
  apiServerFile,
  apiServerIsGone,
  clusterSettles,
  codeOn,
  containers,
  controlPlane,
  etcdInvocations,
  kubectl,
  leaves,
  mended,
  nodeNames,
  on,
  providerReplicas,
  putApiServerBack,
  servedByApiServer,
  setApiServerAside,
  sshConfig,
  tenants,
} from "./cluster.ts";
import { drydock, freshState, type Ran } from "./drydock.ts";
import { everythingRenewed } from "./renewed.ts";
import { revisionOfRestored } from "./restore.ts";

beforeEach(mended);

function completes(ran: Ran): void {
  expect(ran.stderr).toBe("");
  expect(ran.code).toBe(0);
  expect(ran.events.at(-1)?.kind).toBe("report");
}

describe("a whole window", () => {
  test("renews and restarts node by node in the guide's order, and puts everything back", async () => {
    const state = freshState();
    const before = {
      leaves: await leaves(),
      containers: await containers(),
      tenants: await tenants(),
      etcd: await etcdInvocations(),
    };
    const revision = Number(JSON.parse(await etcdStatus())[0].Status.header.revision);
    expect(before.leaves.size).toBe(nodeNames.length * 6);
    const ran = await drydock(state, ["run", "--yes", "--json"]);
    completes(ran);

    await everythingRenewed(before.leaves);
    const after = await containers();
    const order = nodeNames.flatMap((node) => controlPlane.map((name) => `${node}/${name}`));
    for (const name of order) {
      expect(after.get(name)?.id, name).not.toBe(before.containers.get(name)?.id);
    }
    const nameOf = new Map([...before.containers].map(([name, { id }]) => [id, name]));
    const stopped = ran.events
      .filter(({ kind, act }) => kind === "acting" && act?.startsWith("crictl --timeout 30s stop"))
      .flatMap(({ act }) => act?.split(" ").slice(stopWords) ?? [])
      .map((id) => nameOf.get(id));
    // A leader that lost its API server may have ended, and been started again, before its turn.
    const ours = order.filter((name) => stopped.includes(name));
    expect(stopped).toEqual(ours);
    expect(ours).toEqual(expect.arrayContaining(nodeNames.map((node) => `${node}/kube-apiserver`)));
    const created = (node: string) =>
      ours
        .filter((name) => name.startsWith(`${node}/`))
        .map((name) => after.get(name)?.createdAt ?? 0);
    for (const [index, node] of nodeNames.entries()) {
      expect(created(node)[0]).toBe(Math.min(...created(node)));
      const next = nodeNames[index + 1];
      if (next !== undefined) {
        expect(Math.max(...created(node))).toBeLessThan(Math.min(...created(next)));
      }
    }
    expect(await etcdInvocations()).toEqual(before.etcd);
    expect(await tenants()).toBe(before.tenants);
    expect(await providerReplicas()).toBe("1/1");
    for (const node of nodeNames) {
      expect(await servedByApiServer(node)).toBe(await apiServerFile(node));
      expect(await codeOn(node, "kubectl --kubeconfig /root/.kube/config get nodes")).toBe(0);
      expect(await on(node, "stat -c %a /root/.kube/config")).toBe("600\n");
      expect(await codeOn(node, "ls /root/.kube/config.2*")).toBe(0);
      expect(await codeOn(node, "test -e /var/lib/drydock/lock/holder")).toBe(1);
    }
    const files = windowFiles(state);
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(expectedBackups));
    expect(files.filter(({ mode }) => mode !== 0o600)).toEqual([]);
    const restored = await revisionOfRestored(join(windowFolder(state), "etcd-snapshot.db"));
    expect(restored).toBeGreaterThanOrEqual(revision);
  });

  test("restarts etcd one member at a time when it is asked to", async () => {
    const before = await etcdInvocations();
    const ran = await drydock(freshState(), [
      "run",
      "--yes",
      "--json",
      "--restart",
      "needed",
      "--restart-etcd",
    ]);
    completes(ran);
    const after = await etcdInvocations();
    for (const [index, invocation] of before.entries()) expect(after[index]).not.toBe(invocation);
  });
});

describe("a window that is interrupted", () => {
  test("is gone on with after kill -9 before the provider is started", async () => {
    const state = freshState();
    const before = { leaves: await leaves(), tenants: await tenants() };
    const killed = await drydock(state, ["run", "--yes", "--json"], (event, { child }) => {
      const isPlace = JSON.stringify(event).includes("start-provider@node1");
      if (event.kind === "began" && isPlace) child.kill("SIGKILL");
    });
    expect(killed.code).toBeNull();
    expect((await providerReplicas()).split("/")[0]).toBe("0");
    const resumed = await drydock(state, ["run", "--yes", "--json"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.events[0]).toMatchObject({ kind: "opened", resumed: true });
    await everythingRenewed(before.leaves);
    expect(await tenants()).toBe(before.tenants);
    expect(await providerReplicas()).toBe("1/1");
  });

  test("survives a lost connection in every step that changes something", async () => {
    const before = await leaves();
    const cut = new Map<string, number>();
    const ran = await drydock(freshState(), ["run", "--yes", "--json"], (event, { child }) => {
      const step = (event.key ?? "").replace(/@.*/, "");
      if (event.kind !== "acting" || cut.has(step)) return;
      cut.set(step, killSshOf(child.pid ?? 0));
    });
    expect(ran.code, ran.stderr).toBe(0);
    expect([...cut].filter(([, killed]) => killed === 0)).toEqual([]);
    expect([...cut.keys()]).toEqual(
      expect.arrayContaining([
        "stop-provider",
        "backup-etcd",
        "bring-snapshot",
        "backup-certificates",
        "bring-archive",
        "renew-certificates",
        "update-kubeconfig",
        "restart-component:kube-apiserver",
        "restart-component:kube-scheduler+kube-controller-manager",
        "start-provider",
      ]),
    );
    await everythingRenewed(before);
    expect(await providerReplicas()).toBe("1/1");
  });
});

describe("hold", () => {
  test("keeps the provider stopped while its command works, whoever starts it, and starts it again", async () => {
    const script = `
      k() { ssh -F "$0" node1 kubectl --kubeconfig /etc/kubernetes/admin.conf -n akash-services "$@"; }
      echo pods:; k get pods -l app.kubernetes.io/name=provider -o name
      k scale statefulset akash-provider --replicas=1 >/dev/null
      for i in $(seq 30); do
        [ "$(k get statefulset akash-provider -o 'jsonpath={.spec.replicas}')" = 0 ] && break; sleep 1
      done
      echo replicas: $(k get statefulset akash-provider -o 'jsonpath={.spec.replicas}')`;
    const words = ["hold", "--json", "--", "sh", "-c", script, sshConfig];
    const ran = await drydock(freshState(), words);
    expect(ran.code, ran.stderr).toBe(0);
    // What the command prints does not get into the events.
    expect(ran.stderr).toBe("pods:\nreplicas: 0\n");
    const kinds = ran.events.map(({ kind, key }) => `${kind} ${key ?? ""}`);
    expect(kinds).toContain("lost stop-provider@node1");
    expect(kinds).toContain("closed ");
    expect(await providerReplicas()).toBe("1/1");
  });
});

describe("the smaller commands", () => {
  test("certs is content with a fresh cluster, and critical when the threshold says so", async () => {
    expect((await drydock(freshState(), ["certs"])).code).toBe(0);
    expect((await drydock(freshState(), ["certs", "--warn", "400"])).code).toBe(1);
    expect(
      (await drydock(freshState(), ["certs", "--warn", "400", "--critical", "400"])).code,
    ).toBe(2);
  });

  test("rehearse plays the very plan of this cluster, and changes nothing of it", async () => {
    const before = { leaves: await leaves(), containers: await containers() };
    const ran = await drydock(freshState(), ["rehearse", "--json", "--fault", "kill"]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ differences: [], violations: [] });
    expect(await leaves()).toEqual(before.leaves);
    expect(await containers()).toEqual(before.containers);
    expect(await providerReplicas()).toBe("1/1");
  });

  test("certs works with every API server down", async () => {
    try {
      await Promise.all(nodeNames.map(setApiServerAside));
      await Promise.all(nodeNames.map(apiServerIsGone));
      const ran = await drydock(freshState(), ["certs", "--json"]);
      expect(ran.stdout).toContain('"apiserver-kubelet-client"');
    } finally {
      await Promise.all(nodeNames.map(putApiServerBack));
      await clusterSettles();
    }
  });

  test("backups are brought here, verified, and never readable by others", async () => {
    const state = freshState();
    expect((await drydock(state, ["backup", "certs"])).code).toBe(0);
    const files = windowFiles(state);
    expect(files.map((file) => file.name)).toEqual(
      expect.arrayContaining(["node1.tar.gz", "node3.tar.gz.list"]),
    );
    expect(files.filter((file) => file.mode !== 0o600)).toEqual([]);
  });

  test("a second drydock on the same cluster is told who holds the lock", async () => {
    let second: Promise<Ran> | undefined;
    const first = await drydock(
      freshState(),
      ["run", "--yes", "--json", "--restart", "needed"],
      (event) => {
        if (event.kind === "settled" && event.key === "stop-provider@node1") {
          second ??= drydock(freshState(), ["run", "--yes"]);
        }
      },
    );
    expect(first.code, first.stderr).toBe(0);
    expect((await second)?.code).toBe(34);
    expect((await second)?.stderr).toContain("the lock is held by window");
  });
});

describe("the guide's own way of restarting", () => {
  test("deletes mirror pods of all nodes, and restarts nothing", async () => {
    const before = await containers();
    const uids = () =>
      kubectl(
        "-n kube-system get pods -l tier=control-plane -o jsonpath='{.items[*].metadata.uid}'",
      );
    const uidsBefore = await uids();
    for (const component of controlPlane) {
      // A kubelet may take a minute to notice: kubectl itself would wait for each, in silence.
      await kubectl(`-n kube-system delete pods --wait=false -l component=${component}`);
    }
    await poll("other mirror pods", { timeoutMs: 240_000, everyMs: 2000 }, async () => {
      const left = (await uids()).split(" ").filter((uid) => uidsBefore.includes(uid));
      return left.length === 0 ? true : undefined;
    });
    await clusterSettles();
    const after = await containers();
    for (const node of nodeNames) {
      for (const name of controlPlane) {
        expect(after.get(`${node}/${name}`)?.id).toBe(before.get(`${node}/${name}`)?.id);
      }
    }
  });
});

/** `crictl --timeout 30s stop --timeout 5`, before the containers. */
const stopWords = 6;
const expectedBackups = ["etcd-snapshot.db", ...nodeNames.map((node) => `${node}.tar.gz`)];

function windowFolder(state: string): string {
  const [cluster = ""] = readdirSync(state);
  const [window = ""] = readdirSync(join(state, cluster));
  return join(state, cluster, window);
}

function windowFiles(state: string): readonly { readonly name: string; readonly mode: number }[] {
  const folder = windowFolder(state);
  return readdirSync(folder).map((name) => ({
    name,
    mode: statSync(join(folder, name)).mode & 0o777,
  }));
}

function etcdStatus(): Promise<string> {
  return on("node1", "set -a; . /etc/etcd.env; etcdctl -w json endpoint status");
}

/** Ends every ssh process of a drydock, as a network that breaks does; says how many. */
function killSshOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return children.filter((child) => child !== "" && isKilled(Number(child))).length;
}

function isKilled(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false; // It ended by itself in between.
  }
}
