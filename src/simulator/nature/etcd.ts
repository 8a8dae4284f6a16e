// etcd's members: one that ends takes the leadership with it, and one that starts joins a moment
// later.

import { hostNamed, type Member, type Model, running } from "../model.ts";

/**
 * Of every member: all know each alarm. An etcd that has no space takes no write any more
 * (quota.go).
 */
export function isFull({ etcd }: Model): boolean {
  return etcd.alarms.some((alarm) => alarm.includes("NOSPACE"));
}

export function memberOf(model: Model, host: string): Member | undefined {
  return model.etcd.members.find((one) => one.host === host);
}

/** The others elect one of them, if they are enough. */
export function endMember(model: Model, host: string): void {
  const member = memberOf(model, host);
  if (member === undefined) return;
  const { etcd } = model;
  member.runs = false;
  const other = etcd.members.find((one) => one.runs);
  if (etcd.leader !== member.name || other === undefined) return;
  etcd.leader = other.name;
  etcd.raftTerm += 1;
}

export function joinMember(model: Model, host: string): void {
  const member = memberOf(model, host);
  const starts = model.topology === "host-etcd" || running(hostNamed(model, host), "etcd");
  if (member !== undefined && starts) member.runs = true;
}
