// What programs say when something is wrong: the simulated ones say it in the words, with the exit
// codes and in the columns that were recorded in the same state on the rig.

import { expect, test } from "vitest";
import { removeFile, textAt, writeFile } from "../src/simulator/files.ts";
import { raiseAlarm, stopMember } from "../src/simulator/interference.ts";
import { type HostModel, hostNamed, running } from "../src/simulator/model.ts";
import { keepKinds } from "../src/simulator/programs/kubectl-kinds.ts";
import { somebody } from "../src/simulator/transition.ts";
import { answered, expectSameWords, type State } from "./conformance/answered.ts";
import { plain } from "./conformance/plain.ts";
import { invented } from "./conformance/shapes.ts";
import { putForeignClient } from "./scenarios/foreign-client.ts";
import type { Sandbox } from "./scenarios/simulated.ts";

const nothing: State = () => undefined;
const localDown: State = ({ site }) => stopMember(site, "node1");
const oneDown: State = ({ site }) => stopMember(site, "node3");
const noQuorum: State = ({ site }) => {
  for (const name of ["node2", "node3"]) stopMember(site, name);
};
const noSpace: State = ({ site }) => raiseAlarm(site);

/** Of what may come in any order. */
const lines = (text: string) => plain(text).split("\n").sort();

test.each<readonly [string, State]>([
  ["etcdctl/member-list-local-down", localDown],
  ["etcdctl/endpoint-health-local-down", localDown],
  ["etcdctl/endpoint-status-local-down", localDown],
  ["etcdctl/alarm-list-local-down", localDown],
  ["etcdctl/snapshot-save-local-down", localDown],
  ["etcdctl/member-list-no-quorum", noQuorum],
  ["etcdctl/endpoint-health-no-quorum", noQuorum],
  ["etcdctl/endpoint-status-no-quorum", noQuorum],
  ["etcdctl/snapshot-save-no-quorum", noQuorum],
  ["etcdctl/snapshot-save", nothing],
  ["etcdctl/snapshot-save-by-hand", nothing],
  ["etcdctl/certificate-missing", nothing],
  ["etcdctl/certificate-missing-health", nothing],
  ["etcdctl/authority-missing", nothing],
  ["etcdctl/key-of-another", nothing],
  ["etcdctl/key-of-another-health", nothing],
  ["etcdctl/authority-of-another", nothing],
  ["etcdctl/authority-of-another-health", nothing],
  ["etcdctl/client-of-another", nothing],
  ["etcdctl/snapshot-status-absent", nothing],
  ["etcdctl/snapshot-status-no-snapshot", garbage()],
  ["tar/archive-status-absent", nothing],
  ["tar/archive-status-no-list", garbage()],
  ["tar/archive-status-no-archive", garbage(".list")],
  ["systemctl/restart-etcd", nothing],
  ["systemctl/restart-etcd-no-quorum", noQuorum],
  ["systemctl/stop-timer", timer("enabled/active")],
  ["systemctl/start-timer", timer("enabled/inactive")],
  ["systemctl/stop-no-timer", nothing],
  ["systemctl/start-no-timer", nothing],
  ["kubectl/scale-no-space", noSpace],
  ["kubectl/rollout-restart-no-space", noSpace],
  ["kubectl/delete-mirror-pods-no-space", noSpace],
  ["kubectl/table-nothing", nothing],
  ["kubectl/table-nothing-anywhere", nothing],
  ["kubectl/get-refused", nothing],
  ["kubectl/readyz-refused", nothing],
  ["kubectl/get-no-kubeconfig", nothing],
  ["kubectl/get-emptied-kubeconfig", kubeconfig(() => "")],
  ["kubectl/readyz-emptied-kubeconfig", kubeconfig(() => "")],
  ["kubectl/get-foreign-key", kubeconfig(withAnotherKey)],
  ["kubectl/readyz-foreign-key", kubeconfig(withAnotherKey)],
  ["kubectl/get-foreign-authority", kubeconfig(withAnotherAuthority)],
  ["kubectl/readyz-foreign-authority", kubeconfig(withAnotherAuthority)],
  ["kubectl/get-foreign-client", foreignClient],
  ["kubectl/readyz-foreign-client", foreignClient],
  ["kubectl/get-foreign-client-kinds-known", knowing(foreignClient)],
  ["kubectl/get-one-foreign-client-kinds-known", knowing(foreignClient)],
  ["kubectl/scale-foreign-client-kinds-known", knowing(foreignClient)],
  ["kubectl/get-foreign-authority-kinds-known", knowing(kubeconfig(withAnotherAuthority))],
  ["kubectl/scale-foreign-authority-kinds-known", knowing(kubeconfig(withAnotherAuthority))],
  ["kubectl/kubelet-stopped", kubeletStopped],
  ["kubectl/logs-kubelet-stopped", kubeletStopped],
  ["kubectl/kubelet-no-route", longGone],
  ["kubectl/kubelet-silent", machineGone],
  ["kubectl/failed-checks-none", nothing],
  ["kubectl/failed-checks-no-pod", nothing],
  ["curl/readyz-no-quorum", noQuorum],
  ["mv/by-hand", nothing],
  ["mv/by-hand-again", aside],
  ["mv/by-hand-missing", noOwn],
  ["mv/rename", garbage()],
  ["mv/rename-again", garbage(".aside")],
  ["mv/rename-missing", nothing],
  ["cp/by-hand", noOwn],
  ["cp/by-hand-again", nothing],
  ["cp/by-hand-missing", nothing],
  ["cat/missing", nothing],
  ["touch/file", garbage()],
  ["touch/missing", nothing],
  ["tar/by-hand", nothing],
  ["tar/by-hand-missing", nothing],
  ["tar/archive-full-disk", fullDisk],
  ["etcdctl/snapshot-save-full-disk", fullDisk],
  ["etcdctl/snapshot-save-by-hand-full-disk", fullDisk],
  ["kubeadm/config-check", nothing],
  ["kubeadm/config-check-missing", nothing],
  ["kubeadm/config-check-older", olderConfig],
  ["kubeadm/renew-config-older", olderConfig],
  ["kubeadm/renew-all-external", externallyManaged],
  ["kubeadm/renew-full-disk", fullKubernetes],
  ["kubeadm/renew-all-full-disk", fullKubernetes],
])("the same exit code and the same words: %s", async (name, state) => {
  expectSameWords(await answered(name, state));
});

test.each<readonly [string, State]>([
  ["etcdctl/endpoint-status-one-down", oneDown],
  ["etcdctl/endpoint-health-no-space", noSpace],
  ["etcdctl/endpoint-status-no-space", noSpace],
  ["kubectl/get-nothing", nothing],
  ["kubectl/get-no-space", noSpace],
])("the same words beside JSON without a field of its own: %s", async (name, state) => {
  const { recorded, simulated } = await answered(name, state);
  expect([simulated.code, lines(simulated.stderr)]).toEqual([
    recorded.code,
    lines(recorded.stderr),
  ]);
  expect(invented(simulated.stdout, recorded.stdout)).toEqual([]);
});

/** A box without what differs in each of its cells: how wide they are, numbers, and whose turn. */
function boxShape(text: string): readonly string[] {
  const cells = (line: string) =>
    line
      .split("|")
      .map((cell) => plain(cell.trim()).replace(/^[0-9a-f]{16}$/, "ID"))
      .map((cell) => cell.replace(/^[\d.]+( MB|ms|s)?$/, "NUMBER").replace(/:\d{19}/, ":ID"))
      .map((cell) => cell.replace(/^(true|false)$/, "BOOLEAN"))
      .join("|");
  return text
    .split("\n")
    .map((line) => (line.startsWith("+") ? line.replaceAll(/-+/g, "-") : cells(line)))
    .sort();
}

test.each<readonly [string, State]>([
  ["etcdctl/member-list-table", nothing],
  ["etcdctl/endpoint-health-table", nothing],
  ["etcdctl/endpoint-status-table", nothing],
  ["etcdctl/endpoint-health-table-one-down", oneDown],
  ["etcdctl/endpoint-status-table-one-down", oneDown],
  ["etcdctl/endpoint-health-table-no-space", noSpace],
  ["etcdctl/endpoint-status-table-no-space", noSpace],
])("the same rows in the same boxes: %s", async (name, state) => {
  const { recorded, simulated } = await answered(name, state);
  expect([simulated.code, lines(simulated.stderr)]).toEqual([
    recorded.code,
    lines(recorded.stderr),
  ]);
  expect(boxShape(simulated.stdout)).toEqual(boxShape(recorded.stdout));
});

test.each(["table-statefulsets", "table-pods", "table-nodes"])(
  "the same rows of the same columns, but for ages: %s",
  async (name) => {
    const { recorded, simulated } = await answered(`kubectl/${name}`, nothing);
    const rows = (text: string) =>
      text
        .split("\n")
        .map((line) => line.split(/ {2,}/).map((one) => one.replace(/^\d+[dhm].*/, "AGE")));
    const sorted = (text: string) => [rows(text)[0], ...rows(text).slice(1).map(String).sort()];
    expect([simulated.code, simulated.stderr]).toEqual([recorded.code, recorded.stderr]);
    expect(sorted(simulated.stdout)).toEqual(sorted(recorded.stdout));
  },
);

test("an authority that is elsewhere is told of in the last column", async () => {
  const { recorded, simulated } = await answered(
    "kubeadm/check-expiration-external",
    externallyManaged,
  );
  const rows = (text: string) =>
    text
      .split("\n")
      .map((line) =>
        line.trimEnd().replace(/\w{3} \d\d, \d{4} \d\d:\d\d UTC {3}\d+[dy] +/, "TIME "),
      );
  expect(simulated.code).toBe(recorded.code);
  expect(rows(simulated.stdout)).toEqual(rows(recorded.stdout));
});

test.each([
  ["kubectl/readyz-no-quorum", noQuorum],
  ["kubectl/readyz-starting", starting],
  ["curl/readyz-starting", starting],
] as const)("an API server that is not ready says so in the same form: %s", async (name, state) => {
  const { recorded, simulated } = await answered(name, state);
  expect([simulated.code, simulated.stdout]).toEqual([recorded.code, recorded.stdout]);
  const words = (text: string) => text.replace(/\(".*"\)/, "").trim();
  expect(words(simulated.stderr)).toBe(words(recorded.stderr));
  const checks = /\("(.*)"\)/.exec(simulated.stderr)?.[1]?.split("\\n") ?? [];
  for (const check of checks) expect(recorded.stderr).toContain(check);
});

const folder = "/run/drydock-recording";

/** A file that is none of what is looked for in it, and more beside it. */
function garbage(...endings: readonly string[]): State {
  return ({ site }, host) => {
    for (const ending of ["", ...endings]) {
      writeFile(site, host, `${folder}/job${ending}`, { content: "x\n" }, somebody);
    }
  };
}

/** It has begun to listen, and waits for what it needs. */
function starting({ site }: Sandbox, host: HostModel): void {
  const server = running(host, "kube-apiserver");
  if (server !== undefined) server.readyAt = site.model.now + 5000;
}

function timer(is: string): State {
  return (_, host) => {
    host.renewTimer = is;
  };
}

/** admin.conf with something else in it, where the recordings have it. */
function kubeconfig(change: (text: string, host: HostModel) => string): State {
  return ({ site }, host) => {
    const content = change(textAt(host, "/etc/kubernetes/admin.conf"), host);
    writeFile(site, host, `${folder}/other.conf`, { content }, somebody);
  };
}

const data = (text: string) => Buffer.from(text).toString("base64");

function withAnotherKey(text: string, host: HostModel): string {
  const key = textAt(host, "/etc/kubernetes/pki/apiserver.key");
  return text.replace(/(client-key-data: ).*/, `$1${data(key)}`);
}

function withAnotherAuthority(text: string, host: HostModel): string {
  const authority = textAt(host, "/etc/kubernetes/pki/front-proxy-ca.crt");
  return text.replace(/(certificate-authority-data: ).*/, `$1${data(authority)}`);
}

function foreignClient(box: Sandbox, host: HostModel): void {
  kubeconfig((text) => text)(box, host);
  putForeignClient(box.site, host, `${folder}/other.conf`);
}

/** kubectl has kept what kinds there are. */
function knowing(state: State): State {
  return (box, host) => {
    keepKinds(box.site.model, host, "https://10.0.0.1:6443");
    return state(box, host);
  };
}

function kubeletStopped({ site }: Sandbox): void {
  hostNamed(site.model, "node3").kubeletRuns = false;
}

function machineGone({ site }: Sandbox): void {
  hostNamed(site.model, "node3").downSince = site.model.now;
}

/** The API server has been started since, so that no connection of its own stands. */
function longGone(box: Sandbox, host: HostModel): void {
  machineGone(box);
  const id = running(host, "kube-apiserver")?.id ?? "";
  for (const one of host.containers.filter((container) => container.id === id)) {
    host.containers.splice(host.containers.indexOf(one), 1, {
      ...one,
      createdAt: box.site.model.now,
    });
  }
}

const own = "/root/.kube/config";

function aside({ site }: Sandbox, host: HostModel): void {
  writeFile(site, host, `${own}.old`, { content: "old" }, somebody);
}

function noOwn({ site }: Sandbox, host: HostModel): void {
  removeFile(site, host, own, somebody);
}

function fullDisk(_: Sandbox, host: HostModel): void {
  for (const where of [folder, "/var/backups"]) host.freeBytes.set(where, 16_384);
}

function fullKubernetes(_: Sandbox, host: HostModel): void {
  host.freeBytes.set("/etc/kubernetes", 0);
}

function olderConfig({ site }: Sandbox, host: HostModel): void {
  const text = textAt(host, "/etc/kubernetes/kubeadm-config.yaml");
  const content = `${text}kubernetesVersion: v1.20.0\n`;
  writeFile(site, host, `${folder}/config.yaml`, { content }, somebody);
}

function externallyManaged({ site }: Sandbox, host: HostModel): void {
  for (const name of ["ca", "front-proxy-ca"]) {
    removeFile(site, host, `/etc/kubernetes/ssl/${name}.key`, somebody);
  }
}
