import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { initConfig, readCluster } from "./config.ts";
import { clusterSettings, hostSettings } from "./inventory/drydock-yaml.ts";

let cwd: string;
const caller = () => ({ cwd, trusted: [process.getuid?.() ?? 0] });
const ini =
  "[kube_control_plane]\nnode1 ansible_host=10.0.0.1\nnode2 ansible_host=10.0.0.2\n[kube_node]\nnode3 ansible_host=10.0.0.3\n";

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "drydock-config-"));
  await mkdir(join(cwd, "inventory", "akash"), { recursive: true });
  await writeFile(join(cwd, "inventory", "akash", "inventory.ini"), ini);
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const inventory = "inventory/akash/inventory.ini";

async function withConfig(text: string, cluster?: string) {
  await writeFile(join(cwd, "drydock.yaml"), text);
  return readCluster({ cluster }, caller());
}

test.each([
  ["ansible-inventory -i inventory/akash/inventory.ini --list", "akash"],
  ["ansible-inventory --list -i inventory/akash", "akash"],
  ["ansible-inventory --list -iprod.yaml", "prod"],
  ["cd x && venv/bin/ansible-inventory --inventory='inventory/the prod/lab.ini' --list", "lab"],
  ['ansible-inventory --inventory "lab.ini" --list', "lab"],
  ["ansible-inventory -i node1,node2 --list", "cluster"],
  ["ansible-inventory -i $INVENTORY/prod --list", "cluster"],
  ["ansible-inventory -i prod-$N --list", "cluster"],
  ["ssh -i bastion.key bastion ansible-inventory --list", "cluster"],
  ["ansible-inventory --list | jq -i x", "cluster"],
  ["cat list.json", "cluster"],
])("what `%s` prints is called %s", async (command, name) => {
  // It need not be there: the name is of the command.
  const inventoryCmd = `: ${command} ; echo '{"kube_control_plane":{"hosts":["a"]}}'`.replace(
    " | ",
    " \\| ",
  );
  expect(await readCluster({ inventoryCmd }, caller())).toMatchObject({ name });
  expect(await readCluster({ inventoryCmd, cluster: "x" }, caller())).toMatchObject({ name: "x" });
});

describe("a drydock.yaml that nobody has named", () => {
  const text = `clusters: {akash: {inventory: ${inventory}}}`;

  test.each([
    ["that everybody may write", 0o646, 0o755, "everybody may write it"],
    ["in a folder that is open to all", 0o644, 0o777, "its folder is open to all"],
  ])("%s is not read, unless --config names it", async (_, mode, folderMode, because) => {
    await writeFile(join(cwd, "drydock.yaml"), text);
    await chmod(join(cwd, "drydock.yaml"), mode);
    await chmod(cwd, folderMode);
    await expect(readCluster({}, caller())).rejects.toMatchObject({
      name: "ConfigError",
      message: expect.stringContaining(because),
      remedy: expect.stringContaining("--config ./drydock.yaml"),
    });
    expect(await readCluster({ config: "./drydock.yaml" }, caller())).toHaveProperty(
      "name",
      "akash",
    );
  });

  test("is read through a link, and not if somebody else wrote it", async () => {
    await writeFile(join(cwd, "the.yaml"), text);
    await symlink("the.yaml", join(cwd, "drydock.yaml"));
    expect(await readCluster({}, caller())).toHaveProperty("name", "akash");
    await expect(readCluster({}, { cwd, trusted: [] })).rejects.toThrow("it belongs to user ");
  });

  test("in a folder with the sticky bit is read", async () => {
    await writeFile(join(cwd, "drydock.yaml"), text);
    await chmod(cwd, 0o1777);
    expect(await readCluster({}, caller())).toHaveProperty("name", "akash");
  });
});

test("inventories side by side in one folder name a cluster each", async () => {
  for (const file of ["prod.ini", "staging.ini"]) await writeFile(join(cwd, file), ini);
  expect(await readCluster({ inventory: "prod.ini" }, caller())).toHaveProperty("name", "prod");
  expect(await readCluster({ inventory: "staging.ini" }, caller())).toHaveProperty(
    "name",
    "staging",
  );
});

test("an inventory on the command line names its cluster after its folder", async () => {
  const config = await readCluster({ inventory }, caller());
  expect(config).toMatchObject({ name: "akash", source: inventory, sshConfig: undefined });
  expect(await readCluster({ inventory, cluster: "prod" }, caller())).toHaveProperty(
    "name",
    "prod",
  );
});

test("an inventory command runs in the working folder", async () => {
  const inventoryCmd = `echo '{"kube_control_plane":{"hosts":["a"]}}'; test -d inventory`;
  expect(await readCluster({ inventoryCmd }, caller())).toMatchObject({ hosts: [{ name: "a" }] });
});

test("what init writes reads as the inventory does, and is not overwritten", async () => {
  const path = await initConfig({ inventory }, caller());
  expect(path).toBe(join(cwd, "drydock.yaml"));
  const direct = await readCluster({ inventory }, caller());
  expect(await readCluster({}, caller())).toEqual(direct);
  const text = await readFile(path, "utf8");
  expect(text).toContain("node1 (10.0.0.1): control plane, primary, etcd");
  const named = new Set(text.match(/\w+/g));
  const addable = clusterSettings.filter((setting) => setting !== "inventoryCommand");
  for (const setting of [...addable, ...hostSettings]) expect(named).toContain(setting);
  await expect(initConfig({ inventory, cluster: "other" }, caller())).rejects.toMatchObject({
    message: expect.stringContaining("it exists already"),
    remedy: expect.stringContaining("  other:\n    inventory: inventory/akash/inventory.ini"),
  });
  expect(await readFile(path, "utf8")).toBe(text);
});

test("an init that cannot read the inventory writes nothing", async () => {
  await expect(initConfig({ inventory: "no.ini" }, caller())).rejects.toThrow("no such file");
  await expect(initConfig({}, caller())).rejects.toThrow("needs an inventory");
  await expect(readFile(join(cwd, "drydock.yaml"))).rejects.toThrow();
});

test("drydock.yaml wins over the inventory where it speaks of a host or a group", async () => {
  const config = await withConfig(`clusters:
  akash:
    inventory: ${inventory}
    user: ubuntu
    identityFile: keys/id
    controlPlane: [node2, node1]
    hosts:
      node1: {address: n1.example.org, port: 2222, user: root, sudo: false}
`);
  expect(config.hosts.map(({ name }) => name)).toEqual(["node2", "node1", "node3"]);
  expect(config.hosts[0]).toMatchObject({ user: "ubuntu", address: "10.0.0.2", sudo: true });
  const identityFile = join(cwd, "keys", "id");
  const own = { user: "root", address: "n1.example.org", port: 2222, sudo: false, identityFile };
  expect(config.hosts[1]).toMatchObject(own);
});

test("drydock.yaml can do without an inventory", async () => {
  const config = await withConfig(`clusters:
  lab:
    controlPlane: [a]
    hosts:
      a: {address: 10.0.0.1}
      b: {address: 10.0.0.2}
`);
  expect(config.hosts.map(({ name, roles }) => ({ name, ...roles }))).toEqual([
    { name: "a", controlPlane: true, etcd: true, worker: false },
    { name: "b", controlPlane: false, etcd: false, worker: true },
  ]);
  expect(config.notes).toEqual([]);
});

test("an ssh_config is found beside the file that names it", async () => {
  await mkdir(join(cwd, "etc"));
  await writeFile(join(cwd, "etc", "ssh_config"), "");
  const text = `clusters: {a: {inventory: ../${inventory}, sshConfig: ssh_config}}`;
  await writeFile(join(cwd, "etc", "drydock.yaml"), text);
  const config = await readCluster({ config: "etc/drydock.yaml" }, caller());
  expect(config.sshConfig).toBe(join(cwd, "etc", "ssh_config"));
  const given = await readCluster({ inventory, sshConfig: "etc/ssh_config" }, caller());
  expect(given.sshConfig).toBe(join(cwd, "etc", "ssh_config"));
  await expect(readCluster({ inventory, sshConfig: "etc" }, caller())).rejects.toMatchObject({
    message: "etc: this is a folder",
    remedy: "Correct the path of the ssh_config.",
  });
  await expect(readCluster({ inventory, sshConfig: "nowhere" }, caller())).rejects.toThrow(
    "nowhere: ",
  );
});

describe("a mistake names its line and what to do", () => {
  const entry = `clusters:\n  akash:\n    inventory: ${inventory}\n`;

  test.each([
    ["", "drydock.yaml: it is empty", "drydock init"],
    ["clusters: {}\n", "drydock.yaml: it names 0 clusters", "drydock init"],
    ["cluster: {}\n", 'drydock.yaml:1:1: there is no setting "cluster"', '"clusters"'],
    [
      `${entry}    inventry: x\n`,
      'drydock.yaml:4:5: clusters.akash: there is no setting "inventry"',
      'Did you mean "inventory"?',
    ],
    [
      `${entry}    hosts:\n      node1: {adress: x}\n`,
      'drydock.yaml:5:15: clusters.akash.hosts.node1: there is no setting "adress"',
      'Did you mean "address"?',
    ],
    [`${entry}    port: ssh\n`, "drydock.yaml:4:5: clusters.akash.port: ", "Correct"],
    [
      `${entry}    hosts:\n      node9: {}\n`,
      `drydock.yaml:5:7: the host "node9" is not in `,
      "Did you mean",
    ],
    [
      `${entry}    controlPlane: [node1, nod2]\n`,
      'the host "nod2" is not in',
      'Did you mean "node2"?',
    ],
    [
      `${entry}    inventoryCommand: x\n`,
      "drydock.yaml:2:3: the cluster akash has both",
      "Remove one",
    ],
    ["clusters:\n  a:\n    user: x\n", "drydock.yaml:2:3: the cluster a has neither", "inventory:"],
    [
      "clusters:\n  ../a:\n    inventory: x\n",
      'drydock.yaml:2:3: "../a" cannot be the name',
      "letters",
    ],
    [
      "clusters:\n  a:\n    inventory: no.ini\n",
      "no.ini: there is no such file",
      "Correct the path",
    ],
    ["clusters:\n  a: [\n", "drydock.yaml:", "Correct the line"],
    [
      `${entry}  beta:\n    inventory: x\n`,
      "drydock.yaml: it names 2 clusters",
      "--cluster akash or --cluster beta",
    ],
  ])("%j", async (text, message, remedy) => {
    await expect(withConfig(text)).rejects.toMatchObject({
      name: "ConfigError",
      message: expect.stringContaining(message),
      remedy: expect.stringContaining(remedy),
    });
  });

  test("an unknown cluster, and a name that is none", async () => {
    await expect(withConfig(entry, "akesh")).rejects.toMatchObject({
      message: 'drydock.yaml: there is no cluster "akesh"',
      remedy: 'Did you mean "akash"?',
    });
    await expect(readCluster({ inventory, cluster: "a/b" }, caller())).rejects.toThrow("cannot be");
  });

  test("no configuration at all, and two at once", async () => {
    await expect(readCluster({}, caller())).rejects.toMatchObject({
      message: "drydock.yaml: there is no such file",
      remedy: expect.stringContaining("drydock init --inventory FILE"),
    });
    const both = readCluster({ inventory, inventoryCmd: "x" }, caller());
    await expect(both).rejects.toThrow("--inventory and --inventory-cmd are given together");
  });
});
