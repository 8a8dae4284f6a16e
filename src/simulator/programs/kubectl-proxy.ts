// What pods answer to the API server, which passes requests on to them: the chain's node, the
// inventory operator and the provider.

import { isUp, type Model, type Pod } from "../model.ts";
import { type Answer, failed, said } from "./call.ts";

const proxied =
  /^\/api\/v1\/namespaces\/([^/]+)\/(pods|services)\/(https?):([^/:]+):(\d+)\/proxy\/(.*)$/;

/** Undefined when it is no such path. */
export function proxyAnswer(model: Model, path: string): Answer | undefined {
  const found = proxied.exec(path);
  if (found === null) return undefined;
  const [, namespace = "", kind, , name = "", port = "", rest = ""] = found;
  const pod =
    kind === "pods" ? podNamed(model, namespace, name) : podBehind(model, namespace, name);
  if (pod === undefined) {
    return failed(1, `Error from server (NotFound): ${kind} "${name}" not found`);
  }
  const isAway = !isUp(model, pod);
  if (!pod.ready || isAway) {
    const how = isAway ? "no route to host" : "connection refused";
    const because = `dial tcp 10.244.0.9:${port}: connect: ${how}`;
    return failed(
      1,
      `Error from server (ServiceUnavailable): error trying to reach service: ${because}`,
    );
  }
  const body = bodyOf(model, pod, `${port}/${rest}`);
  if (body === undefined) {
    return failed(
      1,
      "Error from server (NotFound): the server could not find the requested resource",
    );
  }
  return said(`${JSON.stringify(body)}\n`);
}

function podNamed(model: Model, namespace: string, name: string): Pod | undefined {
  return model.pods.find((one) => one.namespace === namespace && one.name === name);
}

/** The only Service that is asked: of the chain's node, with its StatefulSet's name. */
function podBehind(model: Model, namespace: string, name: string): Pod | undefined {
  return name === "akash-node-1" ? podNamed(model, namespace, `${name}-0`) : undefined;
}

function bodyOf(model: Model, { labels }: Pod, asked: string): object | undefined {
  switch (`${labels["app.kubernetes.io/name"] ?? labels.app} ${asked}`) {
    case "akash-node 26657/status":
      return chainStatus(model);
    case "inventory 8080/v1/inventory":
      return inventory(model);
    case "provider 8443/status":
      return providerStatus(model);
    default:
      return undefined;
  }
}

/** As CometBFT answers; one that catches up is some minutes behind. */
function chainStatus({ now, rpcSynced }: Model): object {
  const blockAt = rpcSynced ? now - 3000 : now - 20 * 60_000;
  return {
    jsonrpc: "2.0",
    id: -1,
    result: {
      node_info: { network: "akashnet-2" },
      sync_info: {
        latest_block_height: String(20_000_000 + Math.floor(blockAt / 6000)),
        latest_block_time: new Date(blockAt).toISOString(),
        catching_up: !rpcSynced,
      },
    },
  };
}

function inventory(model: Model): object {
  if (model.inventory.lost) return { nodes: [], storage: [] };
  const pair = (count: number) => {
    const text = String(count);
    return { quantity: { allocatable: text, allocated: "0", capacity: text }, info: [] };
  };
  const nodes = model.nodes.map(({ name }) => ({
    name,
    resources: { cpu: pair(8), gpu: pair(0) },
    capabilities: { storage_classes: [] },
  }));
  return { nodes, storage: [] };
}

/** One deployment manager for each Manifest object. */
function providerStatus(model: Model): object {
  const leases = [...model.leases.values()].filter((one) => one.hasManifest).length;
  return {
    cluster: { leases, inventory: { active: [], available: { nodes: [] } } },
    bidengine: { orders: 0 },
    manifest: { deployments: 0 },
    cluster_public_hostname: "provider.example",
    address: model.providerAddress,
  };
}
