// Whether the RPC node from which the provider works is synced, and its clock ours: the provider
// does not start without it, and releases before 0.6.10 destroy leases when they are started then.

import type { ProviderRef } from "../akash/provider.ts";
import { type RpcNode, rpcName, rpcNodeOf } from "../akash/rpc-node.ts";
import { type Reading, read } from "../core/outcome.ts";
import { blocked, defineCheck, type Look, satisfied, unclear } from "../core/step.ts";
import { getProvider, parseProvider } from "../programs/provider-objects.ts";
import { parseProviderSettings, readProviderSettings } from "../programs/provider-settings.ts";
import {
  listServices,
  parseRpcStatus,
  parseServices,
  type RpcStatus,
  readRpcStatus,
} from "../programs/rpc-status.ts";

export type CheckRpcGoal = ProviderRef & {
  /** Whoever goes on with a window finds the provider stopped already: no node is needed then. */
  readonly beforeStop: boolean;
  readonly [key: string]: string | boolean;
};

/** Of a provider that is stopped already nothing more is looked at. */
type Seen = "stopped" | NodeSeen;

interface NodeSeen {
  /** As it is set now: a window's own work may have changed it. */
  readonly node: Reading<RpcNode>;
  /** Undefined when there is none to ask. */
  readonly status: Reading<RpcStatus> | undefined;
}

/** The chart's wait_for_rpc.sh ends the provider's start beyond this, in either direction. */
const ageSecondsMax = 30;

export const checkRpc = defineCheck<CheckRpcGoal, Seen>({
  id: "check-rpc",
  title: "Check the provider's RPC node",
  guide:
    "Restart Provider After Maintenance (it does not say that the provider waits for its node)",
  // One that catches up takes minutes.
  settleMs: 900_000,
  pollMs: 5000,
  why: () => "The provider neither starts nor works without a synced RPC node.",
  proof: () => `/status says catching_up=false, with a block at most ${ageSecondsMax} s off`,
  remedy: () =>
    "Look at the RPC node (kubectl logs, or its operator), or point AKASH_NODE at another one, and run again.",
  observe: (look, goal) => observe(look, goal),
  judge: (seen, { namespace, name }) => {
    if (seen === "stopped") return satisfied("not looked at: the provider is stopped already");
    const { node, status } = seen;
    if (node.kind === "unreadable") return unclear(node.because);
    if (node.value.kind === "unknown" || status === undefined) {
      const because = node.value.kind === "unknown" ? node.value.because : "it was not asked";
      return blocked(
        `it is not known which RPC node ${namespace}/${name} uses: ${because}`,
        "Make sure that its RPC node is synced, and run again without this.",
      );
    }
    if (status.kind === "unreadable") return unclear(status.because);
    const { catchingUp, ageSeconds, height } = status.value;
    const which = `RPC node ${rpcName(node.value)}`;
    const age = Math.abs(ageSeconds);
    const off = offset(ageSeconds);
    if (catchingUp) return unclear(`${which} is catching up: its newest block is ${off}`);
    if (age > ageSecondsMax) return unclear(`${which}: its newest block is ${off}`);
    return satisfied(`${which} is synced: block ${height} is ${off}`);
  },
});

async function observe(look: Look, goal: CheckRpcGoal): Promise<Seen> {
  if (goal.beforeStop && (await isAtZero(look, goal))) return "stopped";
  const settings = parseProviderSettings(await look.run(readProviderSettings(goal)), goal);
  if (settings.kind === "unreadable") return { node: settings, status: undefined };
  const node = await whereItIs(look, rpcNodeOf(settings.value.variables, goal.namespace));
  if (node.kind === "unreadable" || node.value.kind === "unknown") {
    return { node, status: undefined };
  }
  return { node, status: parseRpcStatus(await look.run(readRpcStatus(node.value)), node.value) };
}

async function isAtZero(look: Look, goal: CheckRpcGoal): Promise<boolean> {
  const provider = parseProvider(await look.run(getProvider(goal)), goal);
  return provider.kind === "read" && provider.value?.replicas === 0;
}

/**
 * A name with one dot is a Service's where that namespace has one: no host outside the pods knows
 * it.
 */
async function whereItIs(look: Look, node: RpcNode): Promise<Reading<RpcNode>> {
  if (node.kind !== "outside" || node.orService === undefined) return read(node);
  const { namespace, name } = node.orService;
  const services = parseServices(await look.run(listServices(namespace)), namespace);
  if (services.kind === "unreadable") return services;
  return read(services.value.includes(name) ? node.orService : node);
}

function offset(ageSeconds: number): string {
  // Two clocks that are right may differ by so much.
  if (ageSeconds < 0 && ageSeconds >= -1) return "from just now";
  const age = spell(Math.abs(ageSeconds));
  return ageSeconds < 0 ? `${age} in the future` : `${age} old`;
}

/** Coarse where it is long, so that waiting does not say something new at every look. */
function spell(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
