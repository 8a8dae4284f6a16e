// etcd as its own members tell it, through the first host that reaches them.

import type { EtcdAccess } from "../cluster/etcd.ts";
import type { EtcdFacts, HostFacts } from "../cluster/facts.ts";
import { type Reading, read, unreadable } from "../core/outcome.ts";
import type { Host } from "../core/world.ts";
import {
  checkHealth,
  listAlarms,
  listMembers,
  parseAlarms,
  parseHealth,
  parseMembers,
  parseStatus,
  readStatus,
} from "../programs/etcdctl.ts";
import { ask } from "./ask.ts";

/** Asks the first etcd host that answers. */
export async function surveyEtcd(
  hosts: readonly { readonly host: Host }[],
  facts: readonly HostFacts[],
): Promise<Reading<EtcdFacts>> {
  let because = "no host says how to reach etcd (/etc/etcd.env, or etcd's static pod)";
  for (const one of facts) {
    const host = hosts.find((candidate) => candidate.host.name === one.name)?.host;
    if (one.etcdAccess.kind === "unreadable" || host === undefined) continue;
    const seen = await askEtcd(host, one.etcdAccess.value);
    if (seen.kind === "read") return seen;
    because = `${one.name}: ${seen.because}`;
  }
  return unreadable(because);
}

async function askEtcd(host: Host, access: EtcdAccess): Promise<Reading<EtcdFacts>> {
  const [members, health, endpoints, alarms] = await Promise.all([
    ask(host, listMembers(access), parseMembers),
    ask(host, checkHealth(access), parseHealth),
    ask(host, readStatus(access), parseStatus),
    ask(host, listAlarms(access), parseAlarms),
  ]);
  if (members.kind === "unreadable") return members;
  if (health.kind === "unreadable") return health;
  if (endpoints.kind === "unreadable") return endpoints;
  if (alarms.kind === "unreadable") return alarms;
  return read({
    members: members.value,
    health: health.value,
    endpoints: endpoints.value,
    alarms: alarms.value,
  });
}
