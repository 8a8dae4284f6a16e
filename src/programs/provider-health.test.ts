import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTree, runHere, type Tree } from "./fake-node.testkit.ts";
import {
  parseFailedChecks,
  parseProviderPods,
  parseProviderStatus,
  readFailedChecks,
} from "./provider-health.ts";
import { printed, transcript } from "./transcript.testkit.ts";

const provider = { namespace: "akash-services", name: "akash-provider" };
const owner = "akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h";
const other = "akash15tl6v6gd0nte0syyxnv57zmmspgju4c3xfmdhk";

/** Runs our script here, with a kubectl that prints this log and exits so. */
function filtered(log: string, code = 0, stderr = "") {
  const tree: Tree = makeTree();
  try {
    tree.write("log", log);
    tree.write(
      "kubectl",
      `#!/bin/sh\ncat '${join(tree.root, "log")}'\nprintf '%s' '${stderr}' >&2\nexit ${code}\n`,
    );
    chmodSync(join(tree.root, "kubectl"), 0o755);
    return runHere(
      readFailedChecks(provider, "akash-provider-0", 60),
      `${tree.root}:/usr/bin:/bin`,
    );
  } finally {
    tree.remove();
  }
}

function line(fields: string): string {
  return `<nil> INF check result ${fields} manifest-group=secret-group module=provider-cluster\n`;
}

describe("the checks that failed, in the provider's log,", () => {
  test("are those of today's logger, each lease with its newest attempt", () => {
    const outcome = filtered(
      line(`attempt=1 cmp=deployment-monitor lease=${owner}/13697605/1/1/${other} ok=false`) +
        line(`attempt=2 cmp=deployment-monitor lease=${owner}/13697605/1/1/${other} ok=false`) +
        line(`attempt=4 cmp=deployment-monitor lease=${other}/77/1/2/${owner} ok=false`) +
        "<nil> INF order detected order=akash1x/1/1/1 ok=false\n" +
        // What the provider says at its start of its hostname operator.
        "<nil> INF check result operator=hostname status=200\n",
    );
    const failed = [
      { lease: `${other}/77/1/2`, attempt: 4 },
      { lease: `${owner}/13697605/1/1`, attempt: 2 },
    ];
    expect(parseFailedChecks(outcome)).toEqual({ kind: "read", value: { takenUp: 0, failed } });
    expect(JSON.stringify(outcome)).not.toContain("secret-group");
  });

  test("are those of the logger before it, and of one that paints", () => {
    const before = `I[2023-11-22|16:45:37.135] check result                                 module=provider-cluster cmp=provider lease=${owner}/13697605/1/1/${other} manifest-group=dcloud cmp=deployment-monitor ok=false attempt=17\n`;
    const painted = `\u001b[90m4:45PM\u001b[0m \u001b[32mINF\u001b[0m \u001b[1mcheck result\u001b[0m \u001b[36mattempt=\u001b[0m3 \u001b[36mlease=\u001b[0m${other}/8/1/1/${owner} \u001b[36mok=\u001b[0mfalse\n`;
    expect(parseFailedChecks(filtered(before + painted))).toMatchObject({
      value: {
        takenUp: 0,
        failed: [
          { lease: `${other}/8/1/1`, attempt: 3 },
          { lease: `${owner}/13697605/1/1`, attempt: 17 },
        ],
      },
    });
  });

  test("stand beside how many leases were taken up, each counted once", () => {
    const taken = (lease: string) =>
      `<nil> INF hostnames withheld cmp=deployment-manager cnt=0 lease=${lease}/${other} manifest-group=dcloud\n`;
    const outcome = filtered(
      taken(`${owner}/5/1/1`) + taken(`${owner}/6/1/1`) + taken(`${owner}/5/1/1`),
    );
    expect(parseFailedChecks(outcome)).toEqual({
      kind: "read",
      value: { takenUp: 2, failed: [] },
    });
  });

  test("are none in a quiet log, and not known of one that was not read to its end", () => {
    expect(parseFailedChecks(filtered(""))).toEqual({
      kind: "read",
      value: { takenUp: 0, failed: [] },
    });
    expect(parseFailedChecks(filtered("", 1)).kind).toBe("unreadable");
    expect(parseFailedChecks({ kind: "unknown", because: "cut off" }).kind).toBe("unreadable");
  });

  test("are not known of a log that kubectl could not read, for its own reason", () => {
    const said =
      'W1101 12:00:00 warning\nError from server (NotFound): pods "akash-provider-0" not found\n';
    expect(parseFailedChecks(filtered("", 1, said))).toEqual({
      kind: "unreadable",
      because:
        'the provider\'s log: Error from server (NotFound): pods "akash-provider-0" not found',
    });
    // A whole log counts, whatever kubectl says beside it.
    expect(parseFailedChecks(filtered("", 0, said)).kind).toBe("read");
  });
});

describe("a provider's pods", () => {
  const { stdout } = transcript("kubectl", "get-akash-services");
  const startedAt =
    /"name": "akash-provider-0"[\s\S]*?"running": \{\s*"startedAt": "([^"]+)"/.exec(stdout)?.[1] ??
    "";

  test("of a real cluster tell for how long their container has run", () => {
    const clock = Date.parse(startedAt) / 1000 + 61;
    expect(parseProviderPods(printed(`${clock}\n${stdout}`), provider)).toEqual({
      kind: "read",
      value: {
        replicas: 1,
        pods: [{ name: "akash-provider-0", ready: true, runsSeconds: 61 }],
      },
    });
  });

  test("are not known without a clock, and of a provider that is not there", () => {
    expect(parseProviderPods(printed(stdout), provider).kind).toBe("unreadable");
    const other = { ...provider, name: "nobody" };
    expect(parseProviderPods(printed(`1795000000\n${stdout}`), other).kind).toBe("unreadable");
  });
});

describe("a provider's status", () => {
  test("tells how many leases it works for", () => {
    const recorded = parseProviderStatus(transcript("kubectl", "provider-status"));
    expect(recorded).toEqual({ kind: "read", value: 12 });
    // The field is left out when it is 0.
    expect(parseProviderStatus(printed('{"cluster":{}}'))).toEqual({ kind: "read", value: 0 });
  });

  test("is not known of a pod that does not answer", () => {
    expect(parseProviderStatus(transcript("kubectl", "proxy-refused")).kind).toBe("unreadable");
    expect(parseProviderStatus(printed("{}")).kind).toBe("unreadable");
  });
});
