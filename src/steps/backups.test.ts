import { describe, expect, test } from "vitest";
import { staticPodAccess } from "../cluster/etcd.ts";
import { noChain } from "../core/chain.testkit.ts";
import { backupCertificates, bringArchive } from "./backup-certificates.ts";
import { backupEtcd, bringSnapshot } from "./backup-etcd.ts";
import { cutOff, read, said, storedFile, typed } from "./seen.testkit.ts";

const nothing = read(undefined);
const damaged = read({ damaged: "exit code 1: bad pages" });

describe("a snapshot on the node", () => {
  const goal = { path: "/b/w1/s.db", as: "s.db", etcd: staticPodAccess(""), revisionMin: 100 };
  const saved = { sizeBytes: 4096, mode: 0o600, sha256: "aa", revision: 100, totalKeys: 9 };

  test.each([
    ["there is none", nothing, "needed: this window has no snapshot yet"],
    ["it is whole", read(saved), "satisfied: revision 100, 9 keys, 4096 bytes"],
    ["it is empty", read({ ...saved, sizeBytes: 0 }), "needed: /b/w1/s.db is 0 bytes"],
    [
      "it is older than the plan",
      read({ ...saved, revision: 99 }),
      /^needed: .*revision 99, older than 100/,
    ],
    ["it has no keys", read({ ...saved, totalKeys: 0 }), "needed: /b/w1/s.db has no keys"],
    ["others could read it", read({ ...saved, mode: 0o644 }), /^needed: .*mode 644, not 600/],
    ["etcdutl would not read it", damaged, "needed: exit code 1: bad pages"],
    ["the node does not answer", cutOff, "unclear: no answer: cut off"],
  ])("when %s", (_, seen, words) => {
    expect(said(backupEtcd.judge({ onHost: seen, isHere: false }, goal))).toEqual(
      typeof words === "string" ? words : expect.stringMatching(words),
    );
  });

  test.each([
    ["gone", nothing],
    ["damaged", damaged],
  ])("that is %s there, and of which there is a copy here, is not taken once more", (_, onHost) => {
    expect(said(backupEtcd.judge({ onHost, isHere: true }, goal))).toMatch(/^satisfied/);
  });

  test("is saved by etcdctl, and copied here under its own name", () => {
    expect(typed(backupEtcd.change({ onHost: nothing, isHere: false }, goal))[0]).toContain(
      "/b/w1/s.db etcdctl --endpoints=",
    );
    expect(typed(bringSnapshot.change({}, goal))).toEqual(["copy /b/w1/s.db"]);
  });

  test("is not read through on the node, which may take minutes, while there is no copy", async () => {
    const asked: string[] = [];
    const run = async () => {
      asked.push("node");
      return { kind: "unknown", because: "cut off" } as const;
    };
    const look = { host: "node1", now: 0, chain: noChain, run };
    const seeing = (here: ReturnType<typeof storedFile> | undefined) =>
      bringSnapshot.observe({ ...look, stored: async () => here }, goal);
    await seeing(undefined);
    expect(asked).toEqual([]);
    await seeing(storedFile());
    expect(asked).toEqual(["node"]);
  });

  test("may take half an hour, or as long as a slow line needs for a big one", () => {
    const limitOf = (sizeBytes?: number) => {
      const [copy] = bringSnapshot.change({}, sizeBytes ? { ...goal, sizeBytes } : goal);
      return copy?.kind === "fetch" ? copy.fetch.timeoutMs : 0;
    };
    expect([limitOf(), limitOf(20e6), limitOf(4e9)]).toEqual([1_800_000, 1_800_000, 16_000_000]);
    // Node starts no program with a broken limit.
    expect(limitOf(672_514_081)).toBe(2_690_057);
  });

  test.each([
    ["there is none here", read(saved), undefined, /^needed: there is no copy/],
    ["the copy is the same", read(saved), storedFile(), /^satisfied: 20512 bytes/],
    ["the node's was cleaned away", nothing, storedFile(), /^satisfied/],
    [
      "the copy is another file",
      read(saved),
      storedFile({ sha256: "cc" }),
      /^blocked: .*is not the file/,
    ],
    [
      "the copy is cut off",
      read(saved),
      storedFile({ sizeBytes: 4096 }),
      /^blocked: .*checksum, is missing/,
    ],
    ["the node's is damaged", damaged, storedFile(), /^unclear/],
    ["the node does not answer", cutOff, storedFile(), /^unclear/],
    ["the node does not answer and there is none here", cutOff, undefined, /^needed/],
  ])("its copy, when %s", (_, onHost, here, words) => {
    expect(said(bringSnapshot.judge({ onHost, here }, goal))).toMatch(words);
  });
});

describe("an archive on the node", () => {
  const goal = { path: "/b/w1/n.tar.gz", as: "n.tar.gz", mustHold: ["etc/kubernetes/admin.conf"] };
  const made = {
    sizeBytes: 900,
    mode: 0o600,
    sha256: "aa",
    listSha256: "bb",
    members: ["etc/kubernetes/", "etc/kubernetes/admin.conf"],
  };

  test.each([
    ["there is none", nothing, /^needed: this window has no archive/],
    ["it is whole", read(made), /^satisfied: 2 members, 900 bytes/],
    [
      "it lacks what it must hold",
      read({ ...made, members: [] }),
      /^needed: .*does not hold etc\/kubernetes\/admin/,
    ],
    ["others could read it", read({ ...made, mode: 0o640 }), /^needed: .*mode 640/],
    ["tar would not read it", damaged, /^needed: exit code 1/],
    // Made anew it would be another file than the copy of it that is here already.
    ["the node does not answer", cutOff, /^unclear/],
  ])("when %s", (_, seen, words) => {
    expect(said(backupCertificates.judge({ onHost: seen, isHere: false }, goal))).toMatch(words);
  });

  test.each([
    ["gone", nothing],
    ["damaged", damaged],
  ])("that is %s there, and of which there is a copy here, is not made once more", (_, onHost) => {
    const seen = { onHost, isHere: true };
    expect(said(backupCertificates.judge(seen, goal))).toMatch(/^satisfied/);
  });

  test.each([
    ["nothing is here", read(made), undefined, undefined, /^needed/],
    ["its list is not here", read(made), storedFile(), undefined, /^needed/],
    ["both are here", read(made), storedFile(), storedFile({ sha256: "bb" }), /^satisfied/],
    ["the copy is another file", read(made), storedFile({ sha256: "x" }), storedFile(), /^blocked/],
    [
      "the list is another file",
      read(made),
      storedFile(),
      storedFile({ sha256: "x" }),
      /^blocked: n\.tar\.gz\.list here is not the file \/b\/w1\/n\.tar\.gz\.list/,
    ],
    ["the node's is damaged", damaged, storedFile(), storedFile(), /^unclear/],
    ["the node does not answer", cutOff, storedFile(), storedFile(), /^unclear/],
  ])("its copy, when %s", (_, onHost, here, listHere, words) => {
    expect(said(bringArchive.judge({ onHost, here, listHere }, goal))).toMatch(words);
  });

  test("that cannot be read on the node is looked for here", async () => {
    const unread = { kind: "exited", code: 2, stdout: "", stderr: "gzip: unexpected end" } as const;
    const look = { host: "node1", now: 0, chain: noChain, run: async () => unread };
    const seen = async (here: ReturnType<typeof storedFile> | undefined) =>
      said(
        backupCertificates.judge(
          await backupCertificates.observe({ ...look, stored: async () => here }, goal),
          goal,
        ),
      );
    expect(await seen(storedFile())).toBe(
      "satisfied: it cannot be read on the node, and its copy is here",
    );
    expect(await seen(undefined)).toMatch(/^needed/);
  });

  test("is brought with its list beside it", () => {
    expect(typed(bringArchive.change({}, goal))).toEqual([
      "copy /b/w1/n.tar.gz",
      "copy /b/w1/n.tar.gz.list",
    ]);
  });
});
