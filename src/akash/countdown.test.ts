import { describe, expect, test } from "vitest";
import { read, unreadable } from "../core/outcome.ts";
import { compareLedger } from "./comparison.ts";
import { countdownLines, nothingWatched, type Watched, watch } from "./countdown.ts";
import { keyOf, ledgerOf, namespaceOf, providerLeases } from "./ledger.testkit.ts";
import type { Ledger, ProviderLeases } from "./ledger.ts";

const minute = 60_000;
const well = ledgerOf(2);
const away = unreadable("kubectl: no answer");
const ill = ledgerOf(2, {
  namespaces: read([
    namespaceOf(1),
    namespaceOf(2, {
      workloads: [
        { kind: "Deployment", name: "web", desired: 1, available: 0, ready: 0, current: 1 },
      ],
    }),
  ]),
});

/** Looks a minute apart; `undefined`: the API gives no answer. */
function watched(
  ledgers: readonly (Ledger | undefined)[],
  provider: ProviderLeases = providerLeases(1),
): Watched {
  return ledgers.reduce<Watched>((before, ledger, index) => {
    const readAt = index * minute;
    if (ledger === undefined) {
      return watch(before, { ledger: { ...well, readAt }, provider: away }, undefined);
    }
    const rows = compareLedger(ledger, { manifestTimeoutMs: 5 * minute });
    return watch(before, { ledger: { ...ledger, readAt }, provider: read(provider) }, rows);
  }, nothingWatched);
}

describe("the countdown of a provider that runs", () => {
  test.each([
    ["nothing is ill", [well, well], 2, []],
    [
      "a lease was seen to become ill",
      [well, ill, ill],
      // The first failed check may have come just after the look at 0, 160 s before the first
      // moment.
      2,
      [
        `COUNTING DOWN: ${keyOf(2)}: not well for 60 s; closed in 40 s at the earliest, 6.8 min on average`,
      ],
    ],
    [
      "it was ill at the first look",
      [ill, ill],
      1,
      [
        `COUNTING DOWN: ${keyOf(2)}: not well at the first look already, 60 s ago: since when cannot be known (it closes after 2.7 min at the earliest, 7.8 min on average)`,
      ],
    ],
    [
      "it has become well, and the provider need not have looked since",
      [well, ill, well],
      2.1,
      [
        `COUNTING DOWN: ${keyOf(2)}: well again for 6 s, which the provider may not have seen yet; closed in 34 s at the earliest, 6.7 min on average`,
      ],
    ],
    ["it was well for as long as the provider takes to look", [well, ill, well, well], 3, []],
    [
      "it has become ill again before that",
      [well, ill, well, ill],
      3,
      [expect.stringContaining(`${keyOf(2)}: not well for 2.0 min;`)],
    ],
    [
      "the API went away",
      [well, undefined, undefined],
      2,
      [
        "COUNTING DOWN: every lease, if the API gives the provider no answer either: not well for 60 s; closed in 40 s at the earliest, 6.8 min on average",
      ],
    ],
    [
      "the API is back, and a lease is ill: it has counted since the API went away",
      [well, undefined, ill],
      3,
      [
        expect.stringContaining(
          "every lease, if the API gave the provider no answer either: well again for 60 s",
        ),
        expect.stringContaining(`${keyOf(2)}: not well for 2.0 min;`),
      ],
    ],
    [
      "a lease was well again when the API went away",
      [well, ill, well, undefined],
      3,
      [
        expect.stringContaining("every lease, if the API gives the provider no answer either"),
        expect.stringContaining(`${keyOf(2)}: not well for 2.0 min;`),
      ],
    ],
    ["the API is back, and all is well", [well, undefined, well, well], 3, []],
  ])("when %s", (_, ledgers, minutes, lines) => {
    expect(countdownLines(watched(ledgers), minutes * minute)).toEqual(lines);
  });

  test("stands still when the provider is stopped", () => {
    expect(countdownLines(watched([well, ill], providerLeases(0)), 2 * minute)).toEqual([]);
  });

  test("goes on when its pod is not ready: with its node's kubelet away its process still counts", () => {
    const one = providerLeases(1);
    const unready = { ...one, seen: { ...one.seen, readyReplicas: 0 } };
    expect(countdownLines(watched([well, ill], unready), 2 * minute)).toHaveLength(1);
  });
});
