/** Builds programs from Go modules into the cache; a killed build leaves no half binary behind. */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { must, RigError, run } from "../command.ts";
import { say } from "../progress.ts";

const downloadTimeoutMs = 300_000;
const buildTimeoutMs = 1_500_000;

/**
 * The checksum database does not know every published staging module, and answers 404 for those;
 * they are named here so that only they go without it.
 */
export const goEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  GOFLAGS: "-mod=mod",
  CGO_ENABLED: "0",
  GONOSUMDB: "k8s.io/*,sigs.k8s.io/*",
};

export interface GoPrograms {
  /** Names the cache folders: `bin/<folder>` and `src/<folder>`. */
  readonly folder: string;
  readonly cacheDir: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly ldflags: string;
  /** Writes go.mod and go.sum; called only when something has to be built. */
  readonly prepare: (sourceDir: string) => Promise<void>;
}

/** Builds what the cache does not hold yet and returns the folder of the binaries. */
export async function buildPrograms(programs: GoPrograms): Promise<string> {
  const binDir = join(programs.cacheDir, "bin", programs.folder);
  const missing = Object.keys(programs.packages).filter((name) => !existsSync(join(binDir, name)));
  if (missing.length === 0) return binDir;
  const sourceDir = join(programs.cacheDir, "src", programs.folder);
  await mkdir(binDir, { recursive: true });
  await mkdir(sourceDir, { recursive: true });
  if (!existsSync(join(sourceDir, "go.mod"))) await programs.prepare(sourceDir);
  for (const [i, name] of missing.entries()) {
    say(`building ${name} of ${programs.folder} (${i + 1} of ${missing.length}, some minutes)`);
    await buildOne({ ...programs, binDir, sourceDir, name });
  }
  return binDir;
}

async function buildOne(
  one: GoPrograms & { readonly binDir: string; readonly sourceDir: string; readonly name: string },
): Promise<void> {
  const part = join(one.binDir, `.${one.name}.part`);
  const from = one.packages[one.name] ?? "";
  const argv = ["go", "build", "-trimpath", "-ldflags", `-s -w ${one.ldflags}`, "-o", part, from];
  try {
    await must(argv, { timeoutMs: buildTimeoutMs, cwd: one.sourceDir, environment: goEnvironment });
    await rename(part, join(one.binDir, one.name));
  } finally {
    await rm(part, { force: true });
  }
}

export interface Downloaded {
  readonly dir: string;
  readonly goMod: string;
}

/** Whether the proxy has this version, and where it lies if so; the reason otherwise. */
export async function download(module: string, version: string): Promise<Downloaded | string> {
  const ran = await run(["go", "mod", "download", "-json", `${module}@v${version}`], {
    timeoutMs: downloadTimeoutMs,
    cwd: "/",
    environment: { ...goEnvironment, GOFLAGS: "", GO111MODULE: "on" },
  });
  if (ran.code === 124) return `no answer within ${downloadTimeoutMs} ms`;
  const reply = parseJson(ran.stdout);
  if (reply.Dir !== undefined && reply.GoMod !== undefined) {
    return { dir: reply.Dir, goMod: reply.GoMod };
  }
  const reason = reply.Error ?? ran.stderr;
  return reason.split("\n").slice(-1).join("").trim() || `exit ${ran.code}`;
}

/** Go's answer is one flat object; fields that are no strings are left out. */
function parseJson(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return fields;
    for (const [name, value] of Object.entries(parsed)) {
      if (typeof value === "string") fields[name] = value;
    }
  } catch {
    return fields;
  }
  return fields;
}

/**
 * Not every module is to be had in every patch release: the newest patch, this one or an earlier one, in
 * which all of `modules` are. Patches do not change the interfaces between modules of one minor release.
 */
export async function nearestPatch(modules: readonly string[], version: string): Promise<string> {
  const [major = "0", minor = "0", patch = "0"] = version.split(".");
  const reasons: string[] = [];
  for (let p = Number(patch); p >= 0 && reasons.length < 5; p--) {
    const tried = `${major}.${minor}.${p}`;
    const refused = await firstRefusal(modules, tried);
    if (refused === undefined) {
      if (reasons.length > 0) say(`${modules.join(", ")}: v${tried} instead: ${reasons[0]}`);
      return tried;
    }
    reasons.push(refused);
  }
  throw new RigError(`no version to be had: ${reasons.join("; ")}`);
}

export interface Candidates {
  readonly what: string;
  readonly modules: readonly string[];
  /** In the order in which they are tried: the wanted one, then newest first. */
  readonly versions: readonly string[];
}

export interface Built {
  readonly version: string;
  /** The folder of the binaries. */
  readonly dir: string;
}

/** The first version that can be had and built; says why whenever it is not the wanted one. */
export async function firstBuilt(
  candidates: Candidates,
  build: (version: string) => Promise<string>,
): Promise<Built> {
  const reasons: string[] = [];
  for (const version of candidates.versions) {
    const refused = await firstRefusal(candidates.modules, version);
    if (refused !== undefined) {
      reasons.push(refused);
      continue;
    }
    try {
      const dir = await build(version);
      if (reasons.length > 0) say(`${candidates.what} ${version} instead: ${reasons.join("; ")}`);
      return { version, dir };
    } catch (error) {
      if (!(error instanceof RigError)) throw error;
      reasons.push(`v${version}: ${error.message}`);
    }
  }
  const tried = candidates.versions.join(", ");
  throw new RigError(`${candidates.what} cannot be had in ${tried}:\n  ${reasons.join("\n  ")}`);
}

async function firstRefusal(
  modules: readonly string[],
  version: string,
): Promise<string | undefined> {
  for (const module of modules) {
    const got = await download(module, version);
    if (typeof got === "string") return `${module}@v${version}: ${got}`;
  }
  return undefined;
}
