/** One whole window of Drydock on the rig, from its own events. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { onNode } from "../../rig/cluster/ssh.ts";
import { RigError } from "../../rig/command.ts";
import type { Settings } from "../../rig/settings.ts";
import { drydock } from "../drydock-process.ts";
import type { Span } from "./polls.ts";

export interface StepTime {
  /** `restart-component:kube-apiserver`, without the host. */
  readonly step: string;
  readonly host: string;
  readonly ms: number;
}

export interface DrydockRun {
  /** From the start of the program to its end: survey, provider, backups, everything. */
  readonly whole: Span;
  /** From the first renewal to the health gate after the last node. */
  readonly rotation: Span;
  readonly steps: readonly StepTime[];
}

const event = z.object({
  kind: z.string(),
  at: z.coerce.date(),
  key: z.string().optional(),
  ms: z.number().optional(),
  window: z.string().optional(),
  planned: z.object({ key: z.string() }).optional(),
});

type Event = z.infer<typeof event>;

export async function drydockWindow(
  settings: Settings,
  restart: "all" | "needed",
): Promise<DrydockRun> {
  const state = await mkdtemp(join(tmpdir(), "drydock-bench-state-"));
  const from = Date.now();
  const ran = await drydock(settings, state, [
    ...["run", "--yes", "--json", "--restart", restart],
    // What the cluster alone costs: nobody outside is asked, and nothing is watched afterwards.
    ...["--no-chain", "--watch", "0"],
  ]);
  const whole = { from, to: Date.now() };
  if (ran.code !== 0) {
    const abandoned = await drydock(settings, state, ["abandon"]);
    const said = `${ran.stderr}\n${ran.stdout}`.trim().slice(-2000);
    throw new RigError(
      `drydock run: exit ${ran.code}, its window is in ${state}; drydock abandon: exit ${abandoned.code}\n${said}`,
    );
  }
  const events = ran.stdout
    .split("\n")
    .filter((line) => line.startsWith('{"kind"'))
    .map((line) => parseEvent(line))
    .filter((one) => one !== undefined);
  await removeBackups(settings, events);
  await rm(state, { recursive: true, force: true });
  const steps = events.flatMap(stepTime);
  return { whole, rotation: rotationOf(events), steps };
}

// The report at the end has no time of its own, and is no event of the window.
function parseEvent(line: string): Event | undefined {
  return event.safeParse(JSON.parse(line)).data;
}

function stepTime({ kind, key, ms }: Event): readonly StepTime[] {
  if (kind !== "settled" || key === undefined || ms === undefined) return [];
  const at = key.lastIndexOf("@");
  return [{ step: key.slice(0, at), host: key.slice(at + 1), ms }];
}

function rotationOf(events: readonly Event[]): Span {
  const first = events.find(
    ({ kind, planned }) => kind === "began" && planned?.key.startsWith("renew-certificates@"),
  );
  const last = events.findLast(
    ({ kind, key }) => kind === "settled" && key?.startsWith("check-cluster-health@"),
  );
  if (first === undefined || last === undefined) throw new RigError("a window without a rotation");
  return { from: first.at.getTime(), to: last.at.getTime() };
}

/** Each window leaves a snapshot and archives on every node, and a bench makes many. */
async function removeBackups(settings: Settings, events: readonly Event[]): Promise<void> {
  const id = events.find(({ window }) => window !== undefined)?.window;
  if (id === undefined || !/^[\w-]+$/.test(id)) return;
  const script = `rm -rf /var/backups/drydock/${id}`;
  await Promise.all(
    settings.nodes.map((node) => onNode(settings, node, script, { timeoutMs: 20_000 })),
  );
}
