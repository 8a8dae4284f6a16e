// A lock that is left of a window which was closed on this machine: nobody can go on with that.

import { expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { rehearseCommand } from "../src/cli/rehearse.ts";
import { writeFile } from "../src/simulator/files.ts";
import { hostNamed } from "../src/simulator/model.ts";
import { somebody } from "../src/simulator/transition.ts";
import { lockHolders } from "./scenarios/cluster-seen.ts";
import { drydock, outsideFor, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";
import { seenBefore, wrongAfter } from "./simulate/verdict.ts";

/** As a command that came to life after it had been given up leaves it. */
function leaveLock({ site }: Sandbox, node: string, window: string, who = "operator@desk"): void {
  const path = "/var/lib/drydock/lock/holder";
  const content = `${window} 1 ${site.model.now} ${who}\n`;
  writeFile(site, hostNamed(site.model, node), path, { content, mode: 0o600 }, somebody);
}

async function closedWindow(box: Sandbox): Promise<string> {
  expect((await drydock(box, "backup certs")).code).toBe(0);
  const [window = ""] = box.desk.windows.keys();
  return window;
}

test.each(["run --yes", "hold -- mend", "provider stop", "backup etcd"])(
  "is taken away by drydock %s, which says so",
  async (words) => {
    const box = sandbox(swift);
    const window = await closedWindow(box);
    leaveLock(box, "node2", window);
    const ran = await drydock(box, words);
    expect(ran.code, ran.err).toBe(0);
    expect(ran.err).toContain(
      `node2: the lock of window ${window}, which was closed here, is taken away.`,
    );
    expect(lockHolders(box.site.model)).toEqual([]);
    expect(box.site.violations).toEqual([]);
  },
);

test("is not taken away by a machine that does not know the window", async () => {
  const box = sandbox(swift);
  leaveLock(box, "node2", "w20261122-0300-other");
  const ran = await drydock(box, "run --yes");
  expect(ran.code).toBe(exitCodes.locked);
  expect(ran.err).toContain("drydock abandon --break-lock w20261122-0300-other");
});

test("does not stand in the way of a whole window", async () => {
  const box = sandbox(swift);
  const window = await closedWindow(box);
  const before = seenBefore(box);
  for (const node of ["node1", "node2", "node3"]) leaveLock(box, node, window);
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(0);
  expect(wrongAfter(box, before, { renewed: true, replicas: 1 })).toEqual([]);
});

test("is none where another machine goes on with a copy of that window", async () => {
  const box = sandbox(swift);
  const window = await closedWindow(box);
  leaveLock(box, "node2", window, "operator@laptop");
  const ran = await drydock(box, "run --yes");
  expect(ran.code).toBe(exitCodes.locked);
  expect(lockHolders(box.site.model)).toEqual([expect.stringContaining("operator@laptop")]);
});

test("of two windows on two hosts is taken away on both", async () => {
  const box = sandbox(swift);
  const first = await closedWindow(box);
  expect((await drydock(box, "backup certs")).code).toBe(0);
  const second = [...box.desk.windows.keys()].find((id) => id !== first) ?? "";
  leaveLock(box, "node2", first);
  leaveLock(box, "node3", second);
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(0);
  expect(ran.err).toContain(`node2: the lock of window ${first}`);
  expect(ran.err).toContain(`node3: the lock of window ${second}`);
});

test("does not stand in a survey's way either", async () => {
  const box = sandbox(swift);
  leaveLock(box, "node2", await closedWindow(box));
  const { out } = await drydock(box, "survey");
  expect(out).not.toContain("--break-lock");
});

test("does not keep a window from being rehearsed", async () => {
  const box = sandbox(swift);
  leaveLock(box, "node2", await closedWindow(box));
  const played: string[] = [];
  const code = await rehearseCommand(
    outsideFor(box),
    {},
    {
      flags: { json: false, restart: "all", restartEtcd: false, skip: [], watch: 0, settle: 0 },
      rehearse: async ({ cluster }) => {
        played.push(cluster);
        return exitCodes.ok;
      },
    },
  );
  expect(code).toBe(exitCodes.ok);
  expect(played).toHaveLength(1);
});
