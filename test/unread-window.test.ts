// A window on this machine whose journal cannot be read may be open: what only looks says so, and a
// window is not begun beside it.

import { expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import type { Opening, Outside, UnreadWindow, Where } from "../src/cli/outside.ts";
import { runProgram } from "../src/cli/program.ts";
import { newTool } from "../src/simulator/tool.ts";
import { outsideFor, quietTerminal, sandbox } from "./scenarios/simulated.ts";

const unread: UnreadWindow = {
  window: "w20261101-0101-aaaa",
  because: "/state/w20261101-0101-aaaa/journal.jsonl:3: it was changed",
  remedy: "Restore it. Without a copy:\n1. mv a b",
};

/** The outcome of a command where such a window is, and how the cluster was opened. */
async function withUnread(words: string) {
  const said = { out: "", err: "" };
  const terminal = quietTerminal(said);
  const outside = outsideFor(sandbox(), newTool([]), {
    ...terminal,
    out: (text) => {
      said.out += text;
    },
  });
  const opened: Opening[] = [];
  const openCluster = async (where: Where, on: Opening) => {
    opened.push(on);
    return { ...(await outside.openCluster(where, on)), unread: async () => [unread] };
  };
  const here: Outside = { ...outside, openCluster };
  const rehearse = async () => exitCodes.ok;
  const shows = { rehearse, demo: async () => exitCodes.ok };
  const code = await runProgram(words.split(" "), async () => here, shows);
  return { code, out: said.out, opened };
}

test.each(["plan", "rehearse"])("%s shows it as what is in the way", async (words) => {
  const { code, out, opened } = await withUnread(words);
  expect(code).toBe(exitCodes.journal);
  expect(out).toContain(
    "sandbox: whether window w20261101-0101-aaaa is open is not known: " +
      "/state/w20261101-0101-aaaa/journal.jsonl:3: it was changed\n" +
      "         Restore it. Without a copy:\n" +
      "         1. mv a b\n",
  );
  expect(opened).toEqual([{ connect: "all", looks: true }]);
});

test.each(["provider status", "leases", "status", "survey"])(
  "%s looks all the same",
  async (words) => {
    const { out, opened } = await withUnread(words);
    expect(out).not.toBe("");
    expect(opened.map(({ looks }) => looks)).toEqual([true]);
  },
);
