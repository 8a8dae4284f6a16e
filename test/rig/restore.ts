// Restores a snapshot into a scratch etcd on loopback and asks it for its revision.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { poll } from "../../rig/command.ts";
import { freePort } from "../../src/ssh/loopback-sshd.ts";
import { cacheDir, etcdVersion } from "./cluster.ts";

const bin = join(cacheDir, "bin", `etcd-v${etcdVersion}`);

export async function revisionOfRestored(snapshot: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "drydock-restore-"));
  const dataDir = join(folder, "data");
  const [client, peer] = [await freePort(), await freePort()];
  execFileSync(join(bin, "etcdutl"), ["snapshot", "restore", snapshot, "--data-dir", dataDir], {
    stdio: "pipe",
  });
  const url = `http://127.0.0.1:${client}`;
  const listen = [`--listen-client-urls=${url}`, `--advertise-client-urls=${url}`];
  const peers = `--listen-peer-urls=http://127.0.0.1:${peer}`;
  const etcd = spawn(join(bin, "etcd"), ["--data-dir", dataDir, ...listen, peers], {
    stdio: "ignore",
  });
  try {
    return await poll("the restored etcd", { timeoutMs: 30_000, everyMs: 200 }, async () => {
      try {
        const words = [
          "--endpoints",
          url,
          "-w",
          "json",
          "get",
          "/registry/namespaces/akash-services",
        ];
        const answer: unknown = JSON.parse(
          execFileSync(join(bin, "etcdctl"), words, {
            encoding: "utf8",
            stdio: "pipe",
            timeout: 5000,
          }),
        );
        const { header, count } = answer as { header: { revision: number }; count?: number };
        return count === 1 ? header.revision : undefined;
      } catch {
        return undefined;
      }
    });
  } finally {
    etcd.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}
