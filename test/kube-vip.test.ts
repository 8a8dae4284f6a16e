// Where kube-vip carries the control plane's address: it reads admin.conf when it starts, and only then.
// kubespray names its manifest in another way than kubeadm does.

import { describe, expect, test } from "vitest";
import { textAt } from "../src/simulator/files.ts";
import { running } from "../src/simulator/model.ts";
import { clientPemOf } from "../src/simulator/nature/kubeconfig.ts";
import { drydock, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";

/** By node: kube-vip's container, and whether it holds what admin.conf holds now. */
function vips({ site }: Sandbox) {
  return [...site.model.hosts.values()].map((host) => {
    const container = running(host, "kube-vip");
    const admin = clientPemOf(textAt(host, "/etc/kubernetes/admin.conf"));
    return { id: container?.id, isCurrent: container?.clientPem === admin, admin };
  });
}

describe("kube-vip", () => {
  for (const way of ["all", "needed"]) {
    test(`is restarted on every node, last of all, with --restart ${way}`, async () => {
      const box = sandbox({ ...swift, kubeVip: true });
      const before = vips(box);
      expect(before.map(({ isCurrent }) => isCurrent)).toEqual([true, true, true]);
      const ran = await drydock(box, `run --yes --restart ${way}`);
      expect(ran.code, ran.err).toBe(0);
      const after = vips(box);
      expect(after.map(({ isCurrent }) => isCurrent)).toEqual([true, true, true]);
      for (const [index, { id, admin }] of after.entries()) {
        expect(id).not.toBe(before[index]?.id);
        expect(admin).not.toBe(before[index]?.admin);
      }
      const order = [...ran.out.matchAll(/restart-component:([\w+-]+)@node2: ok/g)].map(
        ([, name]) => name,
      );
      expect(order.at(-1)).toBe("kube-vip");
      expect(box.site.violations).toEqual([]);
    });
  }
});
