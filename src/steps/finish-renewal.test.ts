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
const planned = [
  "admin.conf",
  "apiserver",
  "apiserver-kubelet-client",
  "front-proxy-client",
  "super-admin.conf",
];
const goal: FinishRenewalGoal = {
  certificates: planned.map((name) => ({
    name,
    serialHex: "OLD",
    notAfter: today + 10_000,
    subjectAltNames: [],
    path: name.endsWith(".conf") ? `/etc/kubernetes/${name}` : `/etc/kubernetes/pki/${name}.crt`,
    file: name.endsWith(".conf") ? `/etc/kubernetes/${name}` : `${base}/${name}.crt`,
  })),
  hasConfigFile: true,
  archive: "/var/backups/drydock/w1/node1.tar.gz",
  components: ["kube-apiserver"],
  apiServer: "https://10.0.0.1:6443",
};

const ended = container("kube-apiserver", "ended", { running: false });
const runs = container("kube-apiserver", "runs");
const starts = container("kube-apiserver", "starts", { running: false, starting: true });
const ready = read(true);
const endedEtcd = container("etcd", "ended-etcd", { running: false });
const withEtcd: FinishRenewalGoal = { ...goal, components: ["kube-apiserver", "etcd"] };

/** With those certificates gone, those unreadable, and those pairs cut off. */
function renewal({
  damaged = [],
  empty = [],
  cut = [],
  freeBytes = 2 ** 30,
}: {
  readonly damaged?: readonly string[];
  readonly empty?: readonly string[];
  readonly cut?: readonly string[];
  readonly freeBytes?: number;
} = {}) {
  const entries = planned
    .filter((name) => !damaged.includes(name))
    .map((name) => entry(certificate(name, "OLD", today + year)))
    .map((one) =>
      empty.includes(one.name)
        ? {
            ...one,
            found: { kind: "unreadable", because: "there is no certificate in it" } as const,
          }
        : one,
    );
  const differing = new Set(cut.map((name) => `/etc/kubernetes/pki/${name}`));
  return { certificates: read(entries), files: read({ freeBytes, differing }) };
}

const unread = { certificates: cutOff, files: cutOff };

function seen(more: Partial<Parameters<typeof finishRenewal.judge>[0] & object> = {}) {
  return { ready: cutOff, containers: read([ended]), renewal: renewal(), ...more };
}

const isReady = { ready, containers: read([runs]) };
const cutApiServer = { renewal: renewal({ cut: ["apiserver"] }) };

describe("a renewal that was cut off", () => {
  test.each([
    [
      "that did no harm",
      isReady,
      "satisfied: https://10.0.0.1:6443 is ready, and each key is its certificate's",
    ],
    [
      "that left a kubeconfig empty, which no later step could say how to put back",
      { ...isReady, renewal: renewal({ empty: ["super-admin.conf"] }) },
      /^blocked: .*super-admin\.conf is gone or damaged, and kubeadm makes the new one after the old$/,
    ],
    [
      "that did no harm, on a disk that is full since",
      { ...isReady, renewal: renewal({ freeBytes: 0 }) },
      "satisfied: https://10.0.0.1:6443 is ready, and each key is its certificate's",
    ],
    [
      "that did no harm, where somebody has taken super-admin.conf away",
      { ...isReady, renewal: renewal({ damaged: ["super-admin.conf"] }) },
      "satisfied: https://10.0.0.1:6443 is ready, and each key is its certificate's",
    ],
    [
      "on a node that is ready and cannot list its containers",
      { ready, containers: cutOff },
      "satisfied: https://10.0.0.1:6443 is ready, and each key is its certificate's",
    ],
    [
      "on a node that is ready and does not tell of its pairs",
      { ...isReady, renewal: unread },
      "satisfied: https://10.0.0.1:6443 is ready, and its pairs could not be looked at",
    ],
    [
      "whose old API server still runs",
      { ...isReady, ...cutApiServer },
      "needed: apiserver: cut off between key and certificate",
    ],
    ["with an API server that ended", cutApiServer, /^needed: apiserver: cut off/],
    ["with an API server that ended for another reason", {}, "needed: kube-apiserver does not run"],
    [
      "with an API server that is starting",
      { containers: read([ended, starts]) },
      "unclear: no answer: cut off",
    ],
    [
      "with an API server that runs and is not ready",
      { containers: read([runs]) },
      "unclear: no answer: cut off",
    ],
    ["whose API server has no container", { containers: read([]) }, "unclear: no answer: cut off"],
    ["on a node that answers nothing", { containers: cutOff }, "unclear: no answer: cut off"],
    ["whose pairs cannot be looked at", { renewal: unread }, "unclear: no answer: cut off"],
    [
      "on a disk that is full",
      { renewal: renewal({ cut: ["apiserver"], freeBytes: 4096 }) },
      "blocked: only 4 KiB are free in /etc/kubernetes, and kubeadm would cut files off",
    ],
  ])("%s", (_, what, words) => {
    expect(said(finishRenewal.judge(seen(what), goal))).toMatch(words);
  });

  test("that did no harm does not excuse a component that has ended", () => {
    const what = seen({ ready, containers: read([runs, endedEtcd]) });
    expect(said(finishRenewal.judge(what, withEtcd))).toBe("needed: etcd does not run");
  });

  test.each([
    ["an emptied admin.conf", "admin.conf", [], "etc/kubernetes/admin.conf"],
    [
      "an emptied certificate",
      "front-proxy-client",
      ["front-proxy-client"],
      "etc/kubernetes/ssl/front-proxy-client.crt",
    ],
  ])("%s is to be put back from this window's archive", (_, name, cut, file) => {
    const what = seen({ renewal: renewal({ damaged: [name], cut }) });
    expect(finishRenewal.judge(what, goal)).toEqual({
      kind: "blocked",
      because: `/${file} is gone or damaged, and kubeadm makes the new one after the old`,
      remedy: `Put it back on that node from this window's archive, and run again: tar -xzpf /var/backups/drydock/w1/node1.tar.gz -C / ${file}`,
    });
  });
});

describe("finishing it", () => {
  const config = "--config /etc/kubernetes/kubeadm-config.yaml";

  test("makes what was cut off anew, and nothing else, then ends the kubelet's back-off", () => {
    const what = seen({ renewal: renewal({ cut: ["apiserver", "front-proxy-client"] }) });
    expect(typed(finishRenewal.change(what, goal))).toEqual([
      `kubeadm certs renew apiserver ${config}`,
      `kubeadm certs renew front-proxy-client ${config}`,
      "crictl --timeout 30s rm ended",
    ]);
  });

  test("renews nothing where each key is its certificate's", () => {
    expect(typed(finishRenewal.change(seen(), goal))).toEqual(["crictl --timeout 30s rm ended"]);
  });

  test("ends an API server that runs on such a pair and is not ready", () => {
    const what = seen({ containers: read([runs, ended]), ...cutApiServer });
    expect(typed(finishRenewal.change(what, goal))).toEqual([
      `kubeadm certs renew apiserver ${config}`,
      "crictl --timeout 30s stop --timeout 1 runs",
      "crictl --timeout 30s rm runs",
      "crictl --timeout 30s rm ended",
    ]);
  });

  test("leaves an API server alone that waits for etcd, where each key is its certificate's", () => {
    const what = seen({ containers: read([runs, endedEtcd]) });
    expect(typed(finishRenewal.change(what, withEtcd))).toEqual([
      "crictl --timeout 30s rm ended-etcd",
    ]);
  });

  test("leaves an API server alone that still runs well", () => {
    expect(typed(finishRenewal.change(seen({ ...isReady, ...cutApiServer }), goal))).toEqual([
      `kubeadm certs renew apiserver ${config}`,
    ]);
  });
});
