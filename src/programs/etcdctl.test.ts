import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EtcdAccess } from "../cluster/etcd.ts";
import type { Command } from "../core/command.ts";
import {
  checkHealth,
  inspectSnapshot,
  listMembers,
  parseAlarms,
  parseEtcdEnv,
  parseHealth,
  parseMembers,
  parseSnapshot,
  parseStatus,
  readEtcdEnv,
  saveSnapshot,
} from "./etcdctl.ts";
import { makeTree, runHere, type Tree } from "./fake-node.testkit.ts";
import { printed, transcript } from "./transcript.testkit.ts";

const access: EtcdAccess = {
  endpoint: "https://127.0.0.1:2379",
  cacert: "/etc/ssl/etcd/ssl/ca.pem",
  cert: "/etc/ssl/etcd/ssl/admin-node1.pem",
  key: "/etc/ssl/etcd/ssl/admin-node1-key.pem",
};

describe("etcd's members", () => {
  test("are told with their addresses, and ids of 64 bits stay exact", () => {
    // Recorded without --hex, so that the ids are decimal numbers here.
    const members = parseMembers(transcript("etcdctl", "member-list"));
    expect(members).toMatchObject({
      value: [
        { name: "etcd3", idHex: "7192600940855385572", clientUrl: "https://10.99.0.3:2379" },
        { name: "etcd1", idHex: "7296066357809820670", started: true, learner: false },
        { name: "etcd2", idHex: "16582812480410074521" },
      ],
    });
  });

  test("are asked for in hex, whose JSON spells the addresses otherwise", () => {
    expect(listMembers(access).argv).toContain("--hex");
    const member = {
      ID: "63d13eda31f8b5e4",
      name: "etcd3",
      clientURLS: ["https://10.99.0.3:2379"],
    };
    const learner = { ID: "e6224f2bd41a1c19", name: "", clientURLS: [], isLearner: true };
    const text = JSON.stringify({ header: {}, members: [member, learner] });
    expect(parseMembers(printed(text))).toEqual({
      kind: "read",
      value: [
        {
          name: "etcd3",
          idHex: "63d13eda31f8b5e4",
          clientUrl: "https://10.99.0.3:2379",
          learner: false,
          started: true,
        },
        { name: "", idHex: "e6224f2bd41a1c19", clientUrl: "", learner: true, started: false },
      ],
    });
  });
});

describe("etcd's health", () => {
  test("is told of every member", () => {
    const health = parseHealth(transcript("etcdctl", "endpoint-health"));
    const urls = [2, 1, 3].map((i) => `https://10.99.0.${i}:2379`);
    const value = urls.map((url) => ({ url, healthy: true, because: "" }));
    expect(health).toEqual({ kind: "read", value });
  });

  test("is told although etcdctl exits with 1 when a member is down", () => {
    const health = parseHealth(transcript("etcdctl", "endpoint-health-one-down"));
    expect(health).toMatchObject({
      kind: "read",
      value: [
        { healthy: true },
        { healthy: true },
        { url: "https://10.99.0.3:2379", healthy: false, because: "context deadline exceeded" },
      ],
    });
  });

  test("is unreadable without etcdctl's answer, and says what was said instead", () => {
    const outcome = {
      kind: "exited",
      code: 127,
      stdout: "",
      stderr: "etcdctl: not found",
    } as const;
    expect(parseHealth(outcome)).toMatchObject({ because: expect.stringContaining("not found") });
    expect(parseHealth({ kind: "unknown", because: "cut off" }).kind).toBe("unreadable");
    expect(checkHealth(access).argv).toContain("--cluster");
  });
});

describe("etcd's status", () => {
  test("tells leader, size and revision, with ids as the hex list of members has them", () => {
    const status = parseStatus(transcript("etcdctl", "endpoint-status"));
    expect(status).toMatchObject({
      value: [
        {
          url: "https://10.99.0.3:2379",
          memberId: 7192600940855385572n.toString(16),
          leaderId: 7192600940855385572n.toString(16),
          version: "3.5.22",
          revision: 1035,
          sizeBytes: 2273280,
          errors: [],
        },
        { memberId: 7296066357809820670n.toString(16) },
        { memberId: 16582812480410074521n.toString(16) },
      ],
    });
  });

  test("of the members that answer is told when another one does not", () => {
    const whole = transcript("etcdctl", "endpoint-status");
    expect(parseStatus({ ...whole, code: 1, stderr: "one is down" }).kind).toBe("read");
    expect(parseStatus({ ...whole, code: 1, stdout: "" }).kind).toBe("unreadable");
  });
});

describe("etcd's alarms", () => {
  test("are none, or a text each", () => {
    expect(parseAlarms(transcript("etcdctl", "alarm-list"))).toEqual({ kind: "read", value: [] });
    const alarms = parseAlarms(printed("memberID:7192600940855385572 alarm:NOSPACE \n"));
    expect(alarms).toMatchObject({ value: ["memberID:7192600940855385572 alarm:NOSPACE"] });
  });
});

describe("/etc/etcd.env", () => {
  let tree: Tree;
  beforeEach(() => {
    tree = makeTree();
  });
  afterEach(() => tree.remove());

  function readHere() {
    const [sh, c = "", script = "", ...words] = readEtcdEnv.argv;
    const rooted = script.replace("/etc/etcd.env", join(tree.root, "etc/etcd.env"));
    return runHere({ ...readEtcdEnv, argv: [sh, c, rooted, ...words] });
  }

  test("tells how to reach etcd, and only those lines of it leave the node", () => {
    const lines = [
      "# ETCDCTL_KEY=/commented/out",
      "ETCD_INITIAL_CLUSTER_TOKEN=a-secret",
      "ETCD_DATA_DIR=/nobody/reads",
      "ETCDCTL_ENDPOINTS=https://10.0.0.1:2379,https://10.0.0.2:2379",
      `ETCDCTL_CACERT="${access.cacert}"`,
      `ETCDCTL_KEY=${access.key}`,
      `ETCDCTL_CERT=${access.cert}`,
    ];
    tree.write("etc/etcd.env", `${lines.join("\n")}\n`);
    const outcome = readHere();
    expect(JSON.stringify(outcome)).not.toMatch(/a-secret|commented|nobody/);
    const value = { ...access, endpoint: "https://10.0.0.1:2379" };
    expect(parseEtcdEnv(outcome)).toMatchObject({ kind: "read", value });
  });

  test("is unreadable where it is not, or does not name a certificate", () => {
    expect(parseEtcdEnv(readHere()).kind).toBe("unreadable");
    tree.write("etc/etcd.env", `ETCDCTL_CACERT=${access.cacert}\n`);
    expect(parseEtcdEnv(readHere()).kind).toBe("unreadable");
  });
});

describe("a snapshot", () => {
  let tree: Tree;
  let file: string;
  beforeEach(() => {
    tree = makeTree();
    file = join(tree.root, "backups/w1/etcd-snapshot.db");
    mkdirSync(join(tree.root, "bin"));
    play(
      "etcdutl",
      `[ -s "$3" ] || { echo "Error: not a database" >&2; exit 1; }
echo '{"hash":1,"revision":1520,"totalKey":812,"totalSize":2600960,"version":"3.5.0"}'`,
    );
  });
  afterEach(() => tree.remove());

  /** A program of this name that comes first on the node. */
  function play(name: string, script: string): void {
    tree.write(`bin/${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(join(tree.root, "bin", name), 0o755);
  }

  function here(command: Command) {
    return runHere(command, `${join(tree.root, "bin")}:/usr/bin:/bin`);
  }

  /** As etcdctl does: into a .part, which is renamed at the end. */
  function playEtcdctl(then: string, status = "exit 0"): void {
    const file = `for file in "$@"; do :; done`;
    const asked = `case "$*" in *" endpoint status") ${status};; esac`;
    play("etcdctl", `${asked}\n${file}\necho "$@" >"$file.part"; ${then}`);
  }

  const save = () => here(saveSnapshot(access, file));
  const inspect = () => parseSnapshot(here(inspectSnapshot(file)));
  const left = () => readdirSync(join(tree.root, "backups/w1")).sort();

  test("is saved with mode 0600, and without the limit of a short command", () => {
    playEtcdctl(`chmod 644 "$file.part"; mv "$file.part" "$file"`);
    expect(save()).toMatchObject({ kind: "exited", code: 0, stdout: "" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const words = readFileSync(file, "utf8");
    expect(words).toContain(`--endpoints=${access.endpoint} --cacert=${access.cacert}`);
    expect(words).toContain(`snapshot save ${file}`);
    // Ends before Drydock gives it up: nothing else runs on the host while it waits.
    expect(words).toContain("--command-timeout=840s");
    expect(saveSnapshot(access, file).timeoutMs).toBeGreaterThan(850_000);
    expect(left()).toEqual(["etcd-snapshot.db"]);
  });

  test("is not asked for where the member does not answer, and nothing is moved aside for it", () => {
    playEtcdctl(`mv "$file.part" "$file"`, "echo no >&2; exit 1");
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, "of an earlier try");
    expect(save()).toMatchObject({ code: 1, stderr: "no\n" });
    expect(left()).toEqual(["etcd-snapshot.db"]);
  });

  test("is told with its size, checksum, revision and keys", () => {
    playEtcdctl(`mv "$file.part" "$file"`);
    save();
    expect(inspect()).toEqual({
      kind: "read",
      value: {
        sizeBytes: statSync(file).size,
        mode: 0o600,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        revision: 1520,
        totalKeys: 812,
      },
    });
  });

  test("that is real is told by etcdutl with its revision and keys", () => {
    const { stdout } = transcript("etcdctl", "snapshot-status");
    const seen = parseSnapshot(printed(`present\n2629664 600\n${"0".repeat(64)}  -\n${stdout}`));
    const { revision, totalKey } = JSON.parse(stdout);
    expect(seen).toMatchObject({ value: { revision, totalKeys: totalKey } });
    expect(Math.min(revision, totalKey)).toBeGreaterThan(100);
  });

  test("is not there before it is saved", () => {
    expect(inspect()).toEqual({ kind: "read", value: undefined });
  });

  test("that cannot be read by etcdutl is damaged, and etcdutl's reason is told", () => {
    tree.write("backups/w1/etcd-snapshot.db", "");
    expect(inspect()).toMatchObject({
      value: { damaged: expect.stringContaining("not a database") },
    });
  });

  test("is told by etcdctl where there is no etcdutl, as before etcd 3.6", () => {
    tree.write("backups/w1/etcd-snapshot.db", "x");
    play("etcdctl", `echo '{"revision":7,"totalKey":1}'`);
    runHere({ argv: ["rm", join(tree.root, "bin/etcdutl")], timeoutMs: 1000 });
    expect(inspect()).toMatchObject({ value: { revision: 7, totalKeys: 1 } });
  });

  test("that fails leaves no part of it, and etcdctl's code and words", () => {
    playEtcdctl(`echo "Error: context deadline exceeded" >&2; exit 5`);
    expect(save()).toMatchObject({ code: 5, stderr: "Error: context deadline exceeded\n" });
    expect(left()).toEqual([]);
  });

  test("that etcdctl calls saved and is not there is no success", () => {
    play("etcdctl", "exit 0");
    expect(save()).not.toMatchObject({ code: 0 });
  });

  test("never overwrites an earlier one, however often it is saved", () => {
    for (const content of ["one", "two", "three", "four"]) {
      playEtcdctl(`echo ${content} >"$file.part"; mv "$file.part" "$file"`);
      expect(save()).toMatchObject({ code: 0 });
    }
    const contents = left().map((name) =>
      readFileSync(join(tree.root, "backups/w1", name), "utf8"),
    );
    expect(contents.sort()).toEqual(["four\n", "one\n", "three\n", "two\n"]);
    expect(readFileSync(file, "utf8")).toBe("four\n");
  });

  test("reads in the plan as what people would type", () => {
    expect(saveSnapshot(access, "/b/s.db").shown).toMatch(/^etcdctl .* snapshot save \/b\/s\.db$/);
  });
});
