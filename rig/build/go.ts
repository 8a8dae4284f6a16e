/** Builds programs from Go modules into the cache; a killed build leaves no half binary behind. */
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must } from "../command.ts";
import { say } from "../progress.ts";

const buildTimeoutMs = 1_500_000;

/**
 * The checksum database does not know every published staging module, nor kube-vip, and answers 404
 * for those; they are named here so that only they go without it.
 */
export const goEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  GOFLAGS: "-mod=mod",
  CGO_ENABLED: "0",
  GONOSUMDB: "k8s.io/*,sigs.k8s.io/*,github.com/kube-vip/*",
};

export interface GoPrograms {
  /** Names the cache folders: `bin/<folder>` and `src/<folder>`. */
  readonly folder: string;
  readonly cacheDir: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly ldflags: string;
  /** Writes go.sum and returns go.mod; called only when something has to be built. */
  readonly prepare: (sourceDir: string) => Promise<string>;
}

/** Builds what the cache does not hold yet and returns the folder of the binaries. */
export async function buildPrograms(programs: GoPrograms): Promise<string> {
  const binDir = join(programs.cacheDir, "bin", programs.folder);
  const missing = Object.keys(programs.packages).filter((name) => !existsSync(join(binDir, name)));
  if (missing.length === 0) return binDir;
  const sourceDir = join(programs.cacheDir, "src", programs.folder);
  await mkdir(binDir, { recursive: true });
  await mkdir(sourceDir, { recursive: true });
  const goMod = join(sourceDir, "go.mod");
  if (!existsSync(goMod)) {
    // Its presence means that all is prepared, so that it may not be there in part.
    await writeFile(`${goMod}.part`, await programs.prepare(sourceDir));
    await rename(`${goMod}.part`, goMod);
  }
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
