// Faults that strike at a step rather than at a number.

import type { Fault, SendFault } from "../simulator/faults.ts";
import type { World } from "./world.ts";

export interface Moment {
  /** Of the record that was just written. */
  readonly kind: "sending" | "settled";
  readonly key: string;
}

/** Once, after the record of that moment. */
export function after(
  { desk }: World,
  { kind, key }: Moment,
  does: (on: Parameters<FaultDoes>[0]) => void,
): Fault {
  let done = false;
  return {
    at: "record",
    number: "each",
    moment: "after",
    does: (on) => {
      const record = [...desk.windows.values()].at(-1)?.records.at(-1);
      if (done || record?.kind !== kind || !("key" in record) || record.key !== key) return;
      done = true;
      does(on);
    },
  };
}

type FaultDoes = Extract<Fault, { at: "record" }>["does"];

/** What befalls the first change of the step `key`. The list grows while the tool runs. */
export function whileChanging(
  world: World,
  key: string,
  strike: { readonly what: SendFault["what"]; readonly tell: () => void },
): readonly Fault[] {
  const { what, tell } = strike;
  const faults: Fault[] = [];
  const armed = after(world, { kind: "sending", key }, ({ tool }) => {
    faults.push({ at: "send", of: "change", number: tool.counted.changes + 1, what });
    tell();
  });
  faults.push(armed);
  return faults;
}
