// `kubectl logs` of the provider: what its monitors say. Its logger writes fields in alphabetical order and
// no time (akash-network/provider, cmd/provider-services/cmd/util).

import type { Model } from "../model.ts";
import { failingNow, wellNow } from "../nature/provider.ts";
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
  const seconds = Number((values.get("--since") ?? "").replace(/s$/, ""));
  const isProvider = known.labels["app.kubernetes.io/name"] === "provider";
  return said(isProvider ? checkLines(model, model.now - seconds * 1000) : "");
}

function checkLines(model: Model, since: number): string {
  const failed = failingNow(model).filter((one) => one.at >= since);
  const line = (key: string, attempt: number, ok: boolean) =>
    `<nil> INF check result attempt=${attempt} cmp=deployment-monitor lease=${key}/${model.providerAddress} manifest-group=dcloud module=provider-cluster ok=${ok}\n`;
  return [
    ...failed.map(({ key, attempt }) => line(key, attempt, false)),
    ...wellNow(model).map((key) => line(key, 1, true)),
  ].join("");
}

/** Drydock's own filter: the attempt and the lease of each, and that the log was read to its end. */
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
  const results = answer.stdout.split("check result").length - 1;
  return { ...answer, code: 0, stdout: answer.code === 0 ? `${rows}whole ${results}\n` : rows };
}
