// What is said when a window ended, and the exit code: the last line always tells what to run next.

import { quote } from "../core/command.ts";
import { printable } from "../core/printable.ts";
import type { WindowState } from "../core/window.ts";
import { type Gated, settleSecondsUsual, watchUsual } from "../gates.ts";
import type { Blocker } from "../readiness/blocker.ts";
import { exitCodes } from "./exit.ts";
import type { Ended } from "./open-window.ts";
import type { Outside } from "./outside.ts";
import { providerKept, sayProviderKept } from "./provider-kept.ts";
import { accountExit } from "./views/account.ts";

/** `again`: the command with which to go on. Says nothing after a completed window. */
export function finish(
  outside: Outside,
  { end, state }: Pick<Ended, "end" | "state">,
  said: { readonly again: string; readonly source: string; readonly providerStays: boolean },
): number {
  const { err } = outside.terminal;
  const provider = said.providerStays ? ofProvider(state, said.source) : [];
  switch (end.kind) {
    case "completed":
      return exitCodes[accountExit(state)];
    case "holding":
      return exitCodes.ok;
    case "stopped":
      err(
        lines(
          `${end.key}: ${printable(end.because)}`,
          // A remedy may end with a command.
          spellOut(end.remedy, said.source),
          ...provider,
          `When it is mended, run: ${said.again}`,
        ),
      );
      return exitCodes.stopped;
    case "interrupted":
      err(lines(`Interrupted at ${end.key}.`, ...provider, `To go on, run: ${said.again}`));
      return exitCodes.interrupted;
    case "fenced-out":
      err(
        `${end.key}: refused on the host: ${printable(end.because)}\n${lostLock(end.because, said)}\n`,
      );
      return exitCodes.locked;
  }
}

function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}

/** What is true of it where a window ends without being closed. */
function ofProvider(state: WindowState, source: string): readonly string[] {
  const kept = sayProviderKept(state, source);
  if (providerKept(state) === "given-back") return [`${kept} ${sayStop(source)}`];
  return kept === "" ? [] : [kept];
}

/** How to stop the provider of a window that has given it back, and is not closed. */
export function sayStop(source: string): string {
  const close = sayAgain("abandon", source);
  return `To stop it again, close the window first, without its last looks: ${close} --skip workloads --skip provider\nThen: ${sayAgain("provider stop", source)}`;
}

function lostLock(
  because: string,
  { again, source }: { readonly again: string; readonly source: string },
): string {
  return because.endsWith(": nobody")
    ? `Somebody took this window's lock away; nothing more was changed. If nobody else works on the cluster, go on with: ${again}`
    : `Another drydock took this window over; this one changes nothing more. To see: ${sayAgain("status", source)}`;
}

/** How to say the same command again, with its options. */
export function sayAgain(command: string, source: string): string {
  const words = asksNoChain.test(command) ? withoutChain(source) : source;
  // Nothing is needed to find the cluster of a drydock.yaml in the working folder.
  return ["drydock", command, words].filter((word) => word !== "").join(" ");
}

/** These take no option that names a chain. */
const asksNoChain = /^(status|certs|backup|init)( |$)/;

function withoutChain(source: string): string {
  return source.replace(/(^| )--(no-chain|chain \S+)/g, "").trimStart();
}

/**
 * `drydock certs` in a remedy becomes the whole command, to be copied: who judges, and a journal,
 * know no options. One that is whole, and what is not in backticks, stays.
 */
export function spellOut(text: string, source: string): string {
  return text.replace(/`drydock ([^`]+)`/g, (short, command: string) =>
    isWhole(command) ? short : `\`${whole(command, source)}\``,
  );
}

export function spelledOut(blockers: readonly Blocker[], source: string): readonly Blocker[] {
  return blockers.map((one) => ({ ...one, remedy: spellOut(one.remedy, source) }));
}

function isWhole(command: string): boolean {
  return /(^| )(-i|--(inventory|inventory-cmd|config|cluster|ssh-config|state|simulated))( |$)/.test(
    command,
  );
}

/** The words of an operator's command stand last. */
function whole(command: string, source: string): string {
  const [own = "", ...theirs] = command.split(" -- ");
  return [sayAgain(own, source), ...theirs].join(" -- ");
}

interface GateFlags extends Gated {
  readonly acceptProviderVersion?: string | undefined;
}

interface RestartFlags {
  readonly restart: "all" | "needed";
  readonly restartEtcd: boolean;
}

/** The same of a command that has gates. */
export function sayGated(command: string, source: string, flags: GateFlags): string {
  return [sayAgain(command, source), ...gateWords(flags)].join(" ");
}

/** `drydock run` with what was told to `plan` or `rehearse`. */
export function sayRun(source: string, flags: GateFlags & RestartFlags): string {
  return [sayAgain("run", source), ...restartWords(flags), ...gateWords(flags)].join(" ");
}

/** The options that decide what a plan holds, where they are not as usual. */
export function planWords(
  flags: Pick<Gated, "watch" | "settle"> & RestartFlags,
): readonly string[] {
  return [...restartWords(flags), ...waitWords(flags)];
}

function gateWords(flags: GateFlags): readonly string[] {
  const { skip, acceptProviderVersion: accepted } = flags;
  return [
    ...waitWords(flags),
    ...(accepted === undefined ? [] : [`--accept-provider-version ${quote(accepted)}`]),
    ...skip.map((gate) => `--skip ${gate}`),
  ];
}

function restartWords({ restart, restartEtcd }: RestartFlags): readonly string[] {
  return [
    ...(restart === "needed" ? ["--restart needed"] : []),
    ...(restartEtcd ? ["--restart-etcd"] : []),
  ];
}

function waitWords(flags: Pick<Gated, "watch" | "settle">): readonly string[] {
  const { watch = watchUsual, settle = settleSecondsUsual } = flags;
  return [
    ...(watch === watchUsual ? [] : [`--watch ${watch}`]),
    ...(settle === settleSecondsUsual ? [] : [`--settle ${settle}`]),
  ];
}
