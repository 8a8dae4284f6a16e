import { describe, expect, test } from "vitest";
import { type FinishRenewalGoal, finishRenewal } from "./finish-renewal.ts";
import {
  certificate,
  container,
  cutOff,
  entry,
  read,
  said,
  today,
  typed,
  year,
} from "./seen.testkit.ts";

const base = "/etc/kubernetes/ssl";
const planned = ["admin.conf", "apiserver", "apiserver-kubelet-client", "front-proxy-client"];
const goal: FinishRenewalGoal = {
  certificates: planned.map((name) => ({
    name,
    serialHex: "OLD",
    notAfter: today + 10_000,
    subjectAltNames: [],
    file: name.endsWith(".conf") ? `/etc/kubernetes/${name}` : `${base}/${name}.crt`,
  })),
  hasConfigFile: true,
  archive: "/var/backups/drydock/w1/node1.tar.gz",
  components: ["kube-apiserver"],
  apiServer: "https://10.0.0.1:6443",
};

const ended = container("kube-apiserver", "ended", { running: false });

/** With those certificates left as they were, and those pairs cut off. */
function renewal(left: readonly string[], cut: readonly string[] = [], freeBytes = 2 ** 30) {
  const entries = planned.map((name) =>
    entry(
      left.includes(name)
        ? certificate(name, "OLD", today + 10_000)
        : certificate(name, "NEW", today + year),
    ),
  );
  const differing = new Set(cut.map((name) => `${base}/${name}`));
  return { certificates: read(entries), files: read({ freeBytes, differing }) };
}

function seen(more: Partial<Parameters<typeof finishRenewal.judge>[0] & object> = {}) {
  return { ready: cutOff, containers: read([ended]), renewal: renewal(["apiserver"]), ...more };
}

describe("a renewal that was cut off", () => {
  test.each([
    [
      "that did no harm",
      { ready: read(true), containers: read([container("kube-apiserver", "a")]) },
      "satisfied: https://10.0.0.1:6443 is ready",
    ],
    ["with an API server that ended", {}, "needed: kube-apiserver does not run"],
    [
      "with an API server that is starting",
      {
        containers: read([
          ended,
          container("kube-apiserver", "b", { running: false, starting: true }),
        ]),
      },
      "unclear: no answer: cut off",
    ],
    [
      "with an API server that runs and is not ready",
      { containers: read([container("kube-apiserver", "b")]) },
      "unclear: no answer: cut off",
    ],
    [
      "whose API server has no container at all",
      { containers: read([]) },
      "unclear: no answer: cut off",
    ],
    [
      "on a node that cannot list its containers",
      { containers: cutOff },
      "unclear: no answer: cut off",
    ],
    [
      "on a disk that is full",
      { renewal: renewal(["apiserver"], [], 4096) },
      "blocked: only 4 KiB are free in /etc/kubernetes, and kubeadm would cut files off",
    ],
  ])("%s", (_, what, words) => {
    expect(said(finishRenewal.judge(seen(what), goal))).toBe(words);
  });
});

test("a kubeconfig that was emptied is said to be put back from this window's archive", () => {
  const whole = renewal([]);
  const entries = whole.certificates.value.filter(({ name }) => name !== "admin.conf");
  const what = { ...seen(), renewal: { ...whole, certificates: read(entries) } };
  expect(finishRenewal.judge(what, goal)).toEqual({
    kind: "blocked",
    because:
      "/etc/kubernetes/admin.conf is gone or damaged, and kubeadm makes the new one after the old",
    remedy:
      "Put it back on that node from this window's archive, and run again: tar -xzpf /var/backups/drydock/w1/node1.tar.gz -C / etc/kubernetes/admin.conf",
  });
});

describe("finishing it", () => {
  const config = "--config /etc/kubernetes/kubeadm-config.yaml";

  test("renews what is left and what was cut off, then ends the kubelet's back-off", () => {
    const what = seen({ renewal: renewal(["apiserver"], ["front-proxy-client"]) });
    expect(typed(finishRenewal.change(what, goal))).toEqual([
      `kubeadm certs renew apiserver ${config}`,
      `kubeadm certs renew front-proxy-client ${config}`,
      "crictl rm ended",
    ]);
  });

  test("renews nothing where all is renewed and whole", () => {
    expect(typed(finishRenewal.change(seen({ renewal: renewal([]) }), goal))).toEqual([
      "crictl rm ended",
    ]);
  });
});
