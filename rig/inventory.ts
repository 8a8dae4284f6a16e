/** The cluster as an inventory: kubespray's inventory.ini, and the same as hosts.yaml. */
import { stringify } from "yaml";
import type { RigNode } from "./settings.ts";

export function inventoryIni(nodes: readonly RigNode[]): string {
  const names = nodes.map((node) => node.name);
  return [
    "[all]",
    ...nodes.map(
      (node) =>
        `${node.name} ansible_host=${node.address} ip=${node.address} etcd_member_name=${node.etcdMember}`,
    ),
    "",
    "[all:vars]",
    "ansible_user=root",
    "",
    "[kube_control_plane]",
    ...names,
    "",
    "[etcd:children]",
    "kube_control_plane",
    "",
    "[kube_node]",
    ...names,
    "",
    "[k8s_cluster:children]",
    "kube_control_plane",
    "kube_node",
    "",
  ].join("\n");
}

export function inventoryYaml(nodes: readonly RigNode[]): string {
  const hosts = Object.fromEntries(
    nodes.map((node) => [
      node.name,
      {
        ansible_host: node.address,
        ip: node.address,
        access_ip: node.address,
        etcd_member_name: node.etcdMember,
      },
    ]),
  );
  const names = Object.fromEntries(nodes.map((node) => [node.name, null]));
  return stringify({
    all: {
      hosts,
      vars: { ansible_user: "root" },
      children: {
        kube_control_plane: { hosts: names },
        etcd: { children: { kube_control_plane: null } },
        kube_node: { hosts: names },
        k8s_cluster: { children: { kube_control_plane: null, kube_node: null } },
      },
    },
  });
}
