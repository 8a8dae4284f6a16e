// The guide's "Step 3: Restart Control Plane Components". Its `kubectl delete pods` deletes mirror
// pods: their AGE falls, and nothing restarts. This stops the very container, gracefully, and
// removes it when it has exited, without which the kubelet backs off for up to minutes.

import { type ComponentName, componentNamed } from "../cluster/component.ts";
import { type Act, act } from "../core/command.ts";
import { type Reading, read } from "../core/outcome.ts";
import { defineStep, type Look, needed, satisfied, unclear, type Verdict } from "../core/step.ts";
import {
  type Container,
  listContainers,
  parseContainers,
  removeContainers,
  stopContainers,
} from "../programs/crictl.ts";
import { askHealth, awaitHealth } from "../programs/curl.ts";
import { parseClock, parseLatestWrite, readWriteTimes, touchFiles } from "../programs/files.ts";
import { parseOk } from "../programs/kubectl.ts";
import { parseProcessStarts, readProcessStarts } from "../programs/process-starts.ts";
import { awaitReady } from "./read-ready.ts";

/** One component, or several that may be away at the same time. */
export type RestartComponentGoal = {
  /** In the order in which they are stopped. */
  readonly components: readonly RestartedComponent[];
  /** Certificates they must have started after, absolute paths on the host. */
  readonly files: readonly string[];
  /** `https://10.0.0.1:6443` of this node's API server. */
  readonly apiServer: string;
  /**
   * When the window was planned, by the node's own clock: its renewal came later. Absent in plans
   * of earlier versions.
   */
  readonly plannedAt?: number;
};

export type RestartedComponent = {
  readonly name: ComponentName;
  /** The container that ran when the window was planned; empty when none did. */
  readonly container: string;
  /** Between SIGTERM and SIGKILL. */
  readonly graceSeconds: number;
  /**
   * Where it tells its health, as its manifest binds it; absent: where it does by default, if
   * anywhere.
   */
  readonly healthUrl?: string;
};

interface Seen {
  readonly containers: Reading<readonly Container[]>;
  readonly writtenAt: Reading<number>;
  /** What the node's clock said meanwhile; NaN when that could not be read. */
  readonly clockAt: number;
  /** By container that seems to be younger than the files: since when its process runs. */
  readonly startedAt: Reading<ReadonlyMap<string, number>>;
  /** By name, once none still runs as before; `undefined` where nothing tells it. */
  readonly health: ReadonlyMap<string, Reading<true> | undefined>;
}

/** Between the two answers that are compared: the clock's, and the list of containers. */
const aheadMsMax = 30_000;

export const restartComponent = defineStep<RestartComponentGoal, Seen>({
  id: "restart-component",
  title: "Restart",
  guide: "Step 3: Restart Control Plane Components",
  settleMs: 180_000,
  pollMs: 100,
  why: ({ components }) =>
    components.every(({ name }) => componentNamed(name)?.reloads === true)
      ? "It reloads its certificates by itself; restarting it is the guide's, and the documented, way."
      : "It reads its certificate only when it starts, and would fail when the old one expires.",
  proof: () =>
    "another container, created after the certificates were written on the node's own clock, its process by the kernel's count too, and healthy or, where nothing tells health, steady",
  observe: (look, goal) => observe(look, goal),
  judge: (seen, goal) => {
    if (seen.containers.kind === "unreadable") return unclear(seen.containers.because);
    if (seen.writtenAt.kind === "unreadable") return unclear(seen.writtenAt.because);
    const verdicts = goal.components.map((one) => judgeOne(seen, one));
    const kinds = ["needed", "unclear", "satisfied"] as const;
    const kind = kinds.find((one) => verdicts.some((verdict) => verdict.kind === one));
    const those = verdicts.filter((verdict) => verdict.kind === kind);
    const because = those.map((verdict) => verdict.because).join("; ");
    if (kind === "needed") return needed(because);
    return kind === "satisfied" ? satisfied(because) : unclear(because);
  },
  change: (seen, goal) => [
    ...datedNow(seen, goal),
    ...restart(
      seen,
      goal.components.filter((one) => judgeOne(seen, one).kind === "needed"),
    ),
  ],
});

/**
 * When the files were written; at no known time, later than all, where they seem to be older than
 * the window that has renewed them: the clock was behind when that happened, and is not any more.
 */
function renewedAt(
  written: Reading<number>,
  clockAt: number,
  { plannedAt }: RestartComponentGoal,
): Reading<number> {
  if (written.kind === "unreadable" || plannedAt === undefined) return written;
  const wasBehind = written.value < plannedAt && clockAt >= plannedAt;
  return wasBehind ? read(Number.POSITIVE_INFINITY) : written;
}

/**
 * Files from the future, or from no known time, written before the clock was set right: nothing
 * could be proven to be younger.
 */
function datedNow({ writtenAt, clockAt }: Seen, { files }: RestartComponentGoal): readonly Act[] {
  const isAhead = writtenAt.kind === "read" && writtenAt.value > clockAt;
  return isAhead ? [act(touchFiles(files))] : [];
}

/**
 * Where one is away and nothing is left to do but wait, it is waited for, and looked at again: what
 * answers may be no container of ours. One that has exited is removed first: the kubelet would back
 * off.
 */
async function observe(look: Look, goal: RestartComponentGoal): Promise<Seen> {
  const processes = await readProcesses(look, goal);
  const seen: Seen = { ...processes, startedAt: read(new Map()), health: new Map() };
  const isAway = (one: RestartedComponent) => containersOf(seen, one.name).length === 0;
  const isFresh = (one: RestartedComponent) => restartedContainer(seen, one) !== undefined;
  if (!goal.components.every((one) => isAway(one) || isFresh(one))) {
    return { ...seen, startedAt: await readStarts(look, seen, goal) };
  }
  const away = goal.components.some(isAway);
  const asked = goal.components.map(
    async (one) => [one.name, await askComponent(look, one, goal.apiServer)] as const,
  );
  const health = new Map(await Promise.all(asked));
  const latest = { ...seen, ...(away ? await readProcesses(look, goal) : {}), health };
  return { ...latest, startedAt: await readStarts(look, latest, goal) };
}

async function readStarts(
  look: Look,
  seen: Seen,
  goal: RestartComponentGoal,
): Promise<Seen["startedAt"]> {
  const ids = goal.components.flatMap((one) => restartedContainer(seen, one)?.id ?? []);
  if (ids.length === 0) return read(new Map());
  return parseProcessStarts(await look.run(readProcessStarts(ids)), ids);
}

async function readProcesses(
  look: Look,
  goal: RestartComponentGoal,
): Promise<Omit<Seen, "health" | "startedAt">> {
  const [list, written] = await Promise.all([
    look.run(listContainers(`(${goal.components.map(({ name }) => name).join("|")})`)),
    look.run(readWriteTimes(goal.files)),
  ]);
  const clockAt = parseClock(written);
  return {
    containers: parseContainers(list),
    writtenAt: renewedAt(parseLatestWrite(written), clockAt, goal),
    clockAt,
  };
}

function judgeOne(seen: Seen, one: RestartedComponent): Verdict {
  const fresh = restartedContainer(seen, one);
  if (fresh !== undefined) {
    if (seen.startedAt.kind === "unreadable") return unclear(seen.startedAt.because);
    const health = seen.health.get(one.name);
    if (health !== undefined && health.kind === "unreadable") return unclear(health.because);
    const steadyMs = componentNamed(one.name)?.steadyMs ?? 0;
    if (seen.clockAt - fresh.createdAt < steadyMs) {
      return unclear(`${one.name} has not been running for ${steadyMs / 1000} s yet`);
    }
    const how = steadyMs > 0 ? "runs steadily" : "is healthy";
    return satisfied(`${one.name} ${how} in container ${fresh.id.slice(0, 12)}`);
  }
  const all = containersOf(seen, one.name);
  const running = all.find(({ running }) => running);
  if (running !== undefined) {
    const id = running.id.slice(0, 12);
    return running.id === one.container
      ? needed(`${one.name} is still container ${id}`)
      : needed(`${one.name} started before the renewal: container ${id}`);
  }
  if (all.some(({ starting }) => starting)) return unclear(`${one.name} is about to start`);
  if (all.length > 0) return needed(`${one.name} has exited, and the kubelet backs off`);
  return unclear(`no container of ${one.name} yet`);
}

/** The kubelet's longest back-off (MaxContainerBackOff). */
const backOffMsMax = 300_000;

/**
 * All that are to be away at the same time, in their order: each call of crictl costs a tenth of a
 * second.
 */
function restart(seen: Seen, components: readonly RestartedComponent[]): readonly Act[] {
  const gone = components.flatMap(({ name }) => {
    const own = containersOf(seen, name);
    const running = own.filter((one) => one.running);
    return running.length > 0 ? running : own;
  });
  if (gone.length === 0) return [];
  const past = components.flatMap(({ name }) => heldAgainst(seen, name));
  const running = idsOf(gone.filter((one) => one.running));
  const graceSeconds = Math.max(0, ...components.map((one) => one.graceSeconds));
  const stops = running.length === 0 ? [] : [act(stopContainers(running, graceSeconds))];
  const first = past.length === 0 ? [] : [act(removeContainers(idsOf(past)))];
  return [...first, ...stops, act(removeContainers(idsOf(gone)))];
}

/**
 * Of one that ended by itself and was started again the exited container stays, and once the new
 * one is removed the kubelet backs off from when that one ended: as long as it may, it is removed
 * before anything is stopped. Later it is left to whoever wants to know why it ended.
 */
function heldAgainst(seen: Seen, name: ComponentName): readonly Container[] {
  const own = containersOf(seen, name);
  const isYoung = own.some((one) => one.running && seen.clockAt - one.createdAt < backOffMsMax);
  return isYoung ? own.filter((one) => !one.running && !one.starting) : [];
}

function idsOf(containers: readonly Container[]): readonly string[] {
  return containers.map(({ id }) => id);
}

function containersOf({ containers }: Seen, name: ComponentName): readonly Container[] {
  return containers.kind === "read" ? containers.value.filter((one) => one.name === name) : [];
}

function restartedContainer(
  seen: Seen,
  { name, container }: RestartedComponent,
): Container | undefined {
  const { writtenAt } = seen;
  if (writtenAt.kind === "unreadable") return undefined;
  return containersOf(seen, name).find(
    (one) =>
      one.running &&
      one.id !== container &&
      one.createdAt > writtenAt.value &&
      isYounger(seen, one, writtenAt.value) &&
      // The node's clock was ahead when it started: that it started after the renewal is not known.
      !(one.createdAt > seen.clockAt + aheadMsMax),
  );
}

/**
 * By the kernel's count: a clock that was ahead when it started, and was set back before the
 * renewal, passes the creation some time later. A runtime that does not tell the process proves no
 * more than the clock.
 */
function isYounger({ startedAt }: Seen, { id }: Container, writtenAt: number): boolean {
  const started = startedAt.kind === "read" ? startedAt.value.get(id) : undefined;
  return started === undefined || started > writtenAt;
}

async function askComponent(
  look: Look,
  { name, healthUrl }: RestartedComponent,
  apiServer: string,
): Promise<Reading<true> | undefined> {
  const url = healthUrl ?? componentNamed(name)?.healthUrl;
  if (url !== undefined) return parseOk(await look.run(awaitHealth(askHealth(url))), name);
  return name === "kube-apiserver" ? awaitReady(look, apiServer) : undefined;
}
