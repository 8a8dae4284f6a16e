// `kubectl logs` of the provider: what its monitors say. Its logger writes fields in alphabetical
// order and no time (akash-network/provider, cmd/provider-services/cmd/util).

import { isUp, type Model } from "../model.ts";
import { failingNow } from "../nature/provider.ts";
import { type Answer, type Call, failed, said } from "./call.ts";

export function logs({ site }: Call, pod: string, values: ReadonlyMap<string, string>): Answer {
  const { model } = site;
  const known = model.pods.find((one) => one.namespace === values.get("-n") && one.name === pod);
  if (known === undefined) {
    return failed(
      1,
      `error: error from server (NotFound): pods "${pod}" not found in namespace "${values.get("-n")}"`,
    );
  }
  const node = model.nodes.find((one) => one.name === known.nodeName);
  const seconds = Number((values.get("--since") ?? "").replace(/s$/, ""));
  const isAway = !isUp(model, known);
  const hasKubelet = model.hosts.get(known.nodeName)?.kubeletRuns !== false;
  if (node !== undefined && (isAway || !hasKubelet)) {
    const path = `containerLogs/${known.namespace}/${pod}/main?sinceSeconds=${seconds}`;
    const because = `dial tcp ${node.address}:10250: connect: ${isAway ? "no route to host" : "connection refused"}`;
    return failed(1, `Error from server: Get "https://${node.address}:10250/${path}": ${because}`);
  }
  const isProvider = known.labels["app.kubernetes.io/name"] === "provider";
  return said(isProvider ? checkLines(model, model.now - seconds * 1000) : "");
}

/** It says nothing of a check that found a lease well. */
function checkLines(model: Model, since: number): string {
  const { deployedAt } = model.monitor;
  const line = (words: string, cmp: string, lease: string, ok = "") =>
    `<nil> INF ${words} cmp=${cmp} lease=${lease}/${model.providerAddress} manifest-group=dcloud module=provider-cluster${ok}\n`;
  const isTaken = deployedAt >= since && deployedAt <= model.now;
  const taken = [...model.leases].filter(([, { hasManifest }]) => isTaken && hasManifest);
  const failed = failingNow(model).filter((one) => one.at >= since);
  return [
    ...taken.map(([key]) => line("hostnames withheld cnt=0", "deployment-manager", key)),
    ...failed.map(({ key, attempt }) =>
      line(`check result attempt=${attempt}`, "deployment-monitor", key, " ok=false"),
    ),
  ].join("");
}

/**
 * Drydock's own filter: failed checks by lease, how many were taken up, and that the log was read
 * to its end.
 */
export async function failedChecks(
  call: Call,
  kubectl: (call: Call) => Promise<Answer>,
): Promise<Answer> {
  const answer = await kubectl({ ...call, argv: call.argv.slice(5) });
  const newest = new Map<string, string>();
  for (const line of answer.stdout.split("\n")) {
    const [, attempt = "", lease = ""] =
      /check result attempt=(\d+) .*lease=([^/ ]+\/\d+\/\d+\/\d+).*ok=false/.exec(line) ?? [];
    if (lease !== "") newest.set(lease, attempt);
  }
  const rows = [...newest].map(([lease, attempt]) => `${attempt} ${lease}\n`).join("");
  const taken = answer.stdout.split("hostnames withheld").length - 1;
  return { ...answer, code: 0, stdout: answer.code === 0 ? `${rows}whole ${taken}\n` : rows };
}
