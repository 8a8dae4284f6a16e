// Certificates that live longer than a year, since kubeadm's configuration says so on every node.

import { expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { dayMs } from "../src/simulator/build/certificates.ts";
import { hostNamed } from "../src/simulator/model.ts";
import { validityOf } from "../src/simulator/x509.ts";
import { drydock, sandbox } from "./scenarios/simulated.ts";

test("are renewed for as long again, and a second window right after the first one as well", async () => {
  const box = sandbox({ residualDays: 3000, authorityDays: 4000, validityPeriod: "87600h0m0s" });
  for (const _ of ["first", "second"]) {
    const startedAt = box.site.model.now;
    const ran = await drydock(box, "run --yes");
    expect(ran.code, ran.err).toBe(exitCodes.ok);
    const file = hostNamed(box.site.model, "node3").files.get("/etc/kubernetes/ssl/apiserver.crt");
    expect(validityOf(file?.content ?? "")?.notAfter).toBeGreaterThan(startedAt + 3650 * dayMs);
  }
  expect(box.site.violations).toEqual([]);
});

test("are known to be signed for so long where that stands in the cluster only, as no node has a file", async () => {
  const shape = { topology: "static-pod-etcd", authorityDays: 4000 } as const;
  const box = sandbox({ ...shape, residualDays: 3000, validityPeriod: "87600h0m0s" });
  const startedAt = box.site.model.now;
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(exitCodes.ok);
  const file = hostNamed(box.site.model, "node3").files.get("/etc/kubernetes/pki/apiserver.crt");
  expect(validityOf(file?.content ?? "")?.notAfter).toBeGreaterThan(startedAt + 3640 * dayMs);
  expect(box.site.violations).toEqual([]);
});

test("are not renewed by an authority that ends before them", async () => {
  const box = sandbox({ residualDays: 300, authorityDays: 3200, validityPeriod: "87600h0m0s" });
  const ran = await drydock(box, "run --yes");
  expect(ran.code).toBe(exitCodes.blocked);
  expect(ran.err).toMatch(/^node1: certificate authority ca expires on 2035-/);
  expect(ran.err).toContain("or shorten certificateValidityPeriod in");
});
