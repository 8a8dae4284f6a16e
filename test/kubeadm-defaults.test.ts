// Whole windows on clusters whose nodes have no configuration file for kubeadm: what it goes by is
// found out before.

import { expect, test } from "vitest";
import { dayMs } from "../src/simulator/build/certificates.ts";
import type { Shape } from "../src/simulator/build/cluster.ts";
import { removeFile } from "../src/simulator/files.ts";
import { controlPlane, hostNamed } from "../src/simulator/model.ts";
import { somebody } from "../src/simulator/transition.ts";
import { validityOf } from "../src/simulator/x509.ts";
import { drydock, type Sandbox, sandbox } from "./scenarios/simulated.ts";
import { seenBefore, wrongAfter } from "./simulate/verdict.ts";

/** Ten years stand in the cluster, and nowhere else. */
function longLived(topology: Shape["topology"]): Sandbox {
  const box = sandbox({ topology, authorityDays: 4000, validityPeriod: "87600h0m0s" });
  for (const host of controlPlane(box.site.model)) {
    removeFile(box.site, host, "/etc/kubernetes/kubeadm-config.yaml", somebody);
  }
  return box;
}

function apiserverEnds({ site }: Sandbox): number {
  const { files, links } = hostNamed(site.model, "node3");
  const pki = "/etc/kubernetes/pki";
  const pem = files.get(`${links.get(pki) ?? pki}/apiserver.crt`)?.content ?? "";
  return validityOf(pem)?.notAfter ?? 0;
}

async function expectWindow(box: Sandbox): Promise<{ readonly days: number }> {
  const startedAt = box.site.model.now;
  const before = seenBefore(box);
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(0);
  expect(wrongAfter(box, before, { renewed: true, replicas: 1 })).toEqual([]);
  return { days: Math.floor((apiserverEnds(box) - startedAt) / dayMs) };
}

const says = "kubeadm cannot use the configuration that the cluster keeps";

test.each(["host-etcd", "static-pod-etcd"] as const)(
  "with %s they are renewed by what the cluster keeps",
  async (topology) => {
    const box = longLived(topology);
    expect((await drydock(box, "plan")).out).not.toContain(says);
    expect((await expectWindow(box)).days).toBe(3650);
  },
);

test.each(["host-etcd", "static-pod-etcd"] as const)(
  "with %s they are renewed for a year, which is said before, where kubeadm cannot use that",
  async (topology) => {
    const box = longLived(topology);
    box.site.model.clusterConfiguration += "kubernetesVersion: v1.30.2\n";
    const planned = await drydock(box, "plan");
    expect(planned.out).toContain(`node1, node2, node3: ${says}`);
    expect(planned.out).toContain("for a year, with RSA keys of 2048 bits");
    expect((await expectWindow(box)).days).toBe(365);
  },
);

test("where the cluster keeps nothing, they are renewed for a year, which is said before", async () => {
  const box = longLived("static-pod-etcd");
  box.site.model.clusterConfiguration = "";
  expect((await drydock(box, "plan")).out).toContain(`node1, node2, node3: ${says}`);
  expect((await expectWindow(box)).days).toBe(365);
});

test("without the API only that is said: kubeadm takes its defaults then, and may not have to", async () => {
  const box = longLived("static-pod-etcd");
  for (const host of controlPlane(box.site.model)) host.containers.splice(0);
  const planned = await drydock(box, "plan");
  expect(planned.out + planned.err).toContain("node1: nodes: no answer");
  expect(planned.out + planned.err).not.toContain(says);
});
