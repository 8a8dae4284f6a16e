/** What `up` needs from the machine, asked for before anything is changed. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { bridge, subnet } from "./settings.ts";

/** Where each program comes from on Debian; what is missing is answered with these. */
const programs: Readonly<Record<string, string>> = {
  "systemd-nspawn": "apt-get install systemd-container",
  debootstrap: "apt-get install debootstrap",
  haproxy: "apt-get install haproxy",
  ip: "apt-get install iproute2",
  openssl: "apt-get install openssl",
  ssh: "apt-get install openssh-client",
  "ssh-keygen": "apt-get install openssh-client",
  mount: "apt-get install mount",
  chroot: "apt-get install coreutils",
};

/** The machine as it is seen: as data, so that the rules below can be tested. */
export interface Machine {
  readonly platform: string;
  readonly uid: number;
  readonly found: readonly string[];
  readonly overlay: boolean;
  readonly controlGroups: boolean;
  readonly foreignInterfaces: readonly string[];
  readonly freeBytes: number;
}

export function lookAtMachine(freeBytes: number): Machine {
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    found: [...Object.keys(programs), "go"].filter(onPath),
    overlay: hasOverlay(),
    controlGroups: existsSync("/sys/fs/cgroup"),
    foreignInterfaces: foreignInterfaces(),
    freeBytes,
  };
}

/** One sentence for each thing that is missing, with the way to get it. */
export function missing(machine: Machine): string[] {
  if (machine.platform !== "linux") return ["The rig needs Linux: its nodes are nspawn machines."];
  const said: string[] = [];
  if (machine.uid !== 0) {
    said.push("The rig needs root, for mounts, a bridge and machines: run it with sudo.");
  }
  for (const [program, remedy] of Object.entries(programs)) {
    if (!machine.found.includes(program)) said.push(`${program} is missing: ${remedy}`);
  }
  if (!machine.found.includes("go")) {
    said.push("go is missing: install Go 1.24 or newer and put it on the PATH.");
  }
  if (!machine.overlay) said.push("The kernel has no overlayfs: modprobe overlay.");
  if (!machine.controlGroups) said.push("/sys/fs/cgroup is not mounted: mount the control groups.");
  for (const name of machine.foreignInterfaces) {
    said.push(`${name} has an address in ${subnet}.0/24, which the rig uses: remove it first.`);
  }
  if (machine.freeBytes < freeBytesMin) {
    const gib = (machine.freeBytes / 2 ** 30).toFixed(1);
    said.push(`The cache folder has ${gib} GiB free and the rig needs 12: free some space.`);
  }
  return said;
}

const freeBytesMin = 12 * 2 ** 30;

function onPath(program: string): boolean {
  const dirs = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return dirs.some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * A file system that is a module is listed only once it is loaded, which the first mount would do.
 */
function hasOverlay(): boolean {
  if (!existsSync("/proc/filesystems")) return false;
  const isListed = () => readFileSync("/proc/filesystems", "utf8").includes("\toverlay\n");
  if (isListed()) return true;
  spawnSync("modprobe", ["-q", "overlay"], { stdio: "ignore", timeout: 10_000 });
  return isListed();
}

/** The rig's own bridge may be there from a run that was killed. */
function foreignInterfaces(): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) => {
    const ours = (addresses ?? []).some((one) => one.address.startsWith(`${subnet}.`));
    return ours && name !== bridge ? [name] : [];
  });
}
