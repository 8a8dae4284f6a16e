// `drydock hold -- COMMAND…`: the operator's own maintenance between stopping and starting the
// provider.

import { quote } from "../core/command.ts";
import type { Gated } from "../gates.ts";
import { holdBlockers } from "../readiness.ts";
import { planHold } from "../runbook.ts";
import { survey } from "../survey.ts";
import { exitCodes, exitOfBlockers, Failure } from "./exit.ts";
import { finish, sayAgain, sayGated, spelledOut } from "./finish.ts";
import { staysAtZero } from "./left-stopped.ts";
import { andNothingChanged } from "./nothing-changed.ts";
import { type Ended, type OpenedWindow, startWindow } from "./open-window.ts";
import { type OpenCluster, type Outside, sayAway, type Where } from "./outside.ts";
import { sayProviderKept } from "./provider-kept.ts";
import { remnants } from "./remnant-lock.ts";
import { unfinishedWindow } from "./unfinished.ts";
import { dropUntouched } from "./untouched.ts";
import { bewareLines, shortReport } from "./views/account.ts";
import { jsonView } from "./views/json.ts";
import { plainView } from "./views/plain.ts";
import { chooseView } from "./views/view.ts";

export interface HoldFlags extends Gated {
  readonly json: boolean;
  readonly acceptProviderVersion?: string | undefined;
}

export async function holdCommand(
  outside: Outside,
  where: Where,
  argv: readonly string[],
  flags: HoldFlags,
): Promise<number> {
  refuseMissing(outside, argv);
  const cluster = await outside.openCluster(where, { connect: "most" });
  try {
    sayAway(outside, cluster);
    await unfinishedWindow(outside, cluster, "hold");
    const opened = await begin(outside, cluster, flags);
    try {
      return await hold(outside, cluster, { ...opened, argv, flags });
    } finally {
      await opened.window.leave();
      opened.endView();
    }
  } finally {
    await cluster.close();
  }
}

/** Before the provider is stopped for nothing. */
function refuseMissing({ terminal }: Outside, [program = ""]: readonly string[]): void {
  if (terminal.canRun?.(program) !== false) return;
  const remedy = "Say it with its path, or install it. Nothing was contacted.";
  throw new Failure("usage", `${quote(program)}: there is no such program here`, remedy);
}

interface Held {
  readonly window: OpenedWindow;
  readonly endView: () => void;
  readonly json: boolean;
}

/** As the operator said it. */
interface Called {
  readonly argv: readonly string[];
  readonly flags: HoldFlags;
}

async function begin(
  outside: Outside,
  cluster: OpenCluster,
  { json, acceptProviderVersion: acceptedVersion, ...gated }: HoldFlags,
): Promise<Held> {
  const { clock } = outside;
  const { name, hosts, chain } = cluster;
  const facts = await survey({ cluster: name, hosts, clock, chain });
  const freeBytesHere = Number.POSITIVE_INFINITY;
  const wanted = {
    isRemnant: await remnants(outside, cluster),
    freeBytesHere,
    acceptedVersion,
    skip: gated.skip,
  };
  const [first] = spelledOut(holdBlockers(facts, wanted), cluster.source);
  if (first !== undefined) {
    const message = `${first.where}: ${first.because}`;
    throw new Failure(exitOfBlockers([first]), message, andNothingChanged(first.remedy));
  }
  const plan = planHold(facts, gated);
  for (const line of bewareLines(staysAtZero(plan, cluster.source))) {
    outside.terminal.err(`${line}\n`);
  }
  const view = chooseView(outside, { json, source: cluster.source });
  const id = outside.newWindowId();
  const window = await startWindow(outside, cluster, { id, plan, view, facts });
  return { window, endView: view.end, json };
}

async function hold(
  outside: Outside,
  cluster: OpenCluster,
  { window, endView, json, argv, flags }: Held & Called,
): Promise<number> {
  const again = sayAgain("abandon", cluster.source);
  const stopped = await window.run({ stopBeforeClosing: true });
  if (stopped.end.kind !== "holding") {
    endView();
    return notHeld(outside, cluster, { window, stopped, argv, flags });
  }
  const { terminal } = outside;
  const code = await window.runCommand(argv, {
    // With --json stdout is ours alone; without it, it is the command's.
    work: () => terminal.runHere(argv, json ? "stderr" : "stdout"),
    report: json
      ? jsonView(terminal, cluster.source).event
      : plainView({ out: terminal.err }).event,
  });
  if (code !== 0) {
    endView();
    outside.terminal.err(
      `${argv.join(" ")}: exit code ${code}. ${sayProviderKept(window.state(), cluster.source)}\nWhen it is mended, run (checks the cluster's health, then starts the provider): ${again}\n`,
    );
    return exitCodes.commandFailed;
  }
  const ended = await window.run();
  endView();
  if (ended.end.kind === "completed") {
    const beware = staysAtZero(ended.state.plan, cluster.source);
    terminal.out(shortReport(ended.state, json, { beware }));
  }
  return finish(outside, ended, { again, source: cluster.source, providerStays: true });
}

async function notHeld(
  outside: Outside,
  cluster: OpenCluster,
  held: Pick<Held, "window"> & Called & { readonly stopped: Ended },
): Promise<number> {
  const { window, stopped, argv, flags } = held;
  const { source } = cluster;
  const again = (await dropUntouched(window, stopped))
    ? `${sayGated("hold", source, flags)} -- ${argv.map(quote).join(" ")}`
    : sayAgain("abandon", source);
  return finish(outside, stopped, { again, source, providerStays: true });
}
