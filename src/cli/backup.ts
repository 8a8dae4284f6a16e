// `drydock backup etcd | certs`: the guide's two backups by themselves, verified and brought here.

import type { ClusterFacts } from "../cluster/facts.ts";
import type { PlannedStep } from "../core/plan.ts";
import { copiesHere } from "../readiness/backups.ts";
import { backupBlockers } from "../readiness.ts";
import { archive, etcdBackup, plan } from "../runbook.ts";
import { survey } from "../survey.ts";
import { exitOfBlockers, Failure } from "./exit.ts";
import { sayAgain, spelledOut } from "./finish.ts";
import { andNothingChanged } from "./nothing-changed.ts";
import type { Outside, Where } from "./outside.ts";
import { remnants } from "./remnant-lock.ts";
import { carryOutSmall } from "./small-window.ts";
import { unfinishedWindow } from "./unfinished.ts";
import { bewareLines } from "./views/account.ts";

export async function backupCommand(
  outside: Outside,
  where: Where,
  what: "etcd" | "certs",
  flags: { readonly json: boolean },
): Promise<number> {
  const cluster = await outside.openCluster(where, { connect: "all" });
  try {
    await unfinishedWindow(outside, cluster, "backup");
    const { name, hosts, machine } = cluster;
    const [facts, freeBytesHere, isRemnant] = await Promise.all([
      survey({ cluster: name, hosts, machine, clock: outside.clock }),
      cluster.freeBytesHere(),
      remnants(outside, cluster),
    ]);
    const blockers = backupBlockers(facts, what, { isRemnant, freeBytesHere });
    const [first] = spelledOut(blockers, cluster.source);
    if (first !== undefined) {
      const message = `${first.where}: ${first.because}`;
      throw new Failure(exitOfBlockers([first]), message, andNothingChanged(first.remedy));
    }
    const id = outside.newWindowId();
    return await carryOutSmall(outside, cluster, {
      id,
      plan: plan(facts, "backup", backupSteps(facts, what, id)),
      json: flags.json,
      again: sayAgain(`backup ${what}`, cluster.source),
      done: ({ folder }) =>
        [
          `In ${folder}:`,
          ...contents(facts, what),
          ...bewareLines(copiesHere(facts).map((line) => `${line}.`)),
          "",
        ].join("\n"),
    });
  } finally {
    await cluster.close();
  }
}

function backupSteps(
  facts: ClusterFacts,
  what: "etcd" | "certs",
  window: string,
): readonly PlannedStep[] {
  if (what === "etcd") return etcdBackup(facts, window);
  return facts.hosts.flatMap((host) => archive(host, window));
}

function contents(facts: ClusterFacts, what: "etcd" | "certs"): readonly string[] {
  const files =
    what === "etcd"
      ? ["etcd-snapshot.db  (verified; holds every Secret of the cluster)"]
      : facts.hosts.flatMap(({ name }) => [
          `${name}.tar.gz  (holds private keys)`,
          `${name}.tar.gz.list  (what is in it)`,
        ]);
  return files.map((file) => `  ${file}`);
}
