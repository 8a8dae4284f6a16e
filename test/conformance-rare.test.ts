// What is rarely met, as it was recorded on the rig: expired certificates of etcd's, what kubectl
// says when it knows the kinds of a server that is gone, a machine that falls silent, and
// configurations that kubeadm refuses or warns of.

import { describe, expect, test } from "vitest";
import { removeFile, textAt, writeFile } from "../src/simulator/files.ts";
import { raiseAlarm, stopMember } from "../src/simulator/interference.ts";
import { type HostModel, hostNamed, running } from "../src/simulator/model.ts";
import { endContainer } from "../src/simulator/nature/kubelet.ts";
import { keepKinds } from "../src/simulator/programs/kubectl-kinds.ts";
import { somebody } from "../src/simulator/transition.ts";
import { mintLike } from "../src/simulator/x509.ts";
import { answered, expectSameWords, type State } from "./conformance/answered.ts";
import { plain } from "./conformance/plain.ts";
import { lastLine } from "./conformance/played.ts";
import type { Sandbox } from "./scenarios/simulated.ts";

const folder = "/run/drydock-recording";
const ssl = "/etc/ssl/etcd/ssl";
const own = "https://10.0.0.1:6443";
const dayMs = 24 * 3_600_000;

const noSpace: State = ({ site }) => raiseAlarm(site);

function noQuorum({ site }: Sandbox, host: HostModel): void {
  keepKinds(site.model, host, own);
  for (const name of ["node2", "node3"]) stopMember(site, name);
}

function stopped({ site }: Sandbox, host: HostModel): void {
  keepKinds(site.model, host, own);
  removeFile(site, host, "/etc/kubernetes/manifests/kube-apiserver.yaml", somebody);
  endContainer(site, host, running(host, "kube-apiserver")?.id ?? "");
}

/** The balancer asks whether they are ready. */
function noServer(box: Sandbox, host: HostModel): void {
  noQuorum(box, host);
  keepKinds(box.site.model, host, box.site.model.balancer?.url ?? "");
}

function silent({ site }: Sandbox): void {
  hostNamed(site.model, "node3").downSince = site.model.now;
}

/** The same certificate and key, its end a day ago, where the recordings have it. */
function expired(name: string, where: string): State {
  return ({ site }, host) => {
    const { now } = site.model;
    const authority = {
      pem: textAt(host, `${ssl}/ca.pem`),
      keyPem: textAt(host, `${ssl}/ca-key.pem`),
    };
    const validity = { notBefore: now - 400 * dayMs, notAfter: now - dayMs };
    const made = mintLike(textAt(host, `${ssl}/${name}.pem`), validity, 8001, authority);
    writeFile(site, host, `${where}/${name}.pem`, { content: made.pem }, somebody);
    writeFile(site, host, `${ssl}/${name}-key.pem`, { content: made.keyPem }, somebody);
  };
}

function config(change: (text: string) => string): State {
  return ({ site }, host) => {
    const content = change(textAt(host, "/etc/kubernetes/kubeadm-config.yaml"));
    writeFile(site, host, `${folder}/config.yaml`, { content }, somebody);
  };
}

const joining = config(() => "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n");
const noYaml = config(() => "kind: [\n");

function full({ site }: Sandbox, host: HostModel): void {
  for (const name of ["job", "filled"]) {
    writeFile(site, host, `${folder}/${name}`, { content: "one\n" }, somebody);
  }
  host.freeBytes.set(folder, 0);
}

test.each<readonly [string, State]>([
  ["etcdctl/expired-client", expired("admin-node1", folder)],
  ["etcdctl/expired-member", expired("member-node1", ssl)],
  ["etcdctl/expired-member-health", expired("member-node1", ssl)],
  ["etcdctl/expired-member-table", expired("member-node1", ssl)],
  ["kubectl/get-stopped-kinds-known", stopped],
  ["kubectl/get-one-stopped-kinds-known", stopped],
  ["kubectl/get-two-stopped-kinds-known", stopped],
  ["kubectl/rows-stopped-kinds-known", stopped],
  ["kubectl/scale-stopped-kinds-known", stopped],
  ["kubectl/rollout-stopped-kinds-known", stopped],
  ["kubectl/annotate-stopped-kinds-known", stopped],
  ["kubectl/logs-stopped-kinds-known", stopped],
  ["kubectl/get-no-quorum-kinds-known", noQuorum],
  ["kubectl/get-no-quorum", noQuorum],
  ["kubectl/get-two-no-quorum-kinds-known", noQuorum],
  ["kubectl/annotate-no-quorum-kinds-known", noQuorum],
  ["kubectl/rollout-no-quorum-kinds-known", noQuorum],
  ["kubectl/get-no-server-kinds-known", noServer],
  ["kubectl/get-two-no-server-kinds-known", noServer],
  ["kubectl/readyz-no-server", noServer],
  ["kubectl/scale-no-server", noServer],
  ["kubectl/get-no-server", noQuorum],
  ["kubectl/kubelet-silent", silent],
  ["kubectl/annotate-no-space", noSpace],
  ["kubeadm/config-check-no-yaml", noYaml],
  ["kubeadm/renew-config-no-yaml", noYaml],
  ["kubeadm/config-check-joining", joining],
  ["kubeadm/renew-config-joining", joining],
  [
    "kubeadm/config-check-deprecated",
    config(() => "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n"),
  ],
  [
    "kubeadm/config-check-unknown-field",
    config(
      () =>
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ndrydockKnowsNot: true\n",
    ),
  ],
  ["mv/full-disk", full],
  ["touch/full-disk", full],
  ["cp/full-disk", full],
])("the same exit code and the same words: %s", async (name, state) => {
  expectSameWords(await answered(name, state));
});

describe("of what is said in other words each time, or in more", () => {
  test.each<readonly [string, State]>([
    ["etcdctl/expired-client-health", expired("admin-node1", folder)],
    ["etcdctl/alarm-list-no-quorum", noQuorum],
  ])("%s: the same exit code and the same last line", async (name, state) => {
    const { recorded, simulated } = await answered(name, state);
    const end = (of: typeof recorded | typeof simulated) => [of.code, lastLine(of.stderr)];
    expect(end(simulated)).toEqual(end(recorded));
  });

  test("kubectl's patience ends, whichever part of it is first", async () => {
    const { recorded, simulated } = await answered("kubectl/kubelet-silent-longer", silent);
    const words = ({ stderr }: typeof recorded | typeof simulated) =>
      stderr.replace(/net\/http: request canceled|context deadline exceeded/, "GAVE UP");
    expect([simulated.code, simulated.stdout, words(simulated)]).toEqual([
      recorded.code,
      recorded.stdout,
      words(recorded),
    ]);
  });

  test("an API server without etcd names that check among its own", async () => {
    const { recorded, simulated } = await answered("kubectl/livez-no-quorum", noQuorum);
    expect(simulated.code).toBe(recorded.code);
    const checks = (text: string) => /\("(.*)"\)/.exec(text)?.[1]?.split("\\n") ?? [];
    const words = (text: string) => text.replace(/\(".*"\)/, "").trim();
    expect(words(simulated.stderr)).toBe(words(recorded.stderr));
    expect(checks(recorded.stderr)).toEqual(expect.arrayContaining(checks(simulated.stderr)));
    expect(checks(simulated.stderr)).toContain("[-]etcd failed: reason withheld");
  });

  test("a rename by hand needs no room either", async () => {
    let before = "";
    let host: HostModel | undefined;
    const { simulated } = await answered("mv/by-hand", (_, node1) => {
      host = node1;
      before = textAt(node1, "/root/.kube/config");
      node1.freeBytes.set("/root/.kube", 0);
    });
    expect([simulated.code, host && textAt(host, "/root/.kube/config.old")]).toEqual([0, before]);
    expect(before).not.toBe("");
  });

  test("a snapshot that was cut off makes etcdutl panic", async () => {
    const { recorded, simulated } = await answered(
      "etcdctl/snapshot-status-damaged",
      (box, host) => {
        const content = '{"revision":1';
        const file = { content, form: "snapshot", mode: 0o600, sizeBytes: 1_000_000 } as const;
        writeFile(box.site, host, `${folder}/job`, file, somebody);
      },
    );
    expect([simulated.code, plain(simulated.stdout)]).toEqual([
      recorded.code,
      plain(recorded.stdout),
    ]);
    const [first] = recorded.stderr.split("\n");
    expect(simulated.stderr.split("\n")[0]).toBe(first);
  });

  test("a static pod is said to have restarted as often as its containers, and when the last one ended", async () => {
    const { recorded, simulated } = await answered("kubectl/table-pods-restarted", async (box) => {
      const node3 = hostNamed(box.site.model, "node3");
      endContainer(box.site, node3, running(node3, "kube-scheduler")?.id ?? "");
      await box.site.clock.wait(39_000);
    });
    const rows = (text: string) =>
      text
        .trimEnd()
        .split("\n")
        .map((line) =>
          line
            .split(/ {2,}/)
            .slice(0, 4)
            .join(" ")
            .replace(/\d+ \(\d+s ago\)/, "N AGO"),
        );
    expect([simulated.code, rows(simulated.stdout)]).toEqual([
      recorded.code,
      rows(recorded.stdout),
    ]);
  });
});
