// Whether all that kubeadm renews has been renewed, told from the files alone.

import { expect } from "vitest";
import { leaves } from "./cluster.ts";

/** Renewed means another serial and a later end. `before`: what `leaves` saw then. */
export async function everythingRenewed(before: Awaited<ReturnType<typeof leaves>>): Promise<void> {
  const after = await leaves();
  expect([...after.keys()]).toEqual([...before.keys()]);
  for (const [name, now] of after) {
    expect(now.serial, name).not.toBe(before.get(name)?.serial);
    expect(now.notAfter, name).toBeGreaterThan(before.get(name)?.notAfter ?? Infinity);
  }
}
