/** Builds Kubernetes from its published module: staging modules replaced by their v0.x releases. */
import { chmod, copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { RigError } from "../command.ts";
import { buildPrograms } from "./go.ts";
import { download, nearestPatch } from "./go-modules.ts";

const programs = [
  "kubeadm",
  "kubelet",
  "kubectl",
  "kube-scheduler",
  "kube-controller-manager",
  "kube-apiserver",
] as const;

export function buildKubernetes(cacheDir: string, version: string): Promise<string> {
  return buildPrograms({
    folder: `kubernetes-v${version}`,
    cacheDir,
    packages: Object.fromEntries(programs.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
    ldflags: versionFlags(version),
    prepare: (sourceDir) => prepareModule(sourceDir, version),
  });
}

/** Without these kubeadm takes the programs for v0.0.0 and refuses them. */
export function versionFlags(version: string): string {
  const [major = "1", minor = "0"] = version.split(".");
  const fields = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: "0".repeat(40),
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
  };
  const flags = Object.entries(fields).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  return [...flags, `-X k8s.io/client-go/pkg/version.gitVersion=v${version}`].join(" ");
}

async function prepareModule(sourceDir: string, version: string): Promise<string> {
  const main = await download("k8s.io/kubernetes", version);
  if (typeof main === "string") throw new RigError(`k8s.io/kubernetes@v${version}: ${main}`);
  const text = await readFile(main.goMod, "utf8");
  const replaced: [string, string][] = [];
  const [, minor = "0", patch = "0"] = version.split(".");
  for (const name of stagingModules(text)) {
    replaced.push([name, await nearestPatch([name], `0.${minor}.${patch}`)]);
  }
  await copyFile(join(main.dir, "go.sum"), join(sourceDir, "go.sum"));
  await chmod(join(sourceDir, "go.sum"), 0o644);
  return moduleText(version, requirements(text), replaced);
}

/** The modules that live in Kubernetes' own tree: required there as v0.0.0. */
export function stagingModules(goMod: string): string[] {
  const found = goMod.matchAll(/^\s*(k8s\.io\/\S+) v0\.0\.0(?:-0+)?\s*(?:\/\/.*)?$/gm);
  return [...new Set([...found].map((match) => match[1] ?? ""))].sort();
}

/**
 * What Kubernetes itself requires, to the version. Without this list Go would walk the whole graph
 * of modules, which takes minutes, and could choose others.
 */
export function requirements(goMod: string): string[] {
  const blocks = goMod.matchAll(/^require \(\n([^)]*)\)/gm);
  const lines = [...blocks].flatMap((block) => (block[1] ?? "").split("\n"));
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/ v0\.0\.0(?:\s|$)/.test(line));
}

export function moduleText(
  version: string,
  required: readonly string[],
  replaced: readonly (readonly [string, string])[],
): string {
  return [
    "module rig.drydock/kubernetes",
    "",
    "go 1.24.0",
    "",
    "require (",
    `\tk8s.io/kubernetes v${version}`,
    ...required.map((line) => `\t${line}`),
    ")",
    "",
    "replace (",
    ...replaced.map(([name, chosen]) => `\t${name} => ${name} v${chosen}`),
    ")",
    "",
  ].join("\n");
}
