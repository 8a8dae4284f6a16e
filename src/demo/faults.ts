// What can befall the demo: when it strikes, what is said then, and how somebody mends it.

import type { DemoFault } from "../cli/simulated-names.ts";
import type { Fault } from "../simulator/faults.ts";
import {
  fillDisk,
  mendComponents,
  removeLock,
  scaleProvider,
  slowComponent,
  startMember,
  stopMember,
} from "../simulator/interference.ts";
import { after, type Moment, whileChanging } from "./befall.ts";
import type { World } from "./world.ts";

export interface Story {
  /** Before the first run, and what then befalls it. */
  arrange(world: World, tell: (what: string) => void): readonly Fault[];
  /** What somebody does before it is run again; undefined: it must have completed, or refused. */
  readonly mends?: { readonly says: string; does(world: World): void };
  /** `refused`: it must end before anything was changed. */
  readonly ends: "completed" | "refused";
}

/** Control plane nodes; on a small cluster one of them may be another one too. */
export interface Places {
  readonly first: string;
  readonly second: string;
  readonly last: string;
}

export function placesOf(nodes: readonly string[]): Places {
  const first = nodes[0] ?? "";
  return { first, second: nodes[1] ?? first, last: nodes.at(-1) ?? first };
}

export function storyAbout(fault: DemoFault, places: Places): Story {
  return stories[fault](places);
}

function renewed(host: string): Moment {
  return { kind: "settled", key: `renew-certificates@${host}` };
}

type Stories = Readonly<Record<DemoFault, (places: Places) => Story>>;

const stories: Stories = {
  kill: ({ second }) => ({
    arrange: (world, tell) =>
      whileChanging(world, `renew-certificates@${second}`, {
        what: "killed",
        tell: () =>
          tell(`Drydock is killed (kill -9) while ${second} renews; ${second} goes on by itself`),
      }),
    mends: { says: "Nothing is repaired: the same command is run again.", does: () => undefined },
    ends: "completed",
  }),
  "answer-lost": ({ second }) => ({
    arrange: (world, tell) =>
      whileChanging(world, `renew-certificates@${second}`, {
        what: "answer-lost",
        tell: () => tell("the connection is lost: the answer to this command will never come"),
      }),
    ends: "completed",
  }),
  "provider-scaled-up": ({ first }) => ({
    arrange: (world, tell) => [
      after(world, renewed(first), ({ site }) => {
        scaleProvider(site, 1);
        tell("somebody scales the provider to 1, in the middle of the window");
      }),
    ],
    ends: "completed",
  }),
  "etcd-member-down": ({ last }) => ({
    arrange: ({ site }, tell) => {
      stopMember(site, last);
      tell(`the etcd member of ${last} has ended before the window begins`);
      return [];
    },
    ends: "refused",
  }),
  "etcd-member-ends": ({ first, last }) => ({
    arrange: (world, tell) => [
      after(world, renewed(first), ({ site }) => {
        stopMember(site, last);
        tell(`the etcd member of ${last} ends`);
      }),
    ],
    mends: {
      says: `Somebody starts the etcd member of ${last}, and runs the same command again.`,
      does: ({ site }) => startMember(site, last),
    },
    ends: "completed",
  }),
  "disk-full": ({ first }) => ({
    arrange: (world, tell) => [
      after(world, { kind: "settled", key: `stop-provider@${first}` }, ({ site }) => {
        fillDisk(site, first);
        tell(`the disk for backups on ${first} is full`);
      }),
    ],
    mends: {
      says: `Somebody makes room on ${first}, and runs the same command again.`,
      does: ({ site }) => fillDisk(site, first, 20e9),
    },
    ends: "completed",
  }),
  "api-server-stays-down": ({ second }) => ({
    arrange: ({ site }, tell) => {
      slowComponent(site, { host: second, component: "kube-apiserver" });
      tell(`the API server of ${second} will not become ready again once it is restarted`);
      return [];
    },
    mends: {
      says: `Somebody mends the API server of ${second}, and runs the same command again.`,
      does: ({ site }) => mendComponents(site, second),
    },
    ends: "completed",
  }),
  "lock-lost": ({ first }) => ({
    arrange: (world, tell) => [
      after(world, renewed(first), ({ site }) => {
        for (const name of site.model.hosts.keys()) removeLock(site, name);
        tell("somebody takes the window's lock away on every node");
      }),
    ],
    mends: {
      says: "Nobody else has changed anything: the same command is run again.",
      does: () => undefined,
    },
    ends: "completed",
  }),
};
