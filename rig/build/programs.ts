/**
 * All programs of the rig: Kubernetes, etcd, crictl, kube-vip and the stand-in; built once by
 * version.
 */
import { existsSync } from "node:fs";
import { chmod, copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must, RigError } from "../command.ts";
import type { Settings } from "../settings.ts";
import { buildPrograms, goEnvironment } from "./go.ts";
import { download, firstThere, nearestPatch } from "./go-modules.ts";
import { buildKubernetes } from "./kubernetes.ts";

export interface Programs {
  readonly kubernetes: string;
  readonly etcd: string;
  readonly criTools: string;
  /** Built only where it is to hold the endpoint. */
  readonly kubeVip: string | undefined;
  readonly standinSource: string;
  /** The versions that were built; they differ from the wanted ones after a fallback. */
  readonly versions: {
    readonly kubernetes: string;
    readonly etcd: string;
    readonly criTools: string;
    readonly kubeVip: string;
  };
}

const kubeVipModule = "github.com/kube-vip/kube-vip";

const etcdModule = "go.etcd.io/etcd/server/v3";

/** Not published in every patch in which the server is, 3.5.22 for one. */
const etcdTools = { etcdctl: "go.etcd.io/etcd/etcdctl/v3", etcdutl: "go.etcd.io/etcd/etcdutl/v3" };

const criToolsModule = "sigs.k8s.io/cri-tools";

/** Newest first; used only if the wanted version cannot be had. */
const fallbacks = {
  kubernetes: ["1.33.4", "1.32.9"],
  etcd: ["3.5.35", "3.5.34", "3.5.33"],
  criTools: ["1.34.0"],
  kubeVip: ["0.9.2", "0.9.1"],
};

export async function buildAll(settings: Settings, standinSource: string): Promise<Programs> {
  const { cacheDir } = settings;
  const etcd = await chosen(settings, "etcd", [etcdModule], (version) =>
    buildEtcd(cacheDir, version),
  );
  const criTools = await chosen(settings, "criTools", [criToolsModule], (version) =>
    buildOwnSums(cacheDir, {
      ...{ name: "cri-tools", module: criToolsModule, version },
      packages: { crictl: `${criToolsModule}/cmd/crictl` },
      ldflags: `-X ${criToolsModule}/pkg/version.Version=v${version}`,
    }),
  );
  const kubernetes = await chosen(settings, "kubernetes", ["k8s.io/kubernetes"], (version) =>
    buildKubernetes(cacheDir, version),
  );
  const kubeVip =
    settings.endpoint === "kube-vip"
      ? await chosen(settings, "kubeVip", [kubeVipModule], (version) =>
          buildOwnSums(cacheDir, {
            ...{ name: "kube-vip", module: kubeVipModule, version, ldflags: "" },
            packages: { "kube-vip": kubeVipModule },
          }),
        )
      : undefined;
  return {
    etcd: etcd.dir,
    criTools: criTools.dir,
    kubernetes: kubernetes.dir,
    kubeVip: kubeVip?.dir,
    standinSource,
    versions: {
      kubernetes: kubernetes.version,
      etcd: etcd.version,
      criTools: criTools.version,
      kubeVip: kubeVip?.version ?? settings.kubeVip,
    },
  };
}

interface Built {
  readonly version: string;
  /** The folder of the binaries. */
  readonly dir: string;
}

/** What was chosen for a wanted version is kept in the cache: a warm `up` asks nobody. */
async function chosen(
  settings: Settings,
  what: keyof typeof fallbacks,
  modules: readonly string[],
  build: (version: string) => Promise<string>,
): Promise<Built> {
  const wanted = settings[what];
  const note = join(settings.cacheDir, `choice-${what}-${wanted}`);
  if (existsSync(note)) {
    const version = (await readFile(note, "utf8")).trim();
    return { version, dir: await build(version) };
  }
  const versions = [wanted, ...fallbacks[what].filter((version) => version !== wanted)];
  const version = await firstThere({ what, modules, versions });
  const dir = await build(version);
  await writeFile(note, `${version}\n`);
  return { version, dir };
}

function buildEtcd(cacheDir: string, version: string): Promise<string> {
  const tools = Object.values(etcdTools);
  return buildPrograms({
    folder: `etcd-v${version}`,
    cacheDir,
    packages: { etcd: etcdModule, ...etcdTools },
    ldflags: "",
    prepare: async () => {
      const nearest = await nearestPatch(tools, version);
      const versions = Object.fromEntries(tools.map((tool) => [tool, nearest]));
      return requiring("etcd", { [etcdModule]: version, ...versions });
    },
  });
}

interface OwnSums {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly ldflags: string;
}

/** A module whose own go.sum knows all that it needs. */
function buildOwnSums(cacheDir: string, one: OwnSums): Promise<string> {
  const { name, module, version, packages, ldflags } = one;
  return buildPrograms({
    ...{ folder: `${name}-v${version}`, cacheDir, packages, ldflags },
    prepare: async (dir) => {
      const got = await download(module, version);
      if (typeof got === "string") throw new RigError(`${module}@v${version}: ${got}`);
      await copyFile(join(got.dir, "go.sum"), join(dir, "go.sum"));
      await chmod(join(dir, "go.sum"), 0o644);
      return requiring(name, { [module]: version });
    },
  });
}

/** `versions`: by module. */
export function requiring(name: string, versions: Readonly<Record<string, string>>): string {
  const requires = Object.entries(versions).map(([module, version]) => `\t${module} v${version}`);
  return [
    `module rig.drydock/${name}`,
    "",
    "go 1.24.0",
    "",
    "require (",
    ...requires,
    ")",
    "",
  ].join("\n");
}

/** The stand-in is small: built into `target` whenever its image is not in the cache. */
export async function buildStandin(sourceDir: string, target: string): Promise<void> {
  await must(["go", "build", "-trimpath", "-ldflags", "-s -w", "-o", target, "."], {
    timeoutMs: 300_000,
    cwd: sourceDir,
    environment: { ...goEnvironment, GOFLAGS: "-buildvcs=false" },
  });
}
