// Which machine this is, told as the survey's script tells it of a host (programs/host-basics.ts).

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const told = ["/etc/machine-id", "/proc/sys/kernel/random/boot_id"];

/**
 * The same for two looks at one machine between two starts of it, and for no two machines: clones
 * share their machine-id (machine-id(5), which is not to be shown as it is), containers of one host
 * its boot id. Undefined where it has no machine-id.
 */
export function thisMachine(paths: readonly string[] = told): string | undefined {
  try {
    const [id = "", ...others] = paths.map((path) => readFileSync(path, "utf8"));
    if (id.trim() === "") return undefined;
    const text = [id, ...others].join("");
    return createHash("sha256").update(text).digest("hex").slice(0, 16);
  } catch {
    return undefined;
  }
}
