// `drydock survey`: the whole cluster at one look, and what would stop a window now.

import { rotationBlockers } from "../readiness.ts";
import { survey } from "../survey.ts";
import { exitCodes } from "./exit.ts";
import { spelledOut } from "./finish.ts";
import { endUnreached, type Outside, type Where } from "./outside.ts";
import { remnants } from "./remnant-lock.ts";
import { ownWindows } from "./unfinished.ts";
import { jsonDocument } from "./views/json.ts";
import { surveyLines } from "./views/survey.ts";

export async function surveyCommand(
  outside: Outside,
  where: Where,
  flags: { readonly json: boolean },
): Promise<number> {
  const cluster = await outside.openCluster(where, { connect: "none", looks: true });
  try {
    const { clock } = outside;
    const { name, hosts, chain, machine } = cluster;
    const [facts, freeBytesHere, isRemnant, own] = await Promise.all([
      survey({ cluster: name, hosts, clock, chain, machine }),
      cluster.freeBytesHere(),
      remnants(outside, cluster),
      ownWindows(cluster),
    ]);
    const found = rotationBlockers(facts, { isRemnant, own, freeBytesHere });
    const blockers = spelledOut(found, cluster.source);
    const { out } = outside.terminal;
    if (flags.json) out(jsonDocument({ facts, blockers }));
    else out(`${surveyLines(facts, blockers).join("\n")}\n`);
    const answers = facts.hosts.some(
      ({ roles, basics }) => roles.controlPlane && basics.kind === "read",
    );
    return answers ? exitCodes.ok : endUnreached(outside, cluster);
  } finally {
    await cluster.close();
  }
}
