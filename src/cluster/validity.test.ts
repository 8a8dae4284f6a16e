import { expect, test } from "vitest";
import { hostFacts } from "../readiness/facts.testkit.ts";
import { read, today } from "../steps/seen.testkit.ts";
import type { HostFacts } from "./facts.ts";
import { signedForMs, signedUntil } from "./validity.ts";

const hourMs = 3_600_000;

function host(validityPeriod: string, kubeadmVersion = "v1.33.5"): HostFacts {
  const facts = hostFacts("node1", { kubeadmVersion, clockOffsetMs: 2000 });
  return { ...facts, certificates: read({ entries: [], endpoints: [], validityPeriod }) };
}

test.each([
  ["87600h0m0s", "v1.33.5", 87_600],
  ["87600h", "v1.31.0", 87_600],
  ["525600m", "v1.33.5", 8760],
  ["17520h0m0s # two years", "v1.33.5", 17_520],
  ["87600h0m0s", "v1.30.9", 8760],
  ["87600h0m0s", "", 8760],
  ["", "v1.33.5", 8760],
  ["0s", "v1.33.5", 8760],
  ["ten years", "v1.33.5", 8760],
])(
  "a certificateValidityPeriod of '%s' means with kubeadm %s so many hours: %d",
  (period, version, hours) => {
    expect(signedForMs(host(period, version))).toBe(hours * hourMs);
  },
);

test("what would be signed now ends by the clock of the node that signs", () => {
  expect(signedUntil(host("100h"), today)).toBe(today + 2000 + 100 * hourMs);
});
