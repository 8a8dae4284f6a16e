// kubeadm before 1.31 lets a renewed certificate begin when its authority did: its start tells
// nobody that it was renewed.

import { expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { textAt } from "../src/simulator/files.ts";
import { hostNamed } from "../src/simulator/model.ts";
import { validityOf } from "../src/simulator/x509.ts";
import { drydock, killedCode, type Sandbox, sandbox } from "./scenarios/simulated.ts";
import { seenBefore, wrongAfter } from "./simulate/verdict.ts";

function startOf({ site }: Sandbox, name: string): number {
  const node = hostNamed(site.model, "node2");
  return validityOf(textAt(node, `/etc/kubernetes/pki/${name}.crt`))?.notBefore ?? 0;
}

test("a window renews everything with it, tells of each, and so does the next one", async () => {
  const box = sandbox({ renewedFrom: "authority" });
  for (const _ of ["first", "second"]) {
    const before = seenBefore(box);
    const ran = await drydock(box, "run --yes");
    expect(ran.code, ran.err).toBe(exitCodes.ok);
    expect(startOf(box, "apiserver")).toBe(startOf(box, "ca"));
    expect(wrongAfter(box, before, { renewed: true, replicas: 1 })).toEqual([]);
    const told = ran.out.match(/ [0-9a-f]{8} -> [0-9a-f]{8}$/gm) ?? [];
    expect(told.length).toBe(before.serials.size);
    expect((await drydock(box, "certs")).code).toBe(exitCodes.ok);
    await box.site.clock.wait(3_600_000);
  }
});

test("a window that was killed in a renewal is gone on with, and renews what is left", async () => {
  const box = sandbox({ renewedFrom: "authority" });
  const before = seenBefore(box);
  const told = (text: string) =>
    text.includes("renew-certificates@node2: ok") ? "kill" : undefined;
  expect((await drydock(box, "run --yes", { told })).code).toBe(killedCode);
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(exitCodes.ok);
  expect(wrongAfter(box, before, { renewed: true, replicas: 1 })).toEqual([]);
});
