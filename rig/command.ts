/** Runs one local command, bounded in time and output, without a shell. */
import { spawn } from "node:child_process";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly timeoutMs: number;
  readonly input?: string;
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

const outputBytesMax = 64 * 1024 * 1024;

/** Code 124 means that the time limit ended it, 127 that it could not be started. */
export function run(argv: readonly string[], options: RunOptions): Promise<Ran> {
  const [program = "", ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.environment ?? process.env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let sizeBytes = 0;
    let late = false;
    const keep = (kept: Buffer[]) => (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= outputBytesMax) kept.push(chunk);
      else child.kill("SIGKILL");
    };
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, options.timeoutMs);
    const finish = (code: number, extra = "") => {
      clearTimeout(timer);
      const stderr = Buffer.concat(err).toString() + extra;
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr });
    };
    child.stdout.on("data", keep(out));
    child.stderr.on("data", keep(err));
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => finish(127, error.message));
    child.on("close", (code) =>
      late ? finish(124, `\nended after ${options.timeoutMs} ms`) : finish(code ?? 137),
    );
    child.stdin.end(options.input ?? "");
  });
}

/** As `run`, but anything else than exit 0 is an error that carries what the program said. */
export async function must(argv: readonly string[], options: RunOptions): Promise<string> {
  const ran = await run(argv, options);
  if (ran.code === 0) return ran.stdout;
  const said = (ran.stderr.trim() || ran.stdout.trim()).slice(-2000);
  throw new RigError(`${argv.join(" ").slice(0, 300)}: exit ${ran.code}\n${said}`);
}

/** Something that is the rig's or the machine's fault; printed without a stack. */
export class RigError extends Error {}

/** Asks `ready` again and again until it answers with something, or the deadline has passed. */
export async function poll<T>(
  what: string,
  limits: { readonly timeoutMs: number; readonly everyMs: number },
  ready: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + limits.timeoutMs;
  for (;;) {
    const answer = await ready();
    if (answer !== undefined) return answer;
    if (Date.now() >= deadline) throw new RigError(`${what}: not within ${limits.timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, limits.everyMs));
  }
}
