import { expect, it } from "vitest";
import { parse } from "yaml";
import { inventoryIni, inventoryYaml } from "./inventory.ts";
import { rigNodes } from "./settings.ts";

it("inventory.ini has kubespray's groups and node lines", () => {
  expect(inventoryIni(rigNodes(1))).toBe(`[all]
node1 ansible_host=10.99.0.1 ip=10.99.0.1 etcd_member_name=etcd1

[all:vars]
ansible_user=root

[kube_control_plane]
node1

[etcd:children]
kube_control_plane

[kube_node]
node1

[k8s_cluster:children]
kube_control_plane
kube_node
`);
});

it("hosts.yaml names the same hosts", () => {
  const inventory: unknown = parse(inventoryYaml(rigNodes(3)));
  expect(inventory).toMatchObject({
    all: {
      hosts: { node3: { ansible_host: "10.99.0.3", ip: "10.99.0.3", etcd_member_name: "etcd3" } },
      children: {
        kube_control_plane: { hosts: { node1: null, node2: null, node3: null } },
        etcd: { children: { kube_control_plane: null } },
      },
    },
  });
});
