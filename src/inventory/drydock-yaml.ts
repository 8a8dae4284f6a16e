// drydock.yaml: clusters by name, each with an inventory or with hosts of its own. docs/config.md
// has them all.

import { isMap } from "yaml";
import { z } from "zod";
import { ConfigError, type Place, suggest } from "./config-error.ts";
import { parseSheet, placeOf, type Sheet } from "./yaml.ts";

const name = z.string().min(1);
const port = z.int().min(1).max(65_535);

const hostSchema = z.strictObject({
  address: name.optional(),
  port: port.optional(),
  user: name.optional(),
  sudo: z.boolean().optional(),
  identityFile: name.optional(),
  ip: name.optional(),
});

const clusterSchema = z.strictObject({
  /** A file of kubespray's, relative to drydock.yaml. */
  inventory: name.optional(),
  /** A command line that prints what `ansible-inventory --list` prints; run beside drydock.yaml. */
  inventoryCommand: name.optional(),
  /** In place of the operator's own ssh_config, relative to drydock.yaml. */
  sshConfig: name.optional(),
  /** REST endpoints of the chain in place of public ones; an empty list: it is not asked. */
  chain: z.array(name).max(10).optional(),
  /** For all hosts, where the inventory says nothing else. */
  user: name.optional(),
  port: port.optional(),
  sudo: z.boolean().optional(),
  identityFile: name.optional(),
  /** In place of the inventory's groups; the first control plane node is the primary. */
  controlPlane: z.array(name).min(1).optional(),
  etcd: z.array(name).optional(),
  workers: z.array(name).optional(),
  /** What differs from the inventory, by host; without an inventory, all hosts. */
  hosts: z.record(name, hostSchema.nullable()).optional(),
});

const fileSchema = z.strictObject({ clusters: z.record(name, clusterSchema) });

export const clusterSettings: readonly string[] = Object.keys(clusterSchema.shape);
export const hostSettings: readonly string[] = Object.keys(hostSchema.shape);

export type ClusterEntry = z.infer<typeof clusterSchema>;
export type HostEntry = z.infer<typeof hostSchema>;

export interface DrydockYaml {
  readonly file: string;
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  /** Where something stands: place("prod", "hosts", "node1"). */
  place(...path: readonly (string | number)[]): Place;
}

/** A cluster's name is also the name of a folder. */
const clusterName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function readDrydockYaml(text: string, file: string): DrydockYaml {
  const sheet = parseSheet(text, file);
  const value: unknown = sheet.document.toJS();
  if (value === null || value === undefined) {
    const remedy = "Write one: remove it, then drydock init --inventory FILE";
    throw new ConfigError({ file }, "it is empty", remedy);
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) throw refusal(sheet, parsed.error);
  const clusters = new Map(Object.entries(parsed.data.clusters));
  const place = (...path: readonly (string | number)[]): Place =>
    placeAt(sheet, ["clusters", ...path]);
  for (const [cluster, entry] of clusters) {
    refuseEntry(cluster, entry, place);
  }
  return { file, clusters, place };
}

function refuseEntry(cluster: string, entry: ClusterEntry, place: DrydockYaml["place"]): void {
  if (!clusterName.test(cluster)) {
    const because = `"${cluster}" cannot be the name of a cluster`;
    throw new ConfigError(place(cluster), because, "Use letters, digits, dots, dashes and _ only.");
  }
  const { inventory, inventoryCommand, hosts, controlPlane } = entry;
  if (inventory !== undefined && inventoryCommand !== undefined) {
    const because = `the cluster ${cluster} has both inventory and inventoryCommand`;
    throw new ConfigError(place(cluster), because, "Remove one of them.");
  }
  if (inventory !== undefined || inventoryCommand !== undefined) return;
  if (hosts === undefined || controlPlane === undefined) {
    const because = `the cluster ${cluster} has neither an inventory nor hosts and controlPlane`;
    throw new ConfigError(place(cluster), because, "Add a line such as: inventory: inventory.ini");
  }
}

/** The first mistake, at its line, in words; the file's own words where there is a slip. */
function refusal(sheet: Sheet, error: z.ZodError): ConfigError {
  // A slip in a name explains what is missing because of it.
  const slip = error.issues.find(({ code }) => code === "unrecognized_keys");
  const issue = slip ?? error.issues[0];
  const path = (issue?.path ?? []).filter((part) => typeof part !== "symbol");
  const where = path.length === 0 ? "" : `${path.join(".")}: `;
  if (issue?.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const place = placeAt(sheet, [...path, key]);
    const because = `${where}there is no setting "${key}"`;
    return new ConfigError(place, because, suggest(key, settingsAt(path)));
  }
  const place = placeAt(sheet, path);
  const because = `${where}${issue?.message ?? "it cannot be read"}`;
  const remedy =
    path.length === 0
      ? "Begin with clusters:, or let drydock init write it."
      : "Correct the value.";
  return new ConfigError(place, because, remedy);
}

function settingsAt(path: readonly (string | number)[]): readonly string[] {
  if (path.length === 0) return Object.keys(fileSchema.shape);
  return path.length <= 2 ? clusterSettings : hostSettings;
}

/** The key of the deepest part of the path that is there. */
function placeAt(sheet: Sheet, path: readonly (string | number)[]): Place {
  let node: unknown = sheet.document.contents;
  let place: Place = { file: sheet.file };
  for (const part of path) {
    if (!isMap(node)) {
      const item = sheet.document.getIn(path, true);
      return item === undefined ? place : placeOf(sheet, item);
    }
    const pair = node.items.find(({ key }) => String(key) === String(part));
    if (pair === undefined) return place;
    place = placeOf(sheet, pair.key);
    node = pair.value;
  }
  return place;
}
