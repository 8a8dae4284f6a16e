// Restores a snapshot into a scratch etcd on loopback and asks it for its revision.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { poll } from "../../rig/command.ts";
import { freePort } from "../../src/ssh/loopback-sshd.ts";
import { cacheDir, etcdVersion } from "./cluster.ts";
import { testFolder } from "./drydock.ts";

const bin = join(cacheDir, "bin", `etcd-v${etcdVersion}`);

export async function revisionOfRestored(snapshot: string): Promise<number> {
  const folder = testFolder("restore");
  const dataDir = join(folder, "data");
  try {
    const words = ["snapshot", "restore", snapshot, "--data-dir", dataDir];
    execFileSync(join(bin, "etcdutl"), words, { stdio: "pipe" });
    return await revisionIn(dataDir);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function revisionIn(dataDir: string): Promise<number> {
  const [client, peer] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${client}`;
  const listen = [`--listen-client-urls=${url}`, `--advertise-client-urls=${url}`];
  const peers = `--listen-peer-urls=http://127.0.0.1:${peer}`;
  const etcd = spawn(join(bin, "etcd"), ["--data-dir", dataDir, ...listen, peers], {
    stdio: "ignore",
  });
  const ended = once(etcd, "exit");
  try {
    return await poll("the restored etcd", { timeoutMs: 30_000, everyMs: 200 }, async () =>
      revisionAt(url),
    );
  } finally {
    etcd.kill("SIGKILL");
    await ended;
  }
}

/** Undefined as long as it does not answer. */
function revisionAt(url: string): number | undefined {
  const key = "/registry/namespaces/akash-services";
  try {
    const said = execFileSync(
      join(bin, "etcdctl"),
      ["--endpoints", url, "-w", "json", "get", key],
      { encoding: "utf8", stdio: "pipe", timeout: 5000 },
    );
    const { header, count } = JSON.parse(said) as {
      header: { revision: number };
      count?: number;
    };
    return count === 1 ? header.revision : undefined;
  } catch {
    return undefined;
  }
}
