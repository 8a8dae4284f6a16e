/**
 * A process of its own that asks every address ten times a second whether it is ready, each time
 * over a new connection, as a client does that knows nothing: what fails is what a client would
 * have seen. Arguments: `name=https://…` each. It answers one message of its parent with all polls,
 * and ends.
 */
import { request } from "node:https";
import { constants, setPriority } from "node:os";

export interface Poll {
  /** When it was sent, milliseconds since 1970. */
  readonly at: number;
  readonly target: string;
  /** Undefined when it was answered with status 200 in time. */
  readonly because: string | undefined;
}

const everyMs = 100;
const patienceMs = 1000;

if (process.send !== undefined) {
  // On a busy machine a late poller would count its own lateness.
  setPriority(constants.priority.PRIORITY_HIGHEST);
  start(process.argv.slice(2).map(target));
}

interface Target {
  readonly name: string;
  readonly url: string;
}

function target(word: string): Target {
  const at = word.indexOf("=");
  return { name: word.slice(0, at), url: word.slice(at + 1) };
}

function start(targets: readonly Target[]): void {
  const polls: Poll[] = [];
  const open = new Set<Promise<void>>();
  const timer = setInterval(() => {
    for (const one of targets) {
      const asked: Promise<void> = ask(one)
        .then((poll) => {
          polls.push(poll);
        })
        .finally(() => open.delete(asked));
      open.add(asked);
    }
  }, everyMs);
  process.on("disconnect", () => process.exit(1));
  process.once("message", () => {
    clearInterval(timer);
    void Promise.all(open).then(() => process.send?.(polls, () => process.exit(0)));
  });
  process.send?.("polling");
}

function ask({ name, url }: Target): Promise<Poll> {
  const at = Date.now();
  return new Promise((resolve) => {
    const done = (because: string | undefined) => resolve({ at, target: name, because });
    const signal = AbortSignal.timeout(patienceMs);
    // `agent: false` is a new connection, and no TLS session that an earlier one left.
    const asked = request(url, { agent: false, rejectUnauthorized: false, signal }, (answer) => {
      answer.resume();
      answer.once("error", () => done("cut off"));
      answer.once("end", () =>
        done(answer.statusCode === 200 ? undefined : `status ${answer.statusCode}`),
      );
    });
    asked.once("error", (error: NodeJS.ErrnoException) =>
      done(error.name === "AbortError" ? "no answer in 1 s" : (error.code ?? error.message)),
    );
    asked.end();
  });
}
