/**
 * What befalls a cluster while its leases are counted: the same on the rig and in the simulator.
 */

/** Chart 11.5.4 and older, the shortest clock that was ever in use: 7.8 min on average. */
export const maxRetries = 40;
/**
 * By the provider's clock, as all its times: as long as the outage of akash-network/support#245.
 */
export const outageMs = 15 * 60_000;
/** By the same clock: how long a window that was killed is left. */
export const laterMs = 60 * 60_000;

export interface LeaseCluster {
  readonly name: string;
  /** Every lease active, its workload well, and a provider that has just started. */
  begin(): Promise<void>;
  /** No API server for so long, by the provider's clock. */
  outage(ms: number): Promise<void>;
  /** The guide's commands, to the letter; `renewal`: only those for each node. */
  guide(part: "whole" | "renewal"): Promise<void>;
  /** Throws when it does not complete. */
  window(): Promise<void>;
  /** Killed (-9) while the second node's API server is restarted; run again an hour later. */
  killedWindow(): Promise<void>;
  /** When all has come to rest. */
  left(): Promise<Left>;
}

export interface Left {
  readonly leases: number;
  /** On the chain, by the provider. */
  readonly closed: number;
  /** Whose namespace is gone. */
  readonly tornDown: number;
  /** Of leases that are left: pods that were restarted or replaced. */
  readonly restartedPods: number;
}

interface Scenario {
  readonly letter: string;
  readonly title: string;
  play(cluster: LeaseCluster): Promise<void>;
}

const scenarios: readonly Scenario[] = [
  {
    letter: "a",
    title: "no tool: the provider runs, no API server for 15 min",
    play: (cluster) => cluster.outage(outageMs),
  },
  {
    letter: "b",
    title: "the guide's commands to the letter",
    play: (cluster) => cluster.guide("whole"),
  },
  {
    letter: "b2",
    title: "the guide's commands for each node, the provider left running",
    play: (cluster) => cluster.guide("renewal"),
  },
  { letter: "c", title: "`drydock run`", play: (cluster) => cluster.window() },
  {
    letter: "d",
    title: "`drydock run`, killed (-9) half-way, and run again an hour later",
    play: (cluster) => cluster.killedWindow(),
  },
];

export interface Played {
  readonly letter: string;
  readonly title: string;
  readonly left: Left;
  readonly ms: number;
}

/** One after the other, each on a cluster that begins anew. */
export async function playAll(
  cluster: LeaseCluster,
  say: (text: string) => void,
): Promise<readonly Played[]> {
  const played: Played[] = [];
  for (const { letter, title, play } of scenarios) {
    await cluster.begin();
    say(`${cluster.name}: ${letter}: ${title}`);
    const startedAt = performance.now();
    await play(cluster);
    const ms = performance.now() - startedAt;
    const left = await cluster.left();
    say(`${cluster.name}: ${letter}: ${left.closed} of ${left.leases} leases lost`);
    played.push({ letter, title, left, ms });
  }
  return played;
}
