// Every format and every mistake, as an operator meets them: files in, ClusterConfig or message
// out.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ClusterConfig, clusterOf } from "./cluster.ts";
import { readInventoryCommand, readInventoryFile } from "./read.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drydock-inventory-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(text: string, name = "inventory.ini"): Promise<ClusterConfig> {
  await writeFile(join(folder, name), text);
  return clusterOf(await readInventoryFile(join(folder, name), name), "prod");
}

function summary(config: ClusterConfig): readonly string[] {
  return config.hosts.map(({ name, user, address, port, roles }) => {
    const { controlPlane, etcd, worker } = roles;
    const letters = `${controlPlane ? "C" : ""}${etcd ? "E" : ""}${worker ? "W" : ""}`;
    return `${name} ${user ?? "-"}@${address}:${port ?? "-"} ${letters}`;
  });
}

const kubesprayIni = `# kubespray
[all]
node1 ansible_host=10.0.0.1 ip=10.1.0.1 etcd_member_name=etcd1 ansible_user=root ansible_port=2222
node2 ansible_host=10.0.0.2  # the second
node3 ansible_host="10.0.0.3"

; roles
[kube_control_plane]
node2
node1

[etcd:children]
kube_control_plane

[kube_node]
node[1:3]

[k8s_cluster:children]
kube_control_plane
kube_node

[all:vars]
ansible_user=ubuntu
`;

describe("an inventory.ini", () => {
  test("of kubespray gives its hosts, the primary first", async () => {
    const config = await read(kubesprayIni);
    expect(summary(config)).toEqual([
      "node2 ubuntu@10.0.0.2:- CEW",
      "node1 root@10.0.0.1:2222 CEW",
      "node3 ubuntu@10.0.0.3:- W",
    ]);
    expect(config.hosts[1]).toMatchObject({ ip: "10.1.0.1", sudo: true });
    expect(config.notes).toEqual([]);
  });

  test("says nothing to us with etcd_member_name: etcd itself tells its members' names", async () => {
    const template = kubesprayIni.replace("=etcd1", "='{{ inventory_hostname }}'");
    expect(template).not.toBe(kubesprayIni);
    const twice = `${kubesprayIni}[etcd:vars]\netcd_member_name=a\n[kube_node:vars]\netcd_member_name=b\n`;
    for (const text of [template, twice]) {
      expect(summary(await read(text))).toEqual(summary(await read(kubesprayIni)));
    }
  });

  test("with the old dashed names is read too", async () => {
    const config = await read(
      "a ansible_host=10.0.0.1\nb ansible_host=10.0.0.2\n[kube-master]\na\n[etcd]\nb\n[kube-node]\nb\n",
    );
    expect(summary(config)).toEqual(["a -@10.0.0.1:- C", "b -@10.0.0.2:- EW"]);
  });

  test("with hosts defined in their group, ports behind the name and IPv6 is read", async () => {
    const config = await read(
      "[kube_control_plane]\nn1:2201 ansible_host=2001:db8::1\n[2001:db8::2]:22\n[kube_node]\nw[01:02].example.org\n",
    );
    expect(summary(config)).toEqual([
      "n1 -@2001:db8::1:2201 CE",
      "2001:db8::2 -@2001:db8::2:22 CE",
      "w01.example.org -@w01.example.org:- W",
      "w02.example.org -@w02.example.org:- W",
    ]);
  });

  test("takes the deeper group's value before the wider one's, and the host's before both", async () => {
    const config = await read(
      "[kube_control_plane]\na\nb ansible_user=own\n[k8s_cluster:children]\nkube_control_plane\n" +
        "[k8s_cluster:vars]\nansible_user = wide\n[kube_control_plane:vars]\nansible_user='deep'\n",
    );
    expect(config.hosts.map(({ user }) => user)).toEqual(["deep", "own"]);
  });

  test("gives keys, sudo and ssh arguments on", async () => {
    const config = await read(
      `[kube_control_plane]\na ansible_host=h.example ansible_become=no ansible_ssh_private_key_file=~/.ssh/k ` +
        `ansible_ssh_common_args='-o ProxyCommand="ssh -W %h:%p jump"'\n`,
    );
    expect(config.hosts[0]).toMatchObject({
      sudo: false,
      identityFile: "~/.ssh/k",
      sshArguments: ["-o", "ProxyCommand=ssh -W %h:%p jump"],
    });
  });

  test("says when a name has to serve as an address, and when there is a bastion", async () => {
    const config = await read(
      "[kube_control_plane]\nnode1 ip=10.0.0.1\n[bastion]\nb ansible_host=gate.example\n",
    );
    expect(config.notes).toHaveLength(2);
    expect(config.notes[0]).toContain("ProxyJump gate.example");
    expect(config.notes[1]).toContain("node1 has no ansible_host (it has ip=10.0.0.1");
  });

  test("says which folders of variables beside it are not read, and who reads them", async () => {
    await writeFile(join(folder, "group_vars"), "a file is none of them");
    expect((await read(kubesprayIni)).notes).toEqual([]);
    await mkdir(join(folder, "host_vars"));
    expect((await read(kubesprayIni)).notes).toEqual([
      "inventory.ini: host_vars beside it: not read. If user, port, key or ssh arguments stand there: --inventory-cmd 'ansible-inventory -i inventory.ini --list'",
    ]);
  });
});

const kubesprayYaml = `all:
  vars:
    ansible_user: ubuntu
  hosts:
    node1: {ansible_host: 10.0.0.1, ip: 10.1.0.1, etcd_member_name: etcd1, ansible_user: root, ansible_port: 2222}
    node2:
      ansible_host: 10.0.0.2
    node3:
      ansible_host: "10.0.0.3"
  children:
    kube_control_plane:
      hosts:
        node2:
        node1:
    etcd:
      children:
        kube_control_plane:
    kube_node:
      hosts:
        node[1:3]:
    k8s_cluster:
      children:
        kube_control_plane:
        kube_node:
    calico_rr:
      hosts: {}
`;

test("a hosts.yaml says the same as the inventory.ini", async () => {
  const ini = await read(kubesprayIni);
  expect({ ...(await read(kubesprayYaml, "hosts.yaml")), source: ini.source }).toEqual(ini);
});

test("a port in a key of a hosts.yaml is read as in an inventory.ini, and a variable wins over it", async () => {
  const config = await read(
    'kube_control_plane:\n  hosts:\n    n1:2201: {ansible_host: h.example}\n    "[2001:db8::2]:24":\n    w[1:2]:2203: {ansible_port: 5}\n',
    "hosts.yaml",
  );
  expect(summary(config)).toEqual([
    "n1 -@h.example:2201 CE",
    "2001:db8::2 -@2001:db8::2:24 CE",
    "w1 -@w1:5 CE",
    "w2 -@w2:5 CE",
  ]);
});

test("a file without an ending is read as what it looks like", async () => {
  expect(summary(await read(kubesprayYaml, "hosts"))).toHaveLength(3);
  expect(summary(await read(kubesprayIni, "hosts"))).toHaveLength(3);
});

test("anchors and merged maps in YAML are followed", async () => {
  const config = await read(
    "x: &x\n  vars: {ansible_user: core}\nkube_control_plane:\n  <<: *x\n  hosts:\n    a: &a {ansible_host: h.example}\n",
    "hosts.yml",
  );
  expect(summary(config)).toEqual(["a core@h.example:- CE"]);
});

const list = {
  _meta: { hostvars: { a: { ansible_host: "10.0.0.1", ansible_port: 22, x: { deep: 1 } } } },
  all: { children: ["ungrouped", "kube_control_plane", "etcd"] },
  kube_control_plane: { hosts: ["b", "a"] },
  etcd: { children: ["kube_control_plane"] },
};

test("what ansible-inventory --list prints is read", async () => {
  await writeFile(join(folder, "list.json"), JSON.stringify(list));
  const config = clusterOf(await readInventoryCommand("cat list.json", folder), "prod");
  expect(summary(config)).toEqual(["b -@b:- CE", "a -@10.0.0.1:22 CE"]);
});

test.each([
  ["exit 3", "did not work"],
  ["echo 'ERROR! no such inventory' >&2; exit 1", "ERROR! no such inventory"],
  ["true", "printed nothing"],
  ["echo hello", "not JSON"],
  ["echo '[]'", "not an inventory"],
])("the inventory command %j is refused: %s", async (command, because) => {
  await expect(readInventoryCommand(command, folder)).rejects.toThrow(because);
});

const one = "[kube_control_plane]\nnode1 ansible_host=10.0.0.1\n";

describe("a mistake names its line and what to do", () => {
  test.each([
    ["", "inventory.ini: the inventory is empty", "kubespray"],
    ["# nothing\n", "inventory.ini: there is no host", "kubespray"],
    ["#!/bin/sh\n", "inventory.ini: this is a program", "--inventory-cmd"],
    [
      "[kube_node\n",
      'inventory.ini:1: the section header "[kube_node" has no closing bracket',
      "[group]",
    ],
    ["[kube node]\n", "inventory.ini:1: the section header", "[group]"],
    [
      `${one}[etcd:childrn]\n`,
      "inventory.ini:3: the section [etcd:childrn] is of an unknown type",
      "children",
    ],
    [
      `${one}[etcd:children]\nkube_controlplane\n`,
      'inventory.ini:4: [etcd:children] names the group "kube_controlplane", which is not defined',
      'Did you mean "kube_control_plane"?',
    ],
    [`${one}[etcd:children]\nkube_control_plane x\n`, "inventory.ini:4:", "one group a line"],
    [
      `${one}[kube_nod:vars]\na=b\n[kube_node]\n`,
      'inventory.ini:3: [kube_nod:vars] names the group "kube_nod"',
      'Did you mean "kube_node"?',
    ],
    [
      `${one}[all:vars]\nansible_user\n`,
      'inventory.ini:4: "ansible_user" is not key=value',
      "key=value",
    ],
    [
      "[kube_control_plane]\nnode1 ansible_host = 10.0.0.1\n",
      'inventory.ini:2: "ansible_host" is not key=value',
      "without spaces",
    ],
    [
      "[kube_control_plane]\nnode1 ansible_host='10.0.0.1\n",
      "inventory.ini:2: a ' is opened and not closed",
      "Close",
    ],
    [
      "[kube_control_plane]\nnode[3:1]\n",
      'inventory.ini:2: the range in "node[3:1]" ends before it begins',
      "node[1:3]",
    ],
    ["[kube_control_plane]\nnode[1:]\n", "inventory.ini:2: the range", "node[1:3]"],
    ["[kube_control_plane]\nnode[1:999999]\n", "stands for", "node[1:3]"],
    [
      "[all]\nnode1\n[kube_node]\nnode1\n",
      "inventory.ini: there is no group kube_control_plane",
      "Name the control plane",
    ],
    [
      "[all]\nnode1\n[kube_controlplane]\nnode1\n",
      "inventory.ini: there is no group",
      'There is a group "kube_controlplane": if it is meant, rename it to kube_control_plane.',
    ],
    [
      "[all]\nnode1\n[kube_control_plane]\nnode1\n[etcd:children]\nmasters\n",
      'names the group "masters", which is not defined',
      "Known here: all, kube_control_plane, etcd, ungrouped.",
    ],
    [
      "[all]\nnode1\n[kube_control_plane]\n",
      "inventory.ini: the group kube_control_plane has no host",
      "Name its nodes",
    ],
    [
      `${one}[all]\nnode1 ansible_host=10.0.0.9\n`,
      "inventory.ini:4: node1 has ansible_host=10.0.0.9 here and ansible_host=10.0.0.1 at inventory.ini:2",
      "Remove the wrong one",
    ],
    [
      `${one}node2 ansible_host=10.0.0.1\n`,
      "inventory.ini:3: node1 and node2 have the same address 10.0.0.1:22",
      "Correct",
    ],
    [`${one}[all:vars]\nansible_port=ssh\n`, 'inventory.ini:4: "ssh" is not a port', "1 to 65535"],
    [
      `${one}[all:vars]\nansible_become=maybe\n`,
      'inventory.ini:4: "maybe" is neither true nor false',
      "true or false",
    ],
    [
      "[kube_control_plane]\na ansible_host='{{ x }}'\n",
      "inventory.ini:2: ansible_host of a is a template",
      "Write the value; or give a one in drydock.yaml, below hosts (address,",
    ],
    [
      "[kube_control_plane]\na ansible_ssh_common_args='{{ x }}'\n",
      "inventory.ini:2: ansible_ssh_common_args of a is a template",
      "put what it says into an ssh_config",
    ],
    [
      "[kube_control_plane]\na ansible_host=-oProxyCommand=x\n",
      "inventory.ini:2:",
      "Correct ansible_host",
    ],
    [
      "[kube_control_plane]\na\n[x:children]\ny\n[y:children]\nx\n",
      "the groups are children of each other: x > y > x",
      "Remove",
    ],
  ])("%j", async (text, message, remedy) => {
    await expect(read(text)).rejects.toMatchObject({
      name: "ConfigError",
      message: expect.stringContaining(message),
      remedy: expect.stringContaining(remedy),
    });
  });

  test.each([
    ["all:\n  hosts:\n   a: 1\n  b: [\n", "hosts.yaml:5:1: this is not valid YAML", "indent"],
    ["all:\n\thosts:\n", "hosts.yaml:2:1: this is not valid YAML", "indent"],
    [
      "kube_control_plane:\n  host:\n    a:\n",
      'hosts.yaml:2:3: the group kube_control_plane has "host"',
      'Did you mean "hosts"?',
    ],
    ["kube_control_plane:\n  hosts: [a, b]\n", 'hosts.yaml:2:10: "hosts" of the group', "colon"],
    [
      "kube_control_plane:\n  hosts:\n    a: 10.0.0.1\n",
      "hosts.yaml:3:8: the host a is not a mapping",
      "colon",
    ],
    ["just words\n", "hosts.yaml:1:1: the inventory is not a mapping", "colon"],
    [
      "all:\n  hosts: {a: }\n  children:\n    kube_control_plane: {hosts: {a: }}\n    etcd:\n      children:\n        kube_controlplane:\n",
      "hosts.yaml:7:9: the children of etcd name",
      'Did you mean "kube_control_plane"?',
    ],
  ])("%j", async (text, message, remedy) => {
    await expect(read(text, "hosts.yaml")).rejects.toMatchObject({
      message: expect.stringContaining(message),
      remedy: expect.stringContaining(remedy),
    });
  });

  test("a missing file, and a folder with an inventory in it", async () => {
    const missing = readInventoryFile(join(folder, "no.ini"), "no.ini");
    await expect(missing).rejects.toThrow("no.ini: there is no such file");
    await mkdir(join(folder, "prod"));
    await writeFile(join(folder, "prod", "hosts.yaml"), kubesprayYaml);
    await expect(readInventoryFile(join(folder, "prod"), "prod/")).rejects.toMatchObject({
      message: "prod/: this is a folder",
      remedy: "Give the file in it: prod/hosts.yaml",
    });
    await mkdir(join(folder, "my lab"));
    await expect(readInventoryFile(join(folder, "my lab"), "my lab")).rejects.toMatchObject({
      remedy: `Let Ansible read it: --inventory-cmd 'ansible-inventory -i '\\''my lab'\\'' --list'`,
    });
  });
});
