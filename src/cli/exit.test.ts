import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Blocker, BlockerKind } from "../readiness/blocker.ts";
import { exitCodes, exitOfBlockers, Failure } from "./exit.ts";

const blocker = (kind: BlockerKind): Blocker => ({ kind, where: "a", because: "b", remedy: "c" });

describe("exit codes", () => {
  test("are one per kind of trouble, and none that a shell or signal uses itself", () => {
    const codes: readonly number[] = Object.values(exitCodes);
    // Of signals that are heeded, and end it as they would anyway.
    const heeded: readonly number[] = [exitCodes.hungUp, exitCodes.interrupted];
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.filter((code) => code > 125 && !heeded.includes(code))).toEqual([]);
  });

  test("all stand in the README's table with their names in JSON, and nothing else does", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const rows = [...readme.matchAll(/^\| (\d+(?:, \d+)*) \| (\w+(?:, \w+)*) \|/gm)];
    const told = (column: number) => rows.flatMap((row) => (row[column] ?? "").split(", "));
    expect(told(1).map(Number)).toEqual(Object.values(exitCodes));
    expect(told(2)).toEqual(Object.keys(exitCodes));
  });

  test.each<[readonly BlockerKind[], number]>([
    [["unreachable"], 24],
    [["program-missing"], 30],
    [["unauthorized"], 31],
    [["no-provider"], 32],
    [["several-providers"], 33],
    [["locked"], 34],
    [["no-space"], 35],
    [["etcd"], 36],
    [["provider-version"], 37],
    [["other"], 3],
    [["locked", "locked"], 34],
    [["no-space", "etcd"], 3],
    [["etcd", "locked"], 34],
    [[], 3],
  ])("of the blockers %j are %i", (kinds, code) => {
    expect(exitCodes[exitOfBlockers(kinds.map(blocker))]).toBe(code);
  });

  test("a failure says what to do, besides what happened", () => {
    const failure = new Failure("locked", "node1: the lock is held", "Wait for it.");
    expect(failure).toMatchObject({
      exit: "locked",
      message: "node1: the lock is held",
      remedy: "Wait for it.",
    });
  });
});
