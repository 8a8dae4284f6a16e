// GET /status of the provider's RPC node, beside the clock of the host that asks.

import { z } from "zod";
import type { RpcNode } from "../akash/rpc-node.ts";
import { rpcName } from "../akash/rpc-node.ts";
import type { ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer, parseJson } from "./answer.ts";
import { askOutside } from "./curl.ts";
import { templateRows } from "./go-template.ts";
import { afterClock, parseAfterClock } from "./host-clock.ts";
import { getRaw, getWithTemplate, proxyPath } from "./kubectl.ts";

export type KnownRpcNode = Exclude<RpcNode, { readonly kind: "unknown" }>;

/**
 * One inside the cluster is asked through the API server, which is let in where a host may not be.
 */
export function readRpcStatus(node: KnownRpcNode): ReadCommand {
  if (node.kind === "outside") {
    const shown = `curl ${node.host} …/status`;
    return { ...afterClock(askOutside(statusOf(node.url))), shown };
  }
  const { namespace, name, scheme, port } = node;
  const path = [node.path, "status"].filter((one) => one !== "").join("/");
  return afterClock(getRaw(proxyPath({ namespace, what: "services", name, scheme, port, path })));
}

/** A key may stand in the address' query. */
function statusOf(base: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/status`;
  return url.href;
}

/** By name; none of a namespace that is not there. */
export function listServices(namespace: string): ReadCommand {
  return getWithTemplate(
    ["-n", namespace, "services"],
    '{{range .items}}{{urlquery .metadata.name}}{{"\\n"}}{{end}}',
  );
}

export function parseServices(outcome: Outcome, namespace: string): Reading<readonly string[]> {
  return templateRows(outcome, `Services of ${namespace}`, ([name]) => name);
}

export interface RpcStatus {
  readonly catchingUp: boolean;
  /**
   * How old its newest block is on the host's clock, seconds; negative when it is from the future.
   */
  readonly ageSeconds: number;
  readonly height: string;
}

const status = z.object({
  result: z.object({
    sync_info: z.object({
      catching_up: z.boolean(),
      latest_block_time: z.string(),
      latest_block_height: z.string().regex(/^\d+$/),
    }),
  }),
});

export function parseRpcStatus(outcome: Outcome, node: KnownRpcNode): Reading<RpcStatus> {
  const what = `RPC node ${rpcName(node)}`;
  return parseAfterClock(outcome, what, (inner, clock) =>
    answer(inner, what, (text) => {
      const sync = parseJson(text, status)?.result.sync_info;
      const blockAt = Date.parse(sync?.latest_block_time ?? "");
      if (sync === undefined || Number.isNaN(blockAt)) return undefined;
      return {
        catchingUp: sync.catching_up,
        ageSeconds: (clock - blockAt) / 1000,
        height: sync.latest_block_height,
      };
    }),
  );
}
