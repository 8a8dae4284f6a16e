/** Asks the module proxy which versions it has; only its own word that one is not there counts. */
import { RigError, run } from "../command.ts";
import { say } from "../progress.ts";
import { goEnvironment } from "./go.ts";

const downloadTimeoutMs = 300_000;
const triesMax = 4;

export interface Downloaded {
  readonly dir: string;
  readonly goMod: string;
}

/** `said` is all that Go printed. */
export type Answer = Downloaded | { readonly said: string };

/** Where this version lies, or why the proxy does not have it; throws when nobody could tell. */
export function download(module: string, version: string): Promise<Downloaded | string> {
  const name = `${module}@v${version}`;
  return askedAgain(name, () => ask(name), 5_000);
}

/** A network or a proxy in trouble says nothing of a version: it is asked again, then given up. */
export async function askedAgain(
  name: string,
  ask: () => Promise<Answer>,
  pauseMs: number,
): Promise<Downloaded | string> {
  for (let tries = 1; ; tries++) {
    const answer = await ask();
    if (!("said" in answer)) return answer;
    const reason = lastLine(answer.said);
    if (isNotThere(answer.said)) return reason;
    if (tries === triesMax) throw new RigError(`${name} could not be downloaded: ${reason}`);
    say(`${name}: ${reason}; asking again (${tries} of ${triesMax - 1})`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/**
 * The proxy's answer to a version that it does not have, or that of a repository asked directly.
 */
function isNotThere(said: string): boolean {
  return /: (?:403|404|410) |unknown revision|not found: /.test(said);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

async function ask(name: string): Promise<Answer> {
  const ran = await run(["go", "mod", "download", "-json", name], {
    timeoutMs: downloadTimeoutMs,
    cwd: "/",
    environment: { ...goEnvironment, GOFLAGS: "", GO111MODULE: "on", GOPROXY: await proxies() },
  });
  const reply = parseJson(ran.stdout);
  if (reply.Dir !== undefined && reply.GoMod !== undefined) {
    return { dir: reply.Dir, goMod: reply.GoMod };
  }
  return { said: reply.Error ?? (ran.stderr.trim() || `exit ${ran.code}`) };
}

/**
 * Without "direct": what git says after the proxy's no, or that it is missing, would hide the no.
 */
async function proxies(): Promise<string> {
  const ran = await run(["go", "env", "GOPROXY"], { timeoutMs: 30_000, cwd: "/" });
  return ran.stdout.trim().replace(/[,|]direct$/, "");
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
 * Not every module is to be had in every patch release: the newest patch, this one or an earlier
 * one, in which all of `modules` are. Patches do not change the interfaces between modules of one
 * minor release.
 */
export async function nearestPatch(modules: readonly string[], version: string): Promise<string> {
  const [major = "0", minor = "0", patch = "0"] = version.split(".");
  const patches = Array.from(
    { length: Math.min(Number(patch) + 1, 5) },
    (_, i) => Number(patch) - i,
  );
  const versions = patches.map((one) => `${major}.${minor}.${one}`);
  return firstThere({ what: modules.join(", "), modules, versions });
}

export interface Candidates {
  readonly what: string;
  readonly modules: readonly string[];
  /** In the order in which they are tried: the wanted one, then newest first. */
  readonly versions: readonly string[];
}

/** The first version that the proxy has; says why whenever it is not the wanted one. */
export async function firstThere(candidates: Candidates): Promise<string> {
  const { what, modules, versions } = candidates;
  const reasons: string[] = [];
  for (const version of versions) {
    const refused = await firstRefusal(modules, version);
    if (refused === undefined) {
      if (reasons.length > 0) say(`${what}: v${version} instead: ${reasons.join("; ")}`);
      return version;
    }
    reasons.push(refused);
  }
  throw new RigError(`${what}: no version to be had:\n  ${reasons.join("\n  ")}`);
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
