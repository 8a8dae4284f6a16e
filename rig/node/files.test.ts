import { expect, it } from "vitest";
import { extensions } from "../cluster/etcd-certificates.ts";
import { kubeadmConfig } from "../cluster/kubeadm-config.ts";
import { defaultSettings } from "../settings.ts";
import { etcdEnvironment } from "./etcd-files.ts";

const settings = defaultSettings({});
const { nodes } = settings;

it("etcd's environment names the member by etcd_member_name, its files by the host", () => {
  const [, second] = nodes;
  const lines = etcdEnvironment(nodes, second ?? never()).split("\n");
  expect(lines).toContain("ETCD_NAME=etcd2");
  expect(lines).toContain("ETCDCTL_CERT=/etc/ssl/etcd/ssl/admin-node2.pem");
  expect(lines.find((line) => line.startsWith("ETCD_INITIAL_CLUSTER="))).toBe(
    "ETCD_INITIAL_CLUSTER=etcd1=https://10.99.0.1:2380,etcd2=https://10.99.0.2:2380,etcd3=https://10.99.0.3:2380",
  );
});

it("the API server's etcd client certificate is the node's own", () => {
  const [first] = nodes;
  const text = kubeadmConfig(settings, first ?? never(), "1.33.5");
  expect(text).toContain("certFile: /etc/ssl/etcd/ssl/node-node1.pem");
  expect(text).toContain("kubernetesVersion: v1.33.5");
});

it("etcd as a static pod has kubeadm's own folders, and begins with all its members", () => {
  const [first] = nodes;
  const stacked = { ...settings, etcdAs: "static-pod" } as const;
  const text = kubeadmConfig(stacked, first ?? never(), "1.33.5");
  expect(text).toContain("certificatesDir: /etc/kubernetes/pki\n");
  expect(text).toContain(
    'value: "node1=https://10.99.0.1:2380,node2=https://10.99.0.2:2380,node3=https://10.99.0.3:2380"',
  );
  expect(text).not.toContain("external:");
});

it("one set of names covers all etcd members", () => {
  expect(extensions(nodes)).toContain(
    "subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:node1,IP:10.99.0.1,DNS:node2,IP:10.99.0.2,",
  );
});

function never(): never {
  throw new Error("a rig has a node");
}
