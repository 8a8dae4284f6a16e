// A command is data: it is shown in the plan, written to the journal and quoted only in ssh/.

/** One program to run on one host, as root, with an otherwise empty environment. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /**
   * How the command reads in plans and reports, when argv is a script nobody wants to see whole.
   */
  readonly shown?: string;
  /** Whole milliseconds. */
  readonly timeoutMs: number;
  /** Longer output is cut and the outcome becomes unknown. Default 16 MiB. */
  readonly outputBytesMax?: number;
}

/** A command that changes nothing: the only kind with which a step may look. */
export interface ReadCommand extends Command {
  readonly reads: true;
}

/** Copies one file of the host to the operator's machine, beside the journal. Never overwrites. */
export interface Fetch {
  /** Absolute path on the host. */
  readonly path: string;
  /** File name in the window's folder on the operator's machine. */
  readonly as: string;
  /** For the whole copy, in whole milliseconds. */
  readonly timeoutMs: number;
  /**
   * So small that it may share a connection with looks, which must not wait behind it. A login is
   * saved.
   */
  readonly small?: true;
}

/** One thing a change does. */
export type Act =
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "fetch"; readonly fetch: Fetch };

export function act(command: Command): Act {
  return { kind: "command", command };
}

/** How an act reads on a screen or in the journal: as something a person could type. */
export function showAct(action: Act): string {
  return action.kind === "command"
    ? showCommand(action.command)
    : `copy ${action.fetch.path} to ${action.fetch.as} here, comparing SHA-256`;
}

export function showCommand(command: Command): string {
  if (command.shown !== undefined) return command.shown;
  const env = Object.entries(command.env ?? {}).map(([name, value]) => `${name}=${value}`);
  return [...env, ...command.argv].map(quote).join(" ");
}

/** POSIX shell quoting: the result is one word to `sh`, whatever it holds. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
