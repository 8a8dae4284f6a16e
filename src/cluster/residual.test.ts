import { describe, expect, it } from "vitest";
import { dayMs, expiresText, residualTime } from "./residual.ts";

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const yearMs = 365 * dayMs;

describe("RESIDUAL TIME", () => {
  // The boundaries of Kubernetes' own test of HumanDuration.
  it.each([
    [-2 * secondMs, "<invalid>"],
    [-2 * secondMs + 1, "0s"],
    [0, "0s"],
    [999, "0s"],
    [70 * secondMs, "70s"],
    [2 * minuteMs - 1, "119s"],
    [2 * minuteMs, "2m"],
    [2 * minuteMs + secondMs, "2m1s"],
    [10 * minuteMs - 1, "9m59s"],
    [10 * minuteMs + secondMs, "10m"],
    [3 * hourMs - 1, "179m"],
    [3 * hourMs + minuteMs, "3h1m"],
    [8 * hourMs - 1, "7h59m"],
    [8 * hourMs + 59 * minuteMs, "8h"],
    [2 * dayMs - 1, "47h"],
    [2 * dayMs + hourMs, "2d1h"],
    [8 * dayMs - 1, "7d23h"],
    [8 * dayMs + 23 * hourMs, "8d"],
    [yearMs - 1, "364d"],
    [2 * yearMs - 1, "729d"],
    [2 * yearMs + 23 * hourMs, "2y"],
    [2 * yearMs + dayMs, "2y1d"],
    [8 * yearMs - 1, "7y364d"],
    [8 * yearMs + 364 * dayMs, "8y"],
    [100 * yearMs - 1, "99y"],
  ])("%d ms reads %s, as kubeadm prints it", (ms, text) => {
    expect(residualTime(ms)).toBe(text);
  });
});

describe("EXPIRES", () => {
  it.each([
    ["2026-02-20T17:12:59Z", "Feb 20, 2026 17:12 UTC"],
    ["2027-11-02T05:04:00Z", "Nov 02, 2027 05:04 UTC"],
    ["2126-10-29T15:50:49Z", "Oct 29, 2126 15:50 UTC"],
  ])("%s reads %s", (iso, text) => {
    expect(expiresText(Date.parse(iso))).toBe(text);
  });
});
