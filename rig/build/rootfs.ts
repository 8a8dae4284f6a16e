/** The base system under every node: a Debian made once by debootstrap and never written again. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must } from "../command.ts";
import { unmountBelow } from "../mounts.ts";
import { say } from "../progress.ts";
import { suite } from "../settings.ts";

const packages: readonly string[] =
  "systemd systemd-sysv dbus openssh-server containerd runc containernetworking-plugins iproute2 iptables conntrack ebtables ethtool socat openssl jq curl procps kmod cron ca-certificates".split(
    " ",
  );

/** Returns the folder; another package list or suite makes another one beside it. */
export async function rootfs(cacheDir: string): Promise<string> {
  const dir = join(cacheDir, `rootfs-${rootfsKey(suite, packages)}`);
  if (existsSync(join(dir, "etc/drydock-rig"))) return dir;
  const part = join(cacheDir, "rootfs-part");
  // debootstrap mounts /proc and /sys there, and leaves them so when it is killed.
  await unmountBelow(part);
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  say(`making the base system: debootstrap ${suite}, ${packages.length} packages (3-4 minutes)`);
  const include = `--include=${packages.join(",")}`;
  await must(["debootstrap", "--variant=minbase", include, suite, part], { timeoutMs: 1_200_000 });
  await finishRootfs(part);
  await rename(part, dir);
  return dir;
}

/** Every node makes its own identity, and nothing may reach for packages by itself. */
async function finishRootfs(dir: string): Promise<void> {
  const sshDir = join(dir, "etc/ssh");
  const keys = (await readdir(sshDir)).filter((name) => name.startsWith("ssh_host_"));
  for (const key of keys) await rm(join(sshDir, key));
  await rm(join(dir, "var/cache/apt/archives"), { recursive: true, force: true });
  await rm(join(dir, "etc/machine-id"), { force: true });
  await writeFile(join(dir, "etc/drydock-rig"), `${packages.join(" ")}\n`);
}

function rootfsKey(name: string, list: readonly string[]): string {
  const hash = createHash("sha256").update([name, ...list].join("\n"));
  return `${name}-${hash.digest("hex").slice(0, 10)}`;
}
