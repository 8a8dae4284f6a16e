// Since when containers' processes run: the kernel counts true time, whatever the host's clock was
// set to.

import { clockOf } from "../model.ts";
import { type Answer, type Call, failed, said, takes } from "./call.ts";
import { notFound } from "./crictl.ts";
import { secondsText } from "./stat.ts";

export async function processStarts(call: Call): Promise<Answer> {
  const { site, host, argv } = call;
  const lines: string[] = [];
  for (const id of argv.slice(4)) {
    await takes(call, 40);
    const container = host.containers.find((one) => one.id === id);
    if (container === undefined) return notFound("inspect", id);
    // crictl calls the process of one that has exited 0.
    if (container.state !== "running") {
      return failed(1, "cat: /proc/0/stat: No such file or directory", lines.join(""));
    }
    const age = site.model.now - container.createdAt;
    lines.push(`started ${id} ${secondsText(clockOf(site.model, host) - age).slice(0, -6)}\n`);
  }
  return said(lines.join(""));
}
