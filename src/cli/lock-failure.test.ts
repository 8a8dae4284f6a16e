import { expect, test } from "vitest";
import { lockFailure } from "./lock-failure.ts";

const roles = { controlPlane: true, etcd: true, worker: false };

function named(name: string, login: string | undefined) {
  const run = async () => ({ kind: "not-sent", because: "not asked" }) as const;
  const host = { host: { name, run, fetch: run }, address: "10.0.0.1", roles };
  return login === undefined ? host : { ...host, login };
}

const failed = { kind: "failed", host: "node2", because: "no answer" } as const;

test("a host that the lock cannot be read on is to be logged in to as we do", () => {
  const hosts = [
    named("node1", "ssh 10.0.0.1"),
    named("node2", "ssh -F conf -p 2222 -l ops 10.0.0.2"),
  ];
  const { exit, remedy } = lockFailure(failed, false, { hosts, source: "" });
  expect(exit).toBe("unreachable");
  expect(remedy).toBe(
    "Make `ssh -F conf -p 2222 -l ops 10.0.0.2` work, then run the same command again.",
  );
  expect(lockFailure(failed, true, { hosts, source: "" }).remedy).toContain("--skip resume");
});

test.each([[[]], [[named("node2", undefined)]]])(
  "no command is given for a login of which nothing is known",
  (hosts) => {
    expect(lockFailure(failed, false, { hosts, source: "" }).remedy).toMatch(
      /^Make the login on node2 work, /,
    );
  },
);

test("whose lock is held by a machine that may be lost is told the whole command that takes it away", () => {
  const by = { window: "w1", holder: "root@vm", since: 0, epoch: 1 };
  const lock = { kind: "held", host: "node1", by } as const;
  const { exit, remedy } = lockFailure(lock, false, { hosts: [], source: "-i a.ini --state /s" });
  expect(exit).toBe("locked");
  expect(remedy).toBe(
    "Finish it there: drydock run, or drydock abandon. If that machine is lost, look at the cluster and take the lock away with `drydock abandon --break-lock w1 -i a.ini --state /s`.",
  );
});
