// The chain's RPC node from which the provider works: where its settings say it is, and from where it
// can be asked. Its address may hold a key to a paid node: only the host is ever shown.

export type RpcNode =
  /** A Service of the cluster: its name is known only in there. */
  | {
      readonly kind: "service";
      readonly scheme: "http" | "https";
      readonly namespace: string;
      readonly name: string;
      readonly port: number;
      /** Without a slash at either end. */
      readonly path: string;
    }
  /** Reachable from everywhere; `/status` is asked below it. */
  | { readonly kind: "outside"; readonly url: string; readonly host: string }
  | { readonly kind: "unknown"; readonly because: string };

/** The provider binds both; which of them wins is not known. */
export const rpcVariables = ["AKASH_NODE", "AP_NODE"] as const;

/** `namespace`: the provider's, where a name without dots is looked up first. */
export function rpcNodeOf(variables: ReadonlyMap<string, string>, namespace: string): RpcNode {
  const given = rpcVariables.flatMap((name) => variables.get(name)?.trim() ?? []);
  const [first, ...others] = given.filter((text) => text !== "");
  if (first === undefined) return unknown("neither AKASH_NODE nor AP_NODE is set");
  if (others.some((text) => text !== first)) return unknown("AKASH_NODE and AP_NODE differ");
  const url = parsed(first);
  if (url === undefined) return unknown("AKASH_NODE is no address");
  const { hostname } = url;
  if (hostname === "localhost" || /^127\.|^\[::1\]$/.test(hostname)) {
    return unknown(`it is ${hostname}, in the provider's own pod`);
  }
  const scheme = url.protocol === "https:" ? "https" : "http";
  const path = url.pathname.replace(/^\/+|\/+$/g, "");
  const service = serviceOf(hostname, namespace);
  if (service === undefined) {
    return { kind: "outside", url: url.href.replace(/\/+$/, ""), host: url.host };
  }
  const port = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
  return { kind: "service", scheme, ...service, port, path };
}

/** What it is called on a screen. */
export function rpcName(node: Exclude<RpcNode, { readonly kind: "unknown" }>): string {
  return node.kind === "outside" ? node.host : `${node.name}.${node.namespace}:${node.port}`;
}

function unknown(because: string): RpcNode {
  return { kind: "unknown", because };
}

/** `tcp://` is how Tendermint writes http. */
function parsed(text: string): URL | undefined {
  const address = text.replace(/^tcp:\/\//, "http://");
  if (!/^https?:\/\/[^\s]+$/.test(address) || !URL.canParse(address)) return undefined;
  return new URL(address);
}

/** Undefined for a name or an address of the world outside. */
function serviceOf(
  hostname: string,
  namespace: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const [name = "", second, third] = hostname.split(".");
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) return undefined;
  if (second === undefined) return { namespace, name };
  const isInside = third === "svc" || (third === undefined && second === namespace);
  return isInside ? { namespace: second, name } : undefined;
}
