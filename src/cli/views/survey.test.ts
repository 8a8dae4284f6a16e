import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import type { ClusterFacts } from "../../cluster/facts.ts";
import type { Blocker } from "../../readiness/blocker.ts";
import { healthyFacts, heldLock, hostFacts, withNode2 } from "../../readiness/facts.testkit.ts";
import { cutOff, read } from "../../steps/seen.testkit.ts";
import { surveyLines } from "./survey.ts";

function text(facts: ClusterFacts, blockers: readonly Blocker[] = []): string {
  return stripVTControlCharacters(surveyLines(facts, blockers).join("\n"));
}

describe("a survey, for people", () => {
  test("shows hosts, etcd and provider of a healthy cluster", () => {
    expect(text(healthyFacts)).toBe(
      [
        "prod: host-etcd, primary node1",
        "",
        ...[1, 2, 3].flatMap((i) => [
          `node${i} (10.0.0.${i})  controlPlane, etcd, worker`,
          "  Ready, kubelet v1.33.5, kubeadm v1.33.5, etcdctl 3.6.4",
          "  clock +3 ms from here (± 1)",
          "  free: /var/backups 900 MiB",
          `  static pods: kube-apiserver node${i}-apiser`,
          "  etcd.service is active",
          "  admin kubeconfigs: /root/.kube/config",
        ]),
        "",
        "etcd: 3 members, 0 alarms",
        "  etcd1  healthy, leads  3.5.22  20.0 MiB  https://10.0.0.1:2379",
        "  etcd2  healthy  3.5.22  20.0 MiB  https://10.0.0.2:2379",
        "  etcd3  healthy  3.5.22  20.0 MiB  https://10.0.0.3:2379",
        "",
        "provider: akash-services/akash-provider  1 of 1 ready  provider:0.14.0",
        "",
        "Nothing stands in the way of a window.",
      ].join("\n"),
    );
  });

  test("shows what competes with a window on a host", () => {
    const busy = hostFacts("node2", {
      clockOffsetMs: -40,
      renewTimer: "enabled/active",
      cronFiles: ["/etc/cron.d/renew"],
      pausedFiles: ["/etc/cron.d/.drydock-20261122T031500Z.old"],
      busyWith: ["kubeadm"],
    });
    const componentsAway = [{ name: "kube-scheduler" }, { name: "kube-vip" }];
    const said = text(withNode2(() => ({ ...busy, componentsAway, lock: read(heldLock) })));
    for (const line of [
      "clock -40 ms from here",
      "NOT running: kube-scheduler, kube-vip",
      "k8s-certs-renew.timer: enabled/active",
      "cron: /etc/cron.d/renew",
      "running now: kubeadm",
      "locked by window w9 of bob@desk, epoch 2",
    ]) {
      expect(said).toContain(`  ${line}`);
    }
  });

  test("says of what could not be read why, and shows the rest", () => {
    const dark = { ...withNode2((host) => ({ ...host, basics: cutOff })), nodes: cutOff };
    const said = text({ ...dark, etcd: cutOff, providers: cutOff });
    expect(said).toContain("node2 (10.0.0.2)  controlPlane, etcd, worker\n  not read: no answer");
    expect(said).toContain("etcd: not read: no answer: cut off");
    expect(said).toContain("provider: not read: no answer: cut off");
    expect(said).toContain("node1 (10.0.0.1)  controlPlane, etcd, worker\n  kubelet ?, kubeadm");
  });

  test("shows an unhealthy member and a missing provider", () => {
    const { etcd } = healthyFacts;
    if (etcd.kind === "unreadable") throw new Error("no etcd");
    const health = etcd.value.health.map((one, i) => ({ ...one, healthy: i !== 1 }));
    const ill = { ...etcd.value, health, endpoints: etcd.value.endpoints.slice(0, 1) };
    const said = text({ ...healthyFacts, etcd: read(ill), providers: read([]) });
    expect(said).toContain("  etcd2  NOT healthy  ?  ?  https://10.0.0.2:2379");
    expect(said).toContain("provider: none found");
  });

  test("ends with what would stop a window", () => {
    const blocker: Blocker = { kind: "other", where: "node2", because: "ill", remedy: "Mend it." };
    expect(text(healthyFacts, [blocker])).toMatch(
      /A window could not begin now:\nblocked {2}node2: ill\n {9}Mend it\.$/,
    );
  });
});
