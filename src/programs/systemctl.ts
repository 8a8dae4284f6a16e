// systemctl: what runs as a unit of the host, and timers that would fight a window.

import type { Command, ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer } from "./answer.ts";

export interface UnitSeen {
  /** loaded, not-found, masked. */
  readonly load: string;
  /** active, inactive, failed. */
  readonly active: string;
  /** enabled, disabled, masked, static; empty when there is no such unit. */
  readonly enabled: string;
  /** 0 when it does not run. */
  readonly mainPid: number;
  /** Changes with every start of the unit. */
  readonly invocation: string;
}

const properties = "LoadState,ActiveState,UnitFileState,MainPID,InvocationID";

export function showUnit(unit: string): ReadCommand {
  return showUnits([unit]);
}

/** All in one answer, in this order. */
export function showUnits(units: readonly string[]): ReadCommand {
  return {
    argv: ["systemctl", "show", ...units, "-p", properties],
    reads: true,
    timeoutMs: 15_000,
  };
}

export function parseUnit(outcome: Outcome): Reading<UnitSeen> {
  return answer(outcome, "systemctl show", unitOf);
}

/** An empty line stands between two units. */
export function parseUnits(outcome: Outcome): Reading<readonly UnitSeen[]> {
  return answer(outcome, "systemctl show", (text) => {
    const units = text.trimEnd().split("\n\n").map(unitOf);
    const known = units.flatMap((unit) => unit ?? []);
    return known.length === units.length ? known : undefined;
  });
}

function unitOf(text: string): UnitSeen | undefined {
  const fields = new Map(
    text.split("\n").map((line) => [line.split("=", 1)[0] ?? "", line.replace(/^[^=]*=/, "")]),
  );
  const load = fields.get("LoadState");
  if (load === undefined) return undefined;
  return {
    load,
    active: fields.get("ActiveState") ?? "",
    enabled: fields.get("UnitFileState") ?? "",
    mainPid: Number(fields.get("MainPID") ?? 0),
    invocation: fields.get("InvocationID") ?? "",
  };
}

/** For a Type=notify unit such as etcd it returns once the member has joined, or fails. */
export function restartUnit(unit: string): Command {
  return { argv: ["systemctl", "restart", unit], timeoutMs: 120_000 };
}

/** Of a timer: what it has started already goes on. An enabled one is back after a reboot. */
export function stopUnit(unit: string): Command {
  return { argv: ["systemctl", "stop", unit], timeoutMs: 60_000 };
}

export function startUnit(unit: string): Command {
  return { argv: ["systemctl", "start", unit], timeoutMs: 60_000 };
}

/**
 * The time of this file is when a Persistent timer last ran: one whose hour passed while it was
 * stopped would start its service at once. Makes no file where the timer has none
 * (systemd.timer(5)).
 */
export function noteTimerRan(timer: string): Command {
  const stamp = `/var/lib/systemd/timers/stamp-${timer}`;
  return { argv: ["touch", "-c", stamp], timeoutMs: 15_000 };
}
