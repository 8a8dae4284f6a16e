// A whole window on the real cluster beside the same one in the simulator: every command that is
// sent is known to both, ends with a code that the real one ended with, and prints nothing that it
// does not print. And what is understood of it: the facts of a survey have the same fields on both.

import { beforeEach, expect, test } from "vitest";
import type { Outside } from "../../src/cli/outside.ts";
import { runProgram } from "../../src/cli/program.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { realOutside } from "../../src/real-outside.ts";
import { byCommand, listening, type Said } from "../conformance/listen.ts";
import { answerShape, invented } from "../conformance/shapes.ts";
import { outsideFor, sandbox, swift } from "../scenarios/simulated.ts";
import { inventory, mended, sshConfig } from "./cluster.ts";
import { freshState } from "./drydock.ts";

beforeEach(mended);

const words = ["run", "--yes", "--no-chain", "--watch", "5"];

/** What the rig's cluster has not, and the simulated one has. */
const notOnTheRig = [
  /^PersistentVolumeClaim /,
  // ConfigMaps of the provider's chart, and Helm's own records.
  /^data /,
  /^akash-provider (deployed|superseded) #$/,
];

test("every command of a window is answered in the simulator as on the real cluster", async () => {
  const real: Said[] = [];
  const where = ["--inventory", inventory, "--ssh-config", sshConfig, "--state", freshState()];
  const outside = realOutside(() => false);
  const silent = { ...outside.terminal, out: () => undefined, interactive: false };
  const listened = listening({ ...outside, terminal: silent }, real);
  expect(await runProgram([...words, ...where], async () => listened)).toBe(0);

  const simulated: Said[] = [];
  const played = listening(outsideFor(sandbox(swift)), simulated);
  expect(await runProgram(words, async () => played)).toBe(0);

  const known = byCommand(real);
  expect(known.size).toBeGreaterThan(40);
  const lies = [...byCommand(simulated)].flatMap(([command, outcomes]) =>
    liesIn(command, outcomes, known.get(command)),
  );
  expect(lies).toEqual([]);
});

/**
 * The rig's provider is not Helm's: then its label says whose it may be. Its tenants have no
 * volumes.
 */
const otherwiseOnTheRig = /\.(automation\.value\.(release|instance)\b|claims\[\])/;

test("a survey of the real cluster finds the same facts as one of the simulated", async () => {
  const where = ["--inventory", inventory, "--ssh-config", sshConfig, "--state", freshState()];
  const outside = realOutside(() => false);
  const real = await survey(outside, where);
  const simulated = await survey(outsideFor(sandbox()), []);
  const apart = [...invented(simulated, real), ...invented(real, simulated)];
  expect(apart.filter((one) => !otherwiseOnTheRig.test(one))).toEqual([]);
});

async function survey(outside: Outside, where: readonly string[]): Promise<string> {
  let text = "";
  const out = (more: string) => {
    text += more;
  };
  const terminal = { ...outside.terminal, out };
  const words = ["survey", "--json", "--no-chain", ...where];
  expect(await runProgram(words, async () => ({ ...outside, terminal }))).toBe(0);
  return text;
}

function liesIn(
  command: string,
  simulated: readonly Outcome[],
  real: readonly Outcome[] | undefined,
): readonly string[] {
  if (real === undefined) return [`${command}: never sent to the real cluster`];
  const codes = new Set(real.map(codeOf));
  const shapes = new Set(real.flatMap((outcome) => [...shapeOf(outcome)]));
  const wrong = simulated
    .filter(isNoChance)
    .flatMap((outcome) => [
      ...(codes.has(codeOf(outcome)) ? [] : [`ends with ${codeOf(outcome)}`]),
      ...[...shapeOf(outcome)]
        .filter((shape) => !shapes.has(shape) && !notOnTheRig.some((one) => one.test(shape)))
        .map((shape) => `prints "${shape}"`),
    ]);
  return [...new Set(wrong)].map((what) => `${command.slice(0, 200)}: ${what}`);
}

/**
 * Not what falls just between a pod that ends and its successor, which one of the two may miss: it
 * is held against transcripts/kubectl/proxy-no-pod.json.
 */
function isNoChance(outcome: Outcome): boolean {
  return outcome.kind !== "exited" || !/\(NotFound\): pods "[^"]*" not found/.test(outcome.stderr);
}

function codeOf(outcome: Outcome): string {
  return outcome.kind === "exited" ? String(outcome.code) : outcome.kind;
}

function shapeOf(outcome: Outcome): ReadonlySet<string> {
  return outcome.kind === "exited" ? answerShape(outcome.stdout) : new Set();
}
