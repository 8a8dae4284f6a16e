// `drydock leases`: the three sets side by side, what does not agree, and the lease clock; with
// --watch again and again, with a countdown for what was seen to become ill.

import { compareLedger } from "../akash/comparison.ts";
import { countdownLines, nothingWatched, watch } from "../akash/countdown.ts";
import type { Chain, ChainSeen } from "../core/chain.ts";
import type { Clock, Host } from "../core/world.ts";
import { readLeases } from "../steps/read-leases.ts";
import { exitCodes, Failure } from "./exit.ts";
import { type OpenCluster, type Outside, redraws, type Terminal, type Where } from "./outside.ts";
import { jsonDocument, jsonLine } from "./views/json.ts";
import { leasesJson, leasesLines, ledgerExit } from "./views/leases.ts";
import { timeOf } from "./views/plain.ts";

export interface LeasesFlags {
  readonly json: boolean;
  readonly watch: boolean;
}

const everyMs = 5000;
const hearEveryMs = 250;
/** The chain is not asked at every look. */
const chainEveryMs = 60_000;

export async function leasesCommand(
  outside: Outside,
  where: Where,
  flags: LeasesFlags,
): Promise<number> {
  const cluster = await outside.openCluster(where, { connect: "any", looks: true });
  try {
    const primary = primaryOf(cluster);
    if (flags.watch) return await watchLeases(outside, cluster, { primary, json: flags.json });
    const { terminal, clock } = outside;
    const { chain } = cluster;
    const seen = await readLeases({ run: (one) => primary.run(one), chain, now: clock.now() });
    const rows = compareLedger(seen.ledger, seen);
    if (flags.json) terminal.out(jsonDocument(leasesJson(seen, rows)));
    else terminal.out(`${leasesLines(cluster.name, seen, rows).join("\n")}\n`);
    return exitCodes[ledgerExit(seen.ledger, rows)];
  } finally {
    await cluster.close();
  }
}

function primaryOf(cluster: OpenCluster): Host {
  const primary = cluster.hosts.find(
    (one) => one.roles.controlPlane && one.away === undefined,
  )?.host;
  if (primary !== undefined) return primary;
  throw new Failure(
    "brokenInventory",
    `${cluster.source} names no control plane node`,
    "kubectl is called on one: put it into the group kube_control_plane.",
  );
}

/**
 * Until Ctrl-C, or until nobody reads it any more. A terminal is redrawn; a log gets the sentence
 * when it changes, and each countdown.
 */
async function watchLeases(
  outside: Outside,
  cluster: OpenCluster,
  { primary, json }: { readonly primary: Host; readonly json: boolean },
): Promise<number> {
  const { terminal, clock } = outside;
  const chain = seldomAsked(cluster.chain, clock);
  let watched = nothingWatched;
  let said = "";
  while (!outside.interrupted() && !isUnread(terminal)) {
    const seen = await readLeases({ run: (one) => primary.run(one), chain, now: clock.now() });
    const rows = compareLedger(seen.ledger, seen);
    watched = watch(watched, seen, rows);
    const counting = countdownLines(watched, clock.now());
    const lines = leasesLines(cluster.name, seen, rows);
    if (json) {
      const { looks, counting: countdowns } = watched;
      terminal.out(jsonLine({ ...leasesJson(seen, rows), looks, countdowns }));
    } else if (redraws(terminal)) {
      terminal.out(
        `\u001b[H\u001b[2J${[...lines, "", ...counting, "Ctrl-C ends this."].join("\n")}\n`,
      );
    } else {
      const sentence = lines.at(-1) ?? "";
      const at = timeOf(clock.now());
      const news = sentence === said ? counting : [sentence, ...counting];
      terminal.out(news.map((line) => `${at} ${line}\n`).join(""));
      said = sentence;
    }
    await pause(outside);
  }
  return outside.interrupted() ? exitCodes.interrupted : exitCodes.ok;
}

async function pause({ clock, interrupted, terminal }: Outside): Promise<void> {
  const ends = () => interrupted() || isUnread(terminal);
  for (let waited = 0; waited < everyMs && !ends(); waited += hearEveryMs) {
    await clock.wait(hearEveryMs);
  }
}

function isUnread(terminal: Terminal): boolean {
  return terminal.isUnread?.() === true;
}

function seldomAsked(chain: Chain, clock: Clock): Chain {
  const answers = new Map<string, { readonly at: number; readonly seen: ChainSeen }>();
  return {
    ask: async (provider) => {
      const known = answers.get(provider);
      if (known !== undefined && clock.now() - known.at < chainEveryMs) return known.seen;
      const seen = await chain.ask(provider);
      answers.set(provider, { at: clock.now(), seen });
      return seen;
    },
    find: (id) => chain.find(id),
  };
}
