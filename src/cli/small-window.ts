// A window that does one thing and has nothing to go on with: when it does not complete, it is
// closed and the lock is let go of, so that the next command may simply be run.

import type { ClusterFacts } from "../cluster/facts.ts";
import type { Plan } from "../core/plan.ts";
import { finish, sayAgain } from "./finish.ts";
import { type Ended, startWindow } from "./open-window.ts";
import type { OpenCluster, Outside } from "./outside.ts";
import { sentToStop, takeNoteBack } from "./take-note-back.ts";
import { accountOf, shortReport } from "./views/account.ts";
import { jsonLine } from "./views/json.ts";
import { chooseView } from "./views/view.ts";

export async function carryOutSmall(
  outside: Outside,
  cluster: OpenCluster,
  made: {
    readonly id: string;
    readonly plan: Plan;
    /** Given where it acts on the provider. */
    readonly facts?: ClusterFacts;
    readonly json: boolean;
    readonly again: string;
    readonly done: (ended: Ended) => string;
  },
): Promise<number> {
  const view = chooseView(outside, { json: made.json, source: cluster.source });
  try {
    const { id, plan, facts } = made;
    const start = { id, plan, view, ...(facts === undefined ? {} : { facts }) };
    const opened = await startWindow(outside, cluster, start);
    const ended = await opened.run();
    const isCutOff = ended.end.kind === "stopped" || ended.end.kind === "interrupted";
    if (isCutOff) {
      await takeNoteBack(opened, ended.state);
      await opened.drop();
    }
    await opened.leave();
    view.end();
    if (ended.end.kind === "completed") {
      const counted = accountOf(ended.state) !== undefined;
      if (made.json) outside.terminal.out(jsonLine({ kind: "done", folder: ended.folder }));
      else outside.terminal.out(made.done(ended));
      if (counted) outside.terminal.out(shortReport(ended.state, made.json));
    }
    const { again } = made;
    const code = finish(outside, ended, { again, source: cluster.source, providerStays: false });
    if (isCutOff && sentToStop(ended.state)) {
      outside.terminal.err(
        `The provider was told to stop, and may want 0 replicas now. To start it: ${sayAgain("provider start", cluster.source)}\n`,
      );
    }
    return code;
  } finally {
    view.end();
  }
}
