// The words of `npm run simulate`.

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { everything, type Slice } from "./tally.ts";

export const help = `Plays windows on the simulated cluster, with faults, until they are closed.

  npm run simulate -- --seeds 10000             random clusters and faults, seeds 1 to 10000
  npm run simulate -- --seeds 500 --from 20001  seeds 20001 to 20500
  npm run simulate -- --seed 123                one seed again, with all that befell it
  npm run simulate -- --exhaustive              each crash, and each pair of a crash and a lost answer
  npm run simulate -- --exhaustive --slice 7/400   one of 400 slices of them, counted from 0
  npm run simulate -- --pair 3/all/after-57/read-12-answer-lost   one pair again

  --jobs N   processes; as many as there are cores unless said otherwise
  --json     the result as JSON on stdout
  --help     this

Ends with 1 when something was found, and prints for each a line that plays it again.
`;

export type Wanted =
  | { readonly kind: "help" }
  | { readonly kind: "seed"; readonly seed: number }
  | { readonly kind: "pair"; readonly name: string }
  | { readonly kind: "seeds"; readonly from: number; readonly count: number }
  | { readonly kind: "exhaustive"; readonly slice: Slice };

export interface Options {
  readonly wanted: Wanted;
  readonly jobs: number;
  readonly json: boolean;
}

/** Throws an error for people when the words make no sense. */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seeds: { type: "string" },
      from: { type: "string" },
      seed: { type: "string" },
      pair: { type: "string" },
      exhaustive: { type: "boolean" },
      slice: { type: "string" },
      jobs: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  const jobs = values.jobs === undefined ? availableParallelism() : whole("--jobs", values.jobs, 1);
  return { wanted: wantedOf(values), jobs, json: values.json === true };
}

function wantedOf(values: {
  readonly seeds?: string;
  readonly from?: string;
  readonly seed?: string;
  readonly pair?: string;
  readonly exhaustive?: boolean;
  readonly slice?: string;
  readonly help?: boolean;
}): Wanted {
  const { seeds, from, seed, pair, exhaustive, slice } = values;
  if (values.help === true) return { kind: "help" };
  const said = Object.entries({
    "--seed": seed,
    "--pair": pair,
    "--exhaustive": exhaustive,
    "--seeds": seeds,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (said.length > 1) throw new Error(`${said.join(" and ")} are given together: say one.`);
  if (seed !== undefined) return { kind: "seed", seed: whole("--seed", seed, 0) };
  if (pair !== undefined) return { kind: "pair", name: pair };
  if (slice !== undefined && exhaustive !== true) {
    throw new Error("--slice is a part of --exhaustive: say both.");
  }
  if (exhaustive === true) return { kind: "exhaustive", slice: sliceOf(slice) };
  if (seeds === undefined) throw new Error("Say --seeds N, --exhaustive or --help.");
  const first = from === undefined ? 1 : whole("--from", from, 0);
  return { kind: "seeds", from: first, count: whole("--seeds", seeds, 1) };
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`${name} wants a whole number of at least ${least}, and got "${text}".`);
}

function sliceOf(text: string | undefined): Slice {
  if (text === undefined) return everything;
  const [, number = "", of = ""] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const slice = { number: Number(number), of: Number(of) };
  if (of !== "" && slice.number < slice.of) return slice;
  throw new Error(`--slice wants K/N with K from 0 to N-1, and got "${text}".`);
}
