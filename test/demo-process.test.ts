// `drydock demo --kill` as a process of its own: killed at some moment, the next one goes on.

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import type { Event } from "./scenarios/rig.ts";

let state = "";

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "drydock-demo-"));
});

afterEach(() => rmSync(state, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly events: readonly (Event & { readonly resumed?: boolean; readonly untouched?: number })[];
  readonly err: string;
}

/** Runs the built program; `strikes` says at which event it gets which signal. */
async function demo(
  speed: number,
  strikes: (event: Event) => NodeJS.Signals | readonly NodeJS.Signals[] | undefined = () => [],
): Promise<Ended> {
  const program = join(import.meta.dirname, "../dist/drydock.js");
  const words = ["demo", "--kill", "--json", "--speed", String(speed), "--state", state];
  const child = spawn(process.execPath, [program, ...words]);
  const ended = new Promise<Pick<Ended, "code" | "signal">>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  let err = "";
  child.stderr.on("data", (text) => {
    err += text;
  });
  const events: Event[] = [];
  for await (const line of createInterface(child.stdout)) {
    const event: Event = JSON.parse(line);
    events.push(event);
    for (const signal of [strikes(event) ?? []].flat()) child.kill(signal);
  }
  return { ...(await ended), events, err };
}

const file = () => join(state, ".simulated", "healthy", "world.json");

// Processes of their own, while other tests may take every core.
describe("drydock demo --kill", { timeout: 90_000 }, () => {
  test.each([
    ["acting", "renew-certificates@node1"],
    ["acting", "restart-component:kube-apiserver@node3"],
    ["acting", "start-provider@node1"],
  ])("killed with -9 at %s of %s is gone on with by the next process", async (kind, key) => {
    const first = await demo(200, (event) =>
      event.kind === kind && event.key === key ? "SIGKILL" : undefined,
    );
    expect(first.signal).toBe("SIGKILL");
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const second = await demo(1e9);
    expect(second.code, second.err).toBe(0);
    expect(second.events[0]).toMatchObject({ kind: "opened", resumed: true });
    expect(second.events.at(-1)).toMatchObject({
      kind: "workloads",
      untouched: 12,
      violations: [],
    });
    expect(second.err).toContain("An earlier demo left a window here.");
  });

  test("whose terminal is lost goes on to its end", async () => {
    const only = await demo(200, (event) =>
      event.kind === "settled" && event.key === "renew-certificates@node1" ? "SIGHUP" : undefined,
    );
    expect(only.code, only.err).toBe(0);
    expect(only.events.at(-1)).toMatchObject({ kind: "workloads", untouched: 12, violations: [] });
  });

  test("interrupted with Ctrl-C says so, and a third demo begins anew", async () => {
    const first = await demo(200, (event) =>
      event.kind === "settled" && event.key === "renew-certificates@node1" ? "SIGINT" : undefined,
    );
    expect(first.code, first.err).toBe(exitCodes.interrupted);
    const kept = `--state ${state}`;
    expect(first.err).toContain(`run\n\`drydock demo --kill ${kept}\` again.`);
    expect(first.err).toContain(`To go on, run: drydock demo --kill ${kept}\n`);
    expect(first.err).toContain(
      `To go on: \`drydock demo --kill ${kept}\`. To see it as it is: \`drydock status --simulated ${kept}\`.`,
    );
    const second = await demo(1e9);
    expect([second.code, second.events[0]?.kind]).toEqual([0, "opened"]);
    const third = await demo(1e9);
    expect(third.events[0]).toMatchObject({ kind: "opened", resumed: false });
    expect(readdirSync(join(state, ".simulated", "healthy")).sort()).toEqual([
      "claim-3.json",
      "world.json",
    ]);
  });

  test("told twice at the same moment, as by npm and the terminal, finishes the change in hand", async () => {
    const first = await demo(50, (event) =>
      event.kind === "acting" && event.key === "restart-component:kube-apiserver@node1"
        ? ["SIGINT", "SIGTERM"]
        : undefined,
    );
    expect(first.code, first.err).toBe(exitCodes.interrupted);
    expect(first.err).toContain("Stopping after the change in hand.");
    expect(first.err).not.toContain("Ended at once.");
  });

  test("is refused while another one runs", async () => {
    let other: Promise<Ended> | undefined;
    const first = await demo(20, (event) => {
      if (event.kind === "opened") other = demo(1e9);
      return undefined;
    });
    const second = await other;
    expect([first.code, second?.code]).toEqual([0, exitCodes.locked]);
    expect(second?.err).toContain("is at work on it");
  });
});
