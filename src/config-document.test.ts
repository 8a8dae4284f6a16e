// The example of docs/config.md, read as an operator's file is.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readCluster } from "./config.ts";
import { clusterSettings, hostSettings, readDrydockYaml } from "./inventory/drydock-yaml.ts";

let cwd: string;
let example: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "drydock-config-"));
  const text = await readFile(join(import.meta.dirname, "../docs/config.md"), "utf8");
  example = /^```yaml\n([\s\S]*?)^```$/m.exec(text)?.[1] ?? "";
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(cwd, name)), { recursive: true });
  await writeFile(join(cwd, name), text);
}

test("has every setting that there is", () => {
  const clusters = [...readDrydockYaml(example, "config.md").clusters.values()];
  const hosts = clusters.flatMap((one) => Object.values(one.hosts ?? {}));
  const keysOf = (all: readonly (object | null)[]) => [
    ...new Set(all.flatMap((one) => Object.keys(one ?? {}))),
  ];
  expect(keysOf(clusters).sort()).toEqual([...clusterSettings].sort());
  expect(keysOf(hosts).sort()).toEqual([...hostSettings].sort());
});

test("says what it says there", async () => {
  const ini =
    "[kube_control_plane]\nnode4\n[all]\nnode[1:4]\n[all:vars]\nansible_user=core\nansible_port=23\n";
  await write("inventory/prod/inventory.ini", ini);
  await write("ssh_config", "");
  await write("drydock.yaml", example);
  const read = (cluster: string) =>
    readCluster({ config: "drydock.yaml", cluster }, { cwd, trusted: [] });
  const prod = await read("prod");
  expect(prod).toMatchObject({
    sshConfig: join(cwd, "ssh_config"),
    chain: ["https://api.akashnet.net"],
  });
  expect(prod.hosts.map(({ name }) => name)).toEqual(["node1", "node2", "node3", "node4"]);
  expect(prod.hosts[0]).toMatchObject({
    address: "node1.example.org",
    port: 2222,
    user: "root",
    sudo: false,
    identityFile: join(cwd, "keys/node1"),
    ip: "10.0.0.1",
  });
  const identityFile = "~/.ssh/prod";
  expect(prod.hosts[1]).toMatchObject({ port: 23, user: "core", sudo: true, identityFile });
  expect((await read("lab")).hosts.map(({ name, roles }) => [name, roles])).toEqual([
    ["lab1", { controlPlane: true, etcd: true, worker: false }],
    ["lab2", { controlPlane: false, etcd: false, worker: true }],
  ]);
});
