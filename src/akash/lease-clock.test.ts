import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { durationMs, leaseClock, monitorDefaults, showWait, timesOf } from "./lease-clock.ts";

function variables(entries: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(entries));
}

describe("the lease clock", () => {
  test.each([
    ["the program's own defaults", 40, "4s", 160_000, 7.9],
    ["charts 11.5.5 to 18.0.0", 626, "4s", 626 * 4000, 120],
    ["charts from 18.0.2", 2304, "30s", 2304 * 30_000, 1440],
  ])("of %s", (_, retries, period, earliestMs, meanMinutes) => {
    const clock = leaseClock(
      variables({
        AKASH_MONITOR_MAX_RETRIES: String(retries),
        AKASH_MONITOR_RETRY_PERIOD: period,
        AKASH_MONITOR_RETRY_PERIOD_JITTER: "15s",
        AKASH_MONITOR_HEALTHCHECK_PERIOD: "10s",
        AKASH_MONITOR_HEALTHCHECK_PERIOD_JITTER: "5s",
      }),
    );
    expect(clock.earliestMs).toBe(earliestMs);
    // What was measured by simulating many leases, in minutes.
    expect(clock.meanMs / 60_000 / meanMinutes).toBeCloseTo(1, 1);
    expect(clock.notes).toEqual([]);
  });

  test("says which settings it had to take from the program's defaults", () => {
    const { notes, ...clock } = leaseClock(variables({ AKASH_MONITOR_MAX_RETRIES: "3" }));
    expect(clock).toMatchObject({ ...monitorDefaults, maxRetries: 3 });
    expect(notes).toHaveLength(4);
  });

  test("takes the shorter where both prefixes are set, and says so", () => {
    const clock = leaseClock(
      variables({ AKASH_MONITOR_MAX_RETRIES: "626", AP_MONITOR_MAX_RETRIES: "40" }),
    );
    expect(clock.maxRetries).toBe(40);
    expect(clock.notes).toContainEqual(expect.stringContaining("differ"));
  });

  test.each([
    ["1e+06", "=1e+06 is not understood: the provider takes it for 0; a lease is closed"],
    [" 40", "= 40 is not understood: the provider takes it for 0; a lease is closed"],
    ["0", "=0; a lease is closed at its first failed check"],
  ])("with %j retries counts none, as the provider does, and calls that a danger", (text, says) => {
    const { notes, ...clock } = leaseClock(variables({ AKASH_MONITOR_MAX_RETRIES: text }));
    expect(clock).toMatchObject({ maxRetries: 0, earliestMs: 0 });
    const own = notes.filter((note) => note.includes("MAX_RETRIES"));
    expect(own).toEqual([expect.stringContaining(`DANGER: AKASH_MONITOR_MAX_RETRIES${says}`)]);
  });

  test.each([
    ["AKASH_MONITOR_RETRY_PERIOD", "soon", "it does not start"],
    ["AKASH_MONITOR_HEALTHCHECK_PERIOD", "3s", "it does not start"],
    ["AKASH_MONITOR_RETRY_PERIOD_JITTER", "15", "is not understood: the provider takes it for 0"],
  ])("says what becomes of %s=%s", (name, text, says) => {
    const { notes } = leaseClock(variables({ [name]: text }));
    expect(notes.filter((note) => note.includes(`${name}=`))).toEqual([
      expect.stringContaining(says),
    ]);
    expect(notes.join()).not.toContain(`${name} is not set`);
  });

  test("takes an empty variable for one that is not set, as the provider does", () => {
    const clock = leaseClock(variables({ AKASH_MONITOR_MAX_RETRIES: "" }));
    expect(clock.maxRetries).toBe(monitorDefaults.maxRetries);
    expect(clock.notes).toContainEqual(expect.stringContaining("MAX_RETRIES is not set"));
  });

  test("is never shorter than its earliest moment", () => {
    const ms = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), ms, ms, ms, ms, (maxRetries, a, b, c, d) => {
        const settings = {
          maxRetries,
          retryPeriodMs: a,
          retryJitterMs: b,
          checkPeriodMs: c,
          checkJitterMs: d,
        };
        expect(timesOf(settings).meanMs).toBeGreaterThanOrEqual(timesOf(settings).earliestMs);
      }),
    );
  });
});

describe("a duration of Go's", () => {
  test.each([
    ["4s", 4000],
    ["1h30m", 5_400_000],
    ["1.5s", 1500],
    ["250ms", 250],
    ["0", 0],
    [" 10s ", undefined],
    ["", undefined],
    ["4", undefined],
    ["-4s", undefined],
    ["4 s", undefined],
    ["4d", undefined],
  ])("%j is %s ms", (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });
});

test.each([
  [40_000, "40 s"],
  [473_000, "7.9 min"],
  [7_206_000, "2 h 0 min"],
])("%i ms is said as %s", (ms, text) => {
  expect(showWait(ms)).toBe(text);
});
