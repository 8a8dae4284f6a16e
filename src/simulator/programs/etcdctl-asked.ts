// Which member is behind an endpoint, and what etcdctl says where nobody answers.

import type { Member } from "../model.ts";
import { believe, type EtcdClient } from "../nature/etcd-tls.ts";
import { type Answer, type Call, failed, takes } from "./call.ts";

export const silentMs = 5000;

/** Who asks, and what it shows. */
export interface Asking {
  readonly call: Call;
  readonly client: EtcdClient;
}

export function asked(asking: Asking, endpoints: string): Member | undefined {
  const { call } = asking;
  const { members } = call.site.model.etcd;
  const address = endpoints.replace(/^https:\/\/|:\d+\/?$/g, "");
  const local = address === "127.0.0.1" || address === "localhost";
  const found = members.find((one) =>
    local ? one.host === call.host.name : one.clientUrl === endpoints,
  );
  return found === undefined ? undefined : asSeen(asking, found);
}

/** One that does not believe who asks, or is not believed, is as silent as one that is down. */
export function asSeen({ call, client }: Asking, member: Member): Member {
  const answers = member.runs && believe(call.site.model, call.host, { member, client });
  return { ...member, runs: answers };
}

export async function silence(
  call: Call,
  endpoints: readonly string[],
  before = "",
): Promise<Answer> {
  await takes(call, silentMs);
  return failed(1, `${retrying(endpoints[0] ?? "")}Error: ${before}context deadline exceeded`);
}

export function retrying(endpoint: string): string {
  return `{"level":"warn","ts":"2026-11-22T03:00:00.000000Z","logger":"client","msg":"retrying of unary invoker failed","target":"etcd-endpoints://${endpoint}","attempt":0,"error":"rpc error: code = DeadlineExceeded"}\n`;
}

export function decimal(hex: string): string {
  return BigInt(`0x${hex}`).toString();
}
