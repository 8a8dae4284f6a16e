import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTree, runHere } from "./fake-node.testkit.ts";
import {
  annotateStatefulSet,
  askKubelet,
  conditionOf,
  get,
  getRaw,
  parseApiEndpoints,
  parseList,
  parseOk,
  scaleStatefulSet,
} from "./kubectl.ts";
import { printed, transcript } from "./transcript.testkit.ts";

describe("kubectl", () => {
  test("uses the node's admin.conf and a limit of its own for every request", () => {
    const words = ["--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=10s"];
    expect(get(["nodes"]).argv).toEqual(["kubectl", ...words, "get", "nodes", "-o", "json"]);
  });

  test("is given the time to say why nobody answers, once for each kind", () => {
    const limit = (kinds: string) => get(["-n", "akash-services", kinds]).timeoutMs;
    expect([limit("nodes"), limit("statefulsets,pods")]).toEqual([20_000, 30_000]);
  });

  test("asks one API server, or with another kubeconfig, where that is wanted", () => {
    const ask = { server: "https://10.0.0.1:6443", kubeconfig: "/root/.kube/config" };
    expect(getRaw("/readyz", ask).argv.join(" ")).toContain(
      "--kubeconfig /root/.kube/config --server https://10.0.0.1:6443",
    );
  });

  describe("asked twice", () => {
    /** A kubectl that warns, and answers from its so many-th call on. */
    function asked(okFrom: number) {
      const tree = makeTree();
      const calls = join(tree.root, "calls");
      const script = `echo >>${calls}; echo warned >&2\n[ $(wc -l <${calls}) -ge ${okFrom} ] && { echo ok; exit; }\nexit 9`;
      tree.write("kubectl", `#!/bin/sh\n${script}\n`);
      chmodSync(join(tree.root, "kubectl"), 0o755);
      const outcome = runHere(askKubelet("node1"), `${tree.root}:/usr/bin:/bin`);
      const times = readFileSync(calls, "utf8").length;
      tree.remove();
      return { ...outcome, times };
    }

    test("is asked once where the answer is good, whatever it warns of", () => {
      expect(asked(1)).toMatchObject({ code: 0, stdout: "ok\n", times: 1 });
    });

    test("gives the second answer where the first one is not", () => {
      expect(asked(2)).toMatchObject({ code: 0, stdout: "ok\n", times: 2 });
      expect(asked(3)).toMatchObject({ code: 9, stdout: "", stderr: "warned\n", times: 2 });
    });
  });

  test("scales one StatefulSet by its name", () => {
    const { argv } = scaleStatefulSet({ namespace: "akash-services", name: "p", replicas: 0 });
    expect(argv.slice(-5)).toEqual(["akash-services", "scale", "statefulset", "p", "--replicas=0"]);
  });

  test.each([
    ["2", "drydock.akash/a=2"],
    [undefined, "drydock.akash/a-"],
  ])("sets an annotation to %s with %s", (value, word) => {
    const of = { namespace: "n", name: "p", annotation: "drydock.akash/a", value };
    expect(annotateStatefulSet(of).argv.at(-1)).toBe(word);
  });
});

describe("a list of objects", () => {
  test("is read with what we use of it", () => {
    const nodes = parseList(transcript("kubectl", "get-nodes"), "nodes");
    if (nodes.kind === "unreadable") throw new Error(nodes.because);
    expect(nodes.value.map((node) => node.metadata.name)).toEqual(["node1", "node2", "node3"]);
    expect(nodes.value.map((node) => conditionOf(node, "Ready"))).toEqual(["True", "True", "True"]);
    expect(nodes.value[0]?.status?.nodeInfo?.kubeletVersion).toBe("v1.33.5");
    expect(nodes.value[0]?.status?.addresses).toContainEqual({
      type: "InternalIP",
      address: "10.99.0.1",
    });
    expect(nodes.value.map((node) => conditionOf(node, "Sleepy"))).toEqual(
      Array(3).fill(undefined),
    );
  });

  test.each([
    ["get-unauthorized", /^nodes: .*You must be logged in to the server/],
    ["get-not-found", /^nodes: .*NotFound/],
  ])("%s is unreadable, and says kubectl's own words without its log lines", (name, words) => {
    const seen = parseList(transcript("kubectl", name), "nodes");
    expect(seen).toEqual({ kind: "unreadable", because: expect.stringMatching(words) });
    expect(seen.kind === "unreadable" && seen.because).not.toContain("memcache");
  });

  test("of another shape is unreadable", () => {
    expect(parseList(printed(`{"items":[{"kind":1}]}`), "nodes").kind).toBe("unreadable");
  });
});

describe("health", () => {
  test.each([
    ["ok", "read"],
    ["ok\n", "read"],
    ["[-]etcd failed", "unreadable"],
    ["", "unreadable"],
  ])("answered with %j is %s", (said, kind) => {
    expect(parseOk(printed(said), "healthz").kind).toBe(kind);
  });
});

describe("the API servers that serve", () => {
  test("of a real cluster are the addresses of its API servers", () => {
    const seen = parseApiEndpoints(transcript("kubectl", "get-api-endpoints"));
    expect(seen).toEqual({ kind: "read", value: ["10.99.0.1", "10.99.0.2", "10.99.0.3"] });
  });

  test("are the addresses of all subsets", () => {
    const subsets = [{ addresses: [{ ip: "10.0.0.1" }] }, { addresses: [{ ip: "10.0.0.2" }] }, {}];
    const seen = parseApiEndpoints(printed(JSON.stringify({ kind: "Endpoints", subsets })));
    expect(seen).toEqual({ kind: "read", value: ["10.0.0.1", "10.0.0.2"] });
  });

  test("are unreadable without a subset: then nobody knows", () => {
    expect(parseApiEndpoints(printed("{}")).kind).toBe("unreadable");
  });
});
