/** Which containers of the control plane run: what was not restarted is not to be called fast. */
import { z } from "zod";
import { mustOnNode } from "../../rig/cluster/ssh.ts";
import type { Settings } from "../../rig/settings.ts";

/** Ids by `node/component`. */
export type Containers = ReadonlyMap<string, string>;

const list = z.object({
  containers: z.array(z.object({ id: z.string(), metadata: z.object({ name: z.string() }) })),
});

export async function controlPlaneContainers(settings: Settings): Promise<Containers> {
  const ask = "crictl ps --name '^kube-(apiserver|scheduler|controller-manager)$' -o json";
  const ids = new Map<string, string>();
  for (const node of settings.nodes) {
    const text = await mustOnNode(settings, node, ask, { timeoutMs: 30_000 });
    for (const { id, metadata } of list.parse(JSON.parse(text)).containers) {
      ids.set(`${node.name}/${metadata.name}`, id);
    }
  }
  return ids;
}

/** `9 of 9` */
export function restartedSince(before: Containers, now: Containers): string {
  const others = [...now].filter(([name, id]) => before.get(name) !== id);
  return `${others.length} of ${now.size}`;
}
