// etcdctl -w table, as printer_table.go of etcd 3.5 lays it out.

import type { Member, Model } from "../model.ts";
import { type Answer, said } from "./call.ts";
import { boxes } from "./columns.ts";
import type { Health } from "./etcdctl-endpoint.ts";

export function memberTable({ etcd }: Model): Answer {
  const headings = ["ID", "STATUS", "NAME", "PEER ADDRS", "CLIENT ADDRS", "IS LEARNER"];
  const peer = ({ clientUrl }: Member) => clientUrl.replace("2379", "2380");
  const rows = etcd.members.map((one) => {
    return [one.idHex, "started", one.name, peer(one), one.clientUrl, "false"];
  });
  return said(boxes(headings, rows));
}

export function healthTable(rows: readonly Health[]): string {
  return boxes(
    ["ENDPOINT", "HEALTH", "TOOK", "ERROR"],
    rows.map(({ endpoint, health, took, error }) => [endpoint, String(health), took, error ?? ""]),
  );
}

export function statusTable(
  { etcd }: Model,
  endpoints: readonly { readonly url: string; readonly member: Member }[],
): string {
  const headings =
    "ENDPOINT|ID|VERSION|DB SIZE|IS LEADER|IS LEARNER|RAFT TERM|RAFT INDEX|RAFT APPLIED INDEX|ERRORS";
  const size = `${(etcd.sizeBytes / 1e6).toFixed(1)} MB`;
  const rows = endpoints.map(({ url, member: { idHex, name } }) => {
    const known = [url, idHex, etcd.version, size, String(name === etcd.leader), "false"];
    return [...known, String(etcd.raftTerm), "1930", "1930", etcd.alarms.join(", ")];
  });
  return boxes(headings.split("|"), rows);
}
