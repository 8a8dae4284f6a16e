// Whether a provider that was started does its work: its pods, GET /status of its gateway, and what
// its monitors say of leases' workloads. Of its log only which lease and how often leave the node.

import { z } from "zod";
import type { ProviderRef } from "../akash/provider.ts";
import type { ReadCommand } from "../core/command.ts";
import { type Outcome, type Reading, read, unreadable } from "../core/outcome.ts";
import { printable } from "../core/printable.ts";
import type { Instant } from "../core/world.ts";
import { answer, parseJson } from "./answer.ts";
import { afterClock, parseAfterClock } from "./host-clock.ts";
import {
  conditionOf,
  getRaw,
  type KubernetesObject,
  parseList,
  proxyPath,
  readLogs,
} from "./kubectl.ts";
import { belongsTo, getProvider } from "./provider-objects.ts";

export interface ProviderPod {
  readonly name: string;
  readonly ready: boolean;
  /** Since its container started, by the clock of the host that was asked; 0 when it has not. */
  readonly runsSeconds: number;
}

/** What is wanted, and what is there. */
export interface ProviderPods {
  readonly replicas: number;
  readonly pods: readonly ProviderPod[];
}

/** The StatefulSet and its pods, after the host's clock. */
export function readProviderPods(provider: ProviderRef): ReadCommand {
  return afterClock(getProvider(provider));
}

export function parseProviderPods(outcome: Outcome, provider: ProviderRef): Reading<ProviderPods> {
  const what = `pods of ${provider.namespace}/${provider.name}`;
  return parseAfterClock(outcome, what, (inner, clock) => {
    const items = parseList(inner, what);
    if (items.kind === "unreadable") return items;
    const set = items.value.find(
      (item) => item.kind === "StatefulSet" && item.metadata.name === provider.name,
    );
    if (set === undefined) return unreadable(`${what}: there is no such StatefulSet`);
    const pods = items.value.filter((item) => item.kind === "Pod" && belongsTo(item, set));
    return read({
      replicas: set.spec?.replicas ?? 1,
      pods: pods.map((pod) => providerPod(pod, clock)),
    });
  });
}

function providerPod(pod: KubernetesObject, clock: Instant): ProviderPod {
  const [container] = pod.status?.containerStatuses ?? [];
  const startedAt = Date.parse(container?.state?.running?.startedAt ?? "");
  return {
    name: pod.metadata.name,
    ready: conditionOf(pod, "Ready") === "True",
    runsSeconds: Number.isNaN(startedAt) ? 0 : (clock - startedAt) / 1000,
  };
}

/** Its REST gateway asks nobody who they are for this path (gateway/rest/router.go). */
export function readProviderStatus({ namespace }: ProviderRef, pod: string): ReadCommand {
  const to = { namespace, what: "pods", name: pod, scheme: "https", port: 8443 } as const;
  return getRaw(proxyPath({ ...to, path: "status" }));
}

const status = z.object({ cluster: z.object({ leases: z.number().optional() }) });

/** How many leases it works for: one for each Manifest object it has loaded. */
export function parseProviderStatus(outcome: Outcome): Reading<number> {
  return answer(outcome, "the provider's /status", (text) => {
    const said = parseJson(text, status);
    return said === undefined ? undefined : (said.cluster.leases ?? 0);
  });
}

/** A lease whose checks failed, and the newest count of failures in a row that the log tells. */
export interface FailedCheck {
  /** `owner/dseq/gseq/oseq`. */
  readonly lease: string;
  readonly attempt: number;
}

// The same words in every release; since the logger was replaced the fields are in another order,
// and a release may colour them. The provider says nothing of a check that found a lease well
// (cluster/monitor.go since 0.6.5), but of each lease that it takes up at a start or with a new
// manifest (cluster/manager.go).
const filter = `
{ gsub(/\\033\\[[0-9;]*m/, ""); lease = "?" }
match($0, /akash1[0-9a-z]+\\/[0-9]+\\/[0-9]+\\/[0-9]+/) { lease = substr($0, RSTART, RLENGTH) }
/hostnames withheld/ && !(lease in taken) { taken[lease]; takenUp++ }
/check result/ && /ok=false|"ok":false/ {
  attempt = "?"
  if (match($0, /attempt"?[=:] ?[0-9]+/)) {
    attempt = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", attempt)
  }
  last[lease] = attempt
}
$0 == "drydock: whole" { whole = 1 }
END { for (lease in last) print last[lease], lease; if (whole) print "whole", takenUp + 0 }`;

// A log that cannot be read must not look like one in which nothing failed.
const script = `filter=$1; shift; { "$@" && echo "drydock: whole"; } | awk "$filter"`;

/** What the log of so many seconds tells. */
export interface ChecksSeen {
  /** How many leases were taken up in that time: their monitors have checked for less than it. */
  readonly takenUp: number;
  readonly failed: readonly FailedCheck[];
}

/** What failed in the last so many seconds. */
export function readFailedChecks(
  { namespace }: ProviderRef,
  pod: string,
  seconds: number,
): ReadCommand {
  const logs = readLogs({ namespace, pod, seconds });
  return {
    ...logs,
    argv: ["sh", "-c", script, "drydock-failed-checks", filter, ...logs.argv],
    shown: `${logs.argv.join(" ")} | grep 'check result' (of failed ones lease and attempt)`,
  };
}

export function parseFailedChecks(outcome: Outcome): Reading<ChecksSeen> {
  const seen = parseChecks(outcome);
  if (seen.kind === "read" || outcome.kind !== "exited" || outcome.code !== 0) return seen;
  // The exit code is awk's: what kept kubectl from the log stands on stderr only.
  const [said] = outcome.stderr.trim().split("\n").slice(-1);
  return said === undefined || said === ""
    ? seen
    : unreadable(`the provider's log: ${printable(said.slice(0, 300))}`);
}

function parseChecks(outcome: Outcome): Reading<ChecksSeen> {
  return answer(outcome, "the provider's log", (text) => {
    const lines = text.split("\n").filter((line) => line !== "");
    const [, takenUp] = /^whole (\d{1,9})$/.exec(lines.pop() ?? "") ?? [];
    if (takenUp === undefined) return undefined;
    const checks = lines.map((line) => {
      const [attempt = "", lease = ""] = line.split(" ");
      return { lease, attempt: /^\d{1,9}$/.test(attempt) ? Number(attempt) : 1 };
    });
    const failed = checks.sort((one, other) => (one.lease < other.lease ? -1 : 1));
    return { takenUp: Number(takenUp), failed };
  });
}
