// Members, health and alarms of etcd in one look, shared by the steps that must not disturb it.

import { type EtcdAccess, etcdTrouble } from "../cluster/etcd.ts";
import { type Reading, read } from "../core/outcome.ts";
import type { Look } from "../core/step.ts";
import {
  checkHealth,
  listAlarms,
  listMembers,
  parseAlarms,
  parseHealth,
  parseMembers,
} from "../programs/etcdctl.ts";

/**
 * What is wrong with etcd, as sentences; none when every member is healthy and there is no alarm.
 */
export async function readEtcd(
  look: Pick<Look, "run">,
  access: EtcdAccess,
): Promise<Reading<readonly string[]>> {
  const [listed, asked, alarmed] = await Promise.all([
    look.run(listMembers(access)),
    look.run(checkHealth(access)),
    look.run(listAlarms(access)),
  ]);
  const [members, health, alarms] = [
    parseMembers(listed),
    parseHealth(asked),
    parseAlarms(alarmed),
  ];
  if (members.kind === "unreadable") return members;
  if (health.kind === "unreadable") return health;
  if (alarms.kind === "unreadable") return alarms;
  return read(etcdTrouble({ members: members.value, health: health.value, alarms: alarms.value }));
}
