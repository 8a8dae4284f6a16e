// The chain's RPC node from which the provider works: where its settings say it is, and from where
// it can be asked. Its address may hold a key to a paid node: only the host is ever shown.

export type RpcNode =
  | RpcService
  /**
   * Reachable from everywhere; `/status` is asked below it. `orService`: of a name with one dot,
   * which a pod's resolver looks up in the cluster first. It is that Service where there is one.
   */
  | {
      readonly kind: "outside";
      readonly url: string;
      readonly host: string;
      readonly orService?: RpcService;
    }
  | { readonly kind: "unknown"; readonly because: string };

/** A Service of the cluster: its name is known only in there. */
interface RpcService {
  readonly kind: "service";
  readonly scheme: "http" | "https";
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** Without a slash at either end. */
  readonly path: string;
}

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
  const port = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
  const { name, certain } = serviceOf(hostname, namespace);
  const service =
    name === undefined ? undefined : ({ kind: "service", scheme, ...name, port, path } as const);
  if (service !== undefined && certain) return service;
  const outside = { kind: "outside", url: url.href.replace(/\/+$/, ""), host: url.host } as const;
  return service === undefined ? outside : { ...outside, orService: service };
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

interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

const dnsLabel = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** No name for an address, or a name, that only the world outside may have. */
function serviceOf(
  hostname: string,
  namespace: string,
): { readonly name?: ServiceName; readonly certain: boolean } {
  const [name = "", second, third] = hostname.split(".");
  if (!dnsLabel.test(name)) return { certain: false };
  if (second === undefined) return { name: { namespace, name }, certain: true };
  if (third !== undefined && third !== "svc") return { certain: false };
  const certain = third === "svc" || second === namespace;
  return certain || dnsLabel.test(second)
    ? { name: { namespace: second, name }, certain }
    : { certain };
}
