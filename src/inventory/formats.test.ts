// One model of an inventory, written in all formats: what is read must not depend on the format.

import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { clusterOf } from "./cluster.ts";
import type { Draft } from "./draft.ts";
import { readIni } from "./ini.ts";
import { workOut } from "./inventory.ts";
import { readListJson } from "./list-json.ts";
import { readYaml } from "./yaml.ts";

interface Node {
  readonly vars: Readonly<Record<string, string>>;
  readonly roles: readonly string[];
}

const roles = ["kube_control_plane", "etcd", "kube_node", "calico_rr"];
const text = fc.stringMatching(/^[a-z][a-z0-9 #'"\\=_.-]{0,8}[a-z0-9]$/);

const node: fc.Arbitrary<Node> = fc.record({
  vars: fc.record(
    {
      ansible_user: text,
      ansible_port: fc.integer({ min: 1, max: 65_535 }).map(String),
      ip: fc.ipV4(),
      etcd_member_name: fc.stringMatching(/^etcd[0-9]{1,3}$/),
      ansible_ssh_private_key_file: text,
    },
    { requiredKeys: [] },
  ),
  roles: fc.subarray(roles),
});

interface Model {
  readonly nodes: readonly (Node & { readonly name: string })[];
  readonly etcdIsControlPlane: boolean;
  readonly userForAll: string | undefined;
}

const model: fc.Arbitrary<Model> = fc.record({
  nodes: fc.array(node, { minLength: 1, maxLength: 6 }).map((nodes) =>
    nodes.map(({ vars, roles: some }, i) => ({
      name: `node${i + 1}`,
      vars: { ansible_host: `10.0.0.${i + 1}`, ...vars },
      roles: i === 0 ? ["kube_control_plane", ...some] : some,
    })),
  ),
  etcdIsControlPlane: fc.boolean(),
  userForAll: fc.option(text, { nil: undefined }),
});

function members(of: Model, role: string): readonly string[] {
  if (role === "etcd" && of.etcdIsControlPlane) return [];
  return of.nodes.filter((each) => each.roles.includes(role)).map(({ name }) => name);
}

function asIni(of: Model): string {
  const quoted = (value: string): string => `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
  const pairs = (vars: Node["vars"]): string =>
    Object.entries(vars)
      .map(([key, value]) => `${key}=${quoted(value)}`)
      .join("  ");
  return [
    "[all]",
    ...of.nodes.map(({ name, vars }) => `${name} ${pairs(vars)} # ${name}`),
    ...roles.flatMap((role) => ["", `[${role}]`, ...members(of, role)]),
    ...(of.etcdIsControlPlane ? ["[etcd:children]", "kube_control_plane"] : []),
    ...(of.userForAll === undefined ? [] : ["[all:vars]", `ansible_user = '${of.userForAll}'`]),
  ].join("\n");
}

function asYaml(of: Model): string {
  const group = (role: string): object => ({
    hosts: Object.fromEntries(members(of, role).map((name) => [name, null])),
    ...(role === "etcd" && of.etcdIsControlPlane ? { children: { kube_control_plane: null } } : {}),
  });
  return stringify({
    all: {
      hosts: Object.fromEntries(of.nodes.map(({ name, vars }) => [name, vars])),
      children: Object.fromEntries(roles.map((role) => [role, group(role)])),
      ...(of.userForAll === undefined ? {} : { vars: { ansible_user: of.userForAll } }),
    },
  });
}

function asList(of: Model): string {
  const common = of.userForAll === undefined ? {} : { ansible_user: of.userForAll };
  return JSON.stringify({
    _meta: {
      hostvars: Object.fromEntries(
        of.nodes.map(({ name, vars }) => [name, { ...common, ...vars }]),
      ),
    },
    all: { hosts: of.nodes.map(({ name }) => name), children: roles },
    ...Object.fromEntries(roles.map((role) => [role, { hosts: members(of, role) }])),
    ...(of.etcdIsControlPlane ? { etcd: { children: ["kube_control_plane"] } } : {}),
  });
}

const cluster = (draft: Draft) => clusterOf(workOut(draft), "prod");

test("INI, YAML and ansible-inventory's JSON of one model read the same", () => {
  fc.assert(
    fc.property(model, (of) => {
      // In [all:vars] a # after a blank begins a comment, and quotes are taken off only as a pair.
      fc.pre(!/ #|'/.test(of.userForAll ?? ""));
      const ini = cluster(readIni(asIni(of), "inventory"));
      expect(cluster(readYaml(asYaml(of), "inventory"))).toEqual(ini);
      expect(cluster(readListJson(asList(of), "inventory", "command"))).toEqual(ini);
      expect(ini.hosts[0]?.name).toBe("node1");
      for (const { name, user, ip } of ini.hosts) {
        const vars = of.nodes.find((each) => each.name === name)?.vars;
        expect({ user, ip }).toEqual({ user: vars?.ansible_user ?? of.userForAll, ip: vars?.ip });
      }
    }),
  );
});

test("an alias that stands in what it names is refused with its place", () => {
  const text =
    "all: &a\n  hosts:\n    node1: {ansible_host: 10.0.0.1}\n  children:\n    etcd: *a\n";
  expect(() => readYaml(text, "hosts.yaml")).toThrow("hosts.yaml:5:11: *a stands in what it names");
});
