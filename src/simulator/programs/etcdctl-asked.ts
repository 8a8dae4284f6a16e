// Which member is behind an endpoint, and what etcdctl says where nobody answers.

import { clockOf, type Member } from "../model.ts";
import { believe, disbelieved, type EtcdClient } from "../nature/etcd-tls.ts";
import { expiredBecause } from "../x509.ts";
import { type Answer, type Call, failed, takes } from "./call.ts";

export const silentMs = 5000;

/** Who asks, and what it shows. */
export interface Asking {
  readonly call: Call;
  readonly client: EtcdClient;
}

export function asked(asking: Asking, endpoint: string): Member | undefined {
  const found = memberAt(asking, endpoint);
  return found === undefined ? undefined : asSeen(asking, found);
}

function memberAt({ call }: Asking, endpoint: string): Member | undefined {
  const { members } = call.site.model.etcd;
  const address = endpoint.replace(/^https:\/\/|:\d+\/?$/g, "");
  const local = address === "127.0.0.1" || address === "localhost";
  return members.find((one) => (local ? one.host === call.host.name : one.clientUrl === endpoint));
}

/** One that does not believe who asks, or is not believed, is as silent as one that is down. */
export function asSeen({ call, client }: Asking, member: Member): Member {
  const answers = member.runs && believe(call.site.model, call.host, { member, client });
  return { ...member, runs: answers };
}

export async function silence(
  asking: Asking,
  endpoints: readonly string[],
  before = "",
): Promise<Answer> {
  await takes(asking.call, silentMs);
  const [endpoint = ""] = endpoints;
  const line = retrying(asking, { target: endpoint, endpoint, logger: "etcd-client" });
  return failed(1, `${line}Error: ${before}context deadline exceeded`);
}

/** What clientv3 logs before it gives up; `endpoint` is the one that is silent. */
export function retrying(
  asking: Asking,
  of: {
    readonly target: string;
    readonly endpoint: string;
    readonly logger: "client" | "etcd-client";
  },
): string {
  const { site, host } = asking.call;
  const error = `rpc error: code = DeadlineExceeded desc = ${becauseOf(asking, of.endpoint)}`;
  const line = {
    level: "warn",
    ts: logTime(clockOf(site.model, host)),
    logger: of.logger,
    caller: "v3@v3.5.22/retry_interceptor.go:63",
    msg: "retrying of unary invoker failed",
    target: `etcd-endpoints://0x3f4d06d7c780/${withoutScheme(of.target)}`,
    attempt: 0,
    error,
  };
  return `${JSON.stringify(line)}\n`;
}

/** In microseconds, as zap writes it. */
export function logTime(at: number): string {
  return new Date(at).toISOString().replace("Z", "000Z");
}

/** One that answers and has no quorum says nothing of it. */
function becauseOf(asking: Asking, endpoint: string): string {
  const { call, client } = asking;
  const member = memberAt(asking, endpoint);
  const address = withoutScheme(endpoint);
  const transport = (words: string) =>
    `latest balancer error: connection error: desc = "transport: ${words}"`;
  if (member?.runs !== true) {
    return transport(`Error while dialing: dial tcp ${address}: connect: connection refused`);
  }
  const disbelief = disbelieved(call.site.model, call.host, { member, client });
  switch (disbelief?.kind) {
    case undefined:
      return "context deadline exceeded";
    // Which of the two it is depends on who is faster.
    case "unknown client":
      return `latest balancer error: write tcp 127.0.0.1:56844->${address}: write: broken pipe`;
    case "expired client":
      return 'latest balancer error: connection error: desc = "error reading server preface: remote error: tls: expired certificate"';
    case "expired":
      return transport(handshake(expiredBecause(disbelief)));
    case "unknown":
      return transport(handshake("certificate signed by unknown authority"));
  }
}

function handshake(because: string): string {
  return `authentication handshake failed: tls: failed to verify certificate: x509: ${because}`;
}

function withoutScheme(endpoint: string): string {
  return endpoint.replace(/^https:\/\//, "");
}

export function decimal(hex: string): string {
  return BigInt(`0x${hex}`).toString();
}
