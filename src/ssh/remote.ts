// What a command becomes on the wire, and how its answer is told apart from ssh's own words.

import { type Command, quote } from "../core/command.ts";
import { asRoot } from "./sudo.ts";

const cleanEnvironment = [
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin",
  "HOME=/root",
  "LC_ALL=C",
];

// Both streams are framed: what a .bashrc prints falls before the first mark, an answer that was
// cut lacks the last one, and a program's own exit code 255 is not mistaken for ssh's.
//
// What timeout(1) itself says goes to this shell and not into stderr: it tells the limit from a
// program's own 124, and after a lost connection it would die of SIGPIPE as it announces the end of
// the program, and let that run on for ever.
const frame = `cd /; n=$1 limit=$2 end=$3; shift 3
echo "drydock-begin:$n"; echo "drydock-begin:$n" >&2
exec 8>&1 9>&2
said=$(timeout --verbose -k 5 "$limit" sh -c 'exec "$@" >&8 2>&9 8>&- 9>&-' sh "$@" 2>&1); code=$?
case $said in *'sending signal TERM'*) code=limit ;; ?*) echo "$said" >&2 ;; esac
[ "$end" = raw ] || printf '\\ndrydock-end:%s:%s\\n' "$n" "$code"
printf '\\ndrydock-end:%s:%s\\n' "$n" "$code" >&2`;

export interface Framing {
  /** Tells this call's marks from those of any other. */
  readonly call: number;
  readonly sudo: boolean;
  /** Leaves stdout without its last mark, for streams that carry a hash of their own. */
  readonly raw?: boolean;
  /** For a shell that goes on reading: without it the login shell becomes the command. */
  readonly stays?: boolean;
}

/** One line for the login shell of the host: clean environment, as root, a time limit there. */
export function remoteLine(command: Command, framing: Framing): string {
  const env = Object.entries(command.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const limit = String(command.timeoutMs / 1000);
  return [
    ...(framing.stays === true ? [] : ["exec"]),
    ...(framing.sudo ? asRoot : []),
    ...["env", "-i", ...cleanEnvironment, ...env],
    ...["sh", "-c", frame, "drydock", String(framing.call), limit],
    framing.raw === true ? "raw" : "marked",
    ...command.argv,
  ]
    .map(quote)
    .join(" ");
}

export interface Unframed {
  /** False when not even the first mark came: the command may not have begun. */
  readonly begun: boolean;
  /** Everything between the marks. */
  readonly body: string;
  /** The program's exit code, or that its time was up; undefined when the last mark is missing. */
  readonly code: number | "limit" | undefined;
}

export function beginMark(call: number): string {
  return `drydock-begin:${call}\n`;
}

/** Takes one stream out of its frame. */
export function unframe(stream: string, call: number): Unframed {
  const mark = beginMark(call);
  const start = stream.indexOf(mark);
  if (start < 0) return { begun: false, body: stream, code: undefined };
  const rest = stream.slice(start + mark.length);
  const end = rest.lastIndexOf(`\ndrydock-end:${call}:`);
  const last = end < 0 ? null : /^\ndrydock-end:\d+:(\d+|limit)\n/.exec(rest.slice(end));
  if (last === null) return { begun: true, body: rest, code: undefined };
  const code = last[1] === "limit" ? last[1] : Number(last[1]);
  return { begun: true, body: rest.slice(0, end), code };
}
