// A /root/.kube/config that is no copy of admin.conf: a window leaves it alone, and does not depend on it.

import { expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { dayMs } from "../src/simulator/build/certificates.ts";
import { writeFile } from "../src/simulator/files.ts";
import { type HostModel, hostNamed } from "../src/simulator/model.ts";
import { clientPemOf, withClient } from "../src/simulator/nature/kubeconfig.ts";
import { somebody } from "../src/simulator/transition.ts";
import { mint, mintLike } from "../src/simulator/x509.ts";
import { providerReplicas } from "./scenarios/cluster-seen.ts";
import { drydock, sandbox } from "./scenarios/simulated.ts";

const path = "/root/.kube/config";

function textAt(host: HostModel, path: string): string {
  return host.files.get(path)?.content ?? "";
}

function withToken(host: HostModel): string {
  const text = textAt(host, path).replace(/ {4}client-(certificate|key)-data: .*\n/g, "");
  return `${text}    token: abc\n`;
}

/** Every kubeadm cluster calls its admin the same: only the authority is another. */
function ofAnotherCluster(host: HostModel, now: number): string {
  const validity = { notBefore: now - 30 * dayMs, notAfter: now + 300 * dayMs };
  const profile = { subject: [["CN", "kubernetes"]], names: [], use: "authority" } as const;
  const other = mint(profile, validity, 9001);
  const text = textAt(host, path);
  return withClient(text, mintLike(clientPemOf(text), validity, 9002, other));
}

function expiredFromBefore129(host: HostModel, now: number): string {
  const folder = "/etc/kubernetes/ssl";
  const ca = { pem: textAt(host, `${folder}/ca.crt`), keyPem: textAt(host, `${folder}/ca.key`) };
  const subject = [
    ["O", "system:masters"],
    ["CN", "kubernetes-admin"],
  ] as const;
  const validity = { notBefore: now - 400 * dayMs, notAfter: now - 35 * dayMs };
  const client = mint({ subject, names: [], use: "client" }, validity, 9003, ca);
  return withClient(textAt(host, path), client);
}

test.each([
  ["has a token", withToken],
  ["is another cluster's", ofAnotherCluster],
  ["is an expired copy from before Kubernetes 1.29", expiredFromBefore129],
])("a window completes where root's kubeconfig %s, and leaves it as it is", async (_, make) => {
  const box = sandbox();
  const host = hostNamed(box.site.model, "node1");
  const content = make(host, box.site.model.now);
  writeFile(box.site, host, path, { content }, somebody);
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(exitCodes.ok);
  expect(ran.out).toContain(`${path} is no copy of admin.conf: not tried`);
  expect(textAt(host, path)).toBe(content);
  expect(clientPemOf(textAt(hostNamed(box.site.model, "node2"), path))).toBe(
    clientPemOf(textAt(hostNamed(box.site.model, "node2"), "/etc/kubernetes/admin.conf")),
  );
  expect(providerReplicas(box.site.model)).toBe("1/1");
  expect(box.site.violations).toEqual([]);
});

test("another user's copy of admin.conf is named in the plan and in the report, and left as it is", async () => {
  const box = sandbox();
  const host = hostNamed(box.site.model, "node2");
  const content = textAt(host, "/etc/kubernetes/admin.conf");
  const copy = "/home/ubuntu/.kube/config";
  writeFile(box.site, host, copy, { content }, somebody);
  const another = {
    content: ofAnotherCluster(host, box.site.model.now).replace(/authority-data: ./, "$&x"),
  };
  writeFile(box.site, host, "/home/ops/.kube/config", another, somebody);
  const renews = `install -m 600 -o root -g root /etc/kubernetes/admin.conf ${copy}`;
  const { out } = await drydock(box, "plan");
  expect(out).toContain(`Beware: node2: ${copy} is a copy of admin.conf, and`);
  expect(out).toContain(`\`${renews}\` afterwards.\n`);
  expect(out).not.toContain("/home/ops");
  const ran = await drydock(box, "run --yes");
  expect(ran.out).toContain(
    `Copies of admin.conf that a window does not change:\n- on node2: ${renews}\n`,
  );
  expect(ran.out).not.toContain("/home/ops");
  expect(textAt(host, copy)).toBe(content);
});
