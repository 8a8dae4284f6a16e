// The same question to a simulated cluster in the same state as the recorded one.

import { expect } from "vitest";
import { type HostModel, hostNamed } from "../../src/simulator/model.ts";
import type { Answer } from "../../src/simulator/programs/call.ts";
import { type Sandbox, sandbox } from "../scenarios/simulated.ts";
import { plain } from "./plain.ts";
import { etcdFlags, played, type Transcript, transcript } from "./played.ts";

/** Brings it about in the simulator; the host is node1. */
export type State = (box: Sandbox, host: HostModel) => unknown;

export interface Answered {
  readonly recorded: Transcript;
  readonly simulated: Answer;
}

export async function answered(name: string, state: State): Promise<Answered> {
  const recorded = transcript(name);
  const box = sandbox();
  await state(box, hostNamed(box.site.model, "node1"));
  return { recorded, simulated: await played(box, argvOf(recorded)) };
}

function argvOf({ argv, environment }: Transcript): readonly string[] {
  const here = argv.map((word) => word.replace("//10.99.0.1:", "//10.0.0.1:"));
  return environment?.ETCDCTL_API === undefined ? here : [...here, ...etcdFlags];
}

/** The same exit code, and the same words but for what differs at each moment. */
export function expectSameWords({ recorded, simulated }: Answered): void {
  expect([simulated.code, plain(simulated.stdout)]).toEqual([
    recorded.code,
    plain(recorded.stdout),
  ]);
  expect(plain(simulated.stderr).split("\n")).toEqual(plain(recorded.stderr).split("\n"));
}
