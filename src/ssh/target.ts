// Where a host is and how ssh is called for it: the only place that knows ssh's options.

import { quote } from "../core/command.ts";

/** One machine, as an inventory names it. What is left out comes from the operator's ssh_config. */
export interface SshTarget {
  readonly name: string;
  readonly address: string;
  readonly port?: number;
  readonly user?: string;
  readonly identityFile?: string;
  /** Default: whenever the user we arrive as is not root. `false` never calls sudo. */
  readonly becomeSudo?: boolean;
  /** More arguments for ssh, as in ansible_ssh_common_args. Ours win. */
  readonly sshArguments?: readonly string[];
}

export interface SshOptions {
  /** In place of the operator's own ssh_config (`ssh -F`). */
  readonly configFile?: string;
  /** Short path of a private folder for control sockets; see makeControlFolder. */
  readonly controlFolder: string;
  /** For each connection, from the first packet to the login. Default 10. */
  readonly connectTimeoutSeconds?: number;
  /** As `-o` takes them: "ProxyJump=bastion". They win over everything else. */
  readonly extraOptions?: readonly string[];
  /**
   * Keys are looked up, and kept, where ssh does so by default: it is set to keep none
   * (known-hosts.ts).
   */
  readonly usualKnownHosts?: boolean;
  /** Where fetched files go: the window's folder, once there is one. */
  readonly storeFolder?: () => string | undefined;
  /** The program to run. Default "ssh". */
  readonly program?: string;
  /**
   * Lets time pass before a login is tried again that a busy server cut off. Without it none is.
   */
  readonly wait?: (ms: number) => Promise<void>;
}

/** How a call reaches the host: as the shared connection, through it, or on one of its own. */
export type Via =
  | { readonly kind: "master"; readonly controlPath: string }
  | { readonly kind: "shared"; readonly controlPath: string }
  | { readonly kind: "own" };

// What an operator's ssh_config may say for people's own sessions, and would break ours.
const fixed = [
  "BatchMode=yes",
  "StrictHostKeyChecking=yes",
  "UpdateHostKeys=no",
  "LogLevel=ERROR",
  "RequestTTY=no",
  "RemoteCommand=none",
  "PermitLocalCommand=no",
  "ClearAllForwardings=yes",
  "ForwardAgent=no",
  "ForwardX11=no",
  "VisualHostKey=no",
  // A host that vanishes is noticed after 20 s.
  "ServerAliveInterval=5",
  "ServerAliveCountMax=4",
];

// Its own default, for which ssh has no word. ssh puts the home folder in, not a shell.
const usualFiles = "UserKnownHostsFile=~/.ssh/known_hosts ~/.ssh/known_hosts2";

export function sshArguments(
  target: SshTarget,
  options: SshOptions,
  call: { readonly via: Via; readonly line: string },
): readonly string[] {
  const { configFile, extraOptions = [], connectTimeoutSeconds = 10 } = options;
  const settings = [
    ...viaOptions(call.via),
    ...extraOptions,
    ...fixed,
    `ConnectTimeout=${connectTimeoutSeconds}`,
  ];
  return [
    ...configOf(configFile),
    ...settings.flatMap((setting) => ["-o", setting]),
    ...knownHostsOf(options),
    ...wayOf(target),
    "--",
    target.address,
    call.line,
  ];
}

/** Has ssh print what is set for this host, but for our own settings. It contacts nobody. */
export function settingsArguments(target: SshTarget, options: SshOptions): readonly string[] {
  const { configFile, extraOptions = [] } = options;
  const extra = extraOptions.flatMap((setting) => ["-o", setting]);
  return ["-G", ...configOf(configFile), ...extra, ...wayOf(target), "--", target.address];
}

/** What of the options a person's own login takes as well. */
export type Given = Pick<SshOptions, "configFile" | "usualKnownHosts">;

/**
 * How a person gets to the same place by the same way, for a shell: `ssh -p 2222 -l ops 10.0.0.1`.
 */
export function byHand(target: SshTarget, given: Given): string {
  return shellLine([], target, given);
}

/**
 * The same where a key is to be looked at: an ssh_config may say that no key is added (yes), or
 * that each is, unasked (no, accept-new).
 */
export function askedByHand(target: SshTarget, given: Given): string {
  return shellLine([], target, given, { isAsked: true });
}

/**
 * Whether we would get there: a person's own login may ask for a passphrase, and succeed where ours
 * does not.
 */
export function checkByHand(target: SshTarget, given: Given): string {
  return `${shellLine(["-o", "BatchMode=yes"], target, given)} true`;
}

/** `first` wins over what the inventory says. */
function shellLine(
  first: readonly string[],
  target: SshTarget,
  given: Given,
  { isAsked = false } = {},
): string {
  const way = wayOf(target);
  // Whoever says not to would let in whatever key a person was to compare: an inventory, or most
  // likely an ssh_config that keeps none.
  const isKeyLetIn = way.some((word) => /StrictHostKeyChecking/i.test(word));
  const asks =
    isAsked || isKeyLetIn || given.usualKnownHosts === true
      ? ["-o", "StrictHostKeyChecking=ask"]
      : [];
  const own = [...configOf(given.configFile), ...first, ...asks, ...knownHostsOf(given)];
  return ["ssh", ...own, ...way, target.address].map(quote).join(" ");
}

function knownHostsOf({ usualKnownHosts }: Given): readonly string[] {
  return usualKnownHosts === true ? ["-o", usualFiles] : [];
}

function configOf(configFile: string | undefined): readonly string[] {
  return configFile === undefined ? [] : ["-F", configFile];
}

function wayOf(target: SshTarget): readonly string[] {
  return [
    ...(target.port === undefined ? [] : ["-p", String(target.port)]),
    ...(target.user === undefined ? [] : ["-l", target.user]),
    ...(target.identityFile === undefined ? [] : ["-i", target.identityFile]),
    ...besideOurs(target.sshArguments ?? []),
  ];
}

/** What is on stderr once ssh has turned away from a shared connection. */
export const turnedAway = "drydock-turned-away";
// In a shell of its own: ssh runs it in the operator's, which may be none of POSIX.
const turningAway = `sh -c 'echo ${turnedAway} >&2'`;

function viaOptions(via: Via): readonly string[] {
  switch (via.kind) {
    case "master":
      return ["ControlMaster=yes", "ControlPersist=no", `ControlPath=${via.controlPath}`];
    case "shared":
      // Without a working master ssh would connect anew and send the command again, even when the
      // master died after it had passed the command on. A proxy that ends makes that impossible,
      // and tells of it: ssh itself ends without a word when it is gone before ssh's own first
      // word.
      return ["ControlMaster=no", `ControlPath=${via.controlPath}`, `ProxyCommand=${turningAway}`];
    case "own":
      return ["ControlMaster=no", "ControlPath=none"];
  }
}

// As `man ssh` says (8.0 to 10): letters whose value follows, in the same word or as the next one.
const withValue = "BbcDEeFIiJLlmOopPQRSWw";

// Letters win over `-o`, which says in `fixed` and `viaOptions` what ours do: of agent, X11, master
// and terminal; of ssh's own words (q, y), without which nobody can tell whether a command was
// sent; and of what keeps a session from our command or its input.
const decidedByUs = /[AMTXYtqyGNVfns]/g;
// Likewise, with a value: where ssh's words go, somebody else's sockets, and what takes a session's
// place.
const decidedByUsWithValue = "EOQSW";

/**
 * `-J bastion` as `-o ProxyJump=bastion`, which means the same: ssh refuses -J beside the
 * ProxyCommand that a shared session needs. Letters for what our own options decide are left out,
 * and `noKeys` beside what lets any key in. Everything else stays as it is, in its order.
 */
function besideOurs(given: readonly string[]): readonly string[] {
  const isAnyKeyLetIn = letsAnyKeyIn(given);
  const result: string[] = [];
  for (let i = 0; i < given.length; i++) {
    const word = given[i] ?? "";
    const { flags, letter, value } = splitOption(word);
    const next = value === "" ? given[i + 1] : undefined;
    const kept = flags.replace(decidedByUs, "");
    const isNoKeys = letter === "o" && noKeys.test(value === "" ? (next ?? "") : value);
    const isDecided = letter !== undefined && decidedByUsWithValue.includes(letter);
    const isLeftOut = isDecided || (isNoKeys && isAnyKeyLetIn);
    const isJump = letter === "J" && (value !== "" || next !== undefined);
    if (isLeftOut || isJump) {
      if (kept !== "") result.push(`-${kept}`);
      if (isJump) result.push("-o", `ProxyJump=${value === "" ? next : value}`);
    } else {
      if (kept === flags) result.push(word);
      else if (kept !== "" || letter !== undefined) result.push(`-${kept}${letter ?? ""}${value}`);
      if (letter !== undefined && next !== undefined) result.push(next);
    }
    if (letter !== undefined && next !== undefined) i++;
  }
  return result;
}

// Where any key is let in, none needs to be kept. We check all the same: without its files ssh
// would not find the keys that it has, and no login by hand would add one. Where keys are checked,
// to have none in one file is to trust those of the other alone, which stays so.
const noKeys = /^\s*(?:User|Global)KnownHostsFile[\s=]+(?:["']?(?:\/dev\/null|none)["']?\s*)+$/i;
const checking = /^(?:-\w*o)?\s*StrictHostKeyChecking[\s=]+["']?([\w-]+)/i;

/** As ssh does, by the first that says anything of it. */
function letsAnyKeyIn(given: readonly string[]): boolean {
  const [first = ""] = given.flatMap((word) => checking.exec(word)?.[1] ?? []);
  return /^(?:no|off|false|accept-new)$/i.test(first);
}

interface ShortOption {
  /** Letters without a value that stand before it: the `C` of `-CJ`. */
  readonly flags: string;
  /** The letter that takes a value, if one does. */
  readonly letter: string | undefined;
  /** Empty when the value is the next word. */
  readonly value: string;
}

function splitOption(word: string): ShortOption {
  const letters = /^-[^-]/.test(word) ? word.slice(1) : "";
  const at = [...letters].findIndex((letter) => withValue.includes(letter));
  if (at < 0) return { flags: letters, letter: undefined, value: "" };
  return { flags: letters.slice(0, at), letter: letters[at], value: letters.slice(at + 1) };
}

/** `node1 (10.0.0.1:2222)`; without a port when ssh_config decides it. */
export function showTarget(target: SshTarget): string {
  const user = target.user === undefined ? "" : `${target.user}@`;
  const port = target.port === undefined ? "" : `:${target.port}`;
  return `${target.name} (${user}${target.address}${port})`;
}
