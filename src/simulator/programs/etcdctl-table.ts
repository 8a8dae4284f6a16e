// etcdctl -w table, as printer_table.go of etcd 3.5 lays it out.

import type { Member } from "../model.ts";
import { type Answer, type Call, failed, said, takes } from "./call.ts";
import { boxes } from "./columns.ts";

const silentMs = 5000;

export async function etcdTable(call: Call, what: string): Promise<Answer> {
  const { etcd } = call.site.model;
  const { members } = etcd;
  if (what === "member list") {
    const headings = ["ID", "STATUS", "NAME", "PEER ADDRS", "CLIENT ADDRS", "IS LEARNER"];
    const peer = ({ clientUrl }: Member) => clientUrl.replace("2379", "2380");
    const rows = members.map((one) => {
      return [one.idHex, "started", one.name, peer(one), one.clientUrl, "false"];
    });
    return said(boxes(headings, rows));
  }
  const silent = members.some((one) => !one.runs);
  if (silent) await takes(call, silentMs);
  if (what === "endpoint health") {
    const rows = members.map(({ runs, clientUrl }) =>
      runs
        ? [clientUrl, "true", "24.278175ms", ""]
        : [clientUrl, "false", "5.000558192s", "context deadline exceeded"],
    );
    const table = boxes(["ENDPOINT", "HEALTH", "TOOK", "ERROR"], rows);
    return silent ? failed(1, "Error: unhealthy cluster", table) : said(table);
  }
  if (what !== "endpoint status")
    return failed(1, `Error: unknown command "${what}" for "etcdctl"`);
  const headings =
    "ENDPOINT|ID|VERSION|DB SIZE|IS LEADER|IS LEARNER|RAFT TERM|RAFT INDEX|RAFT APPLIED INDEX|ERRORS";
  const size = `${(etcd.sizeBytes / 1e6).toFixed(1)} MB`;
  const rows = members
    .filter((one) => one.runs)
    .map(({ clientUrl, idHex, name }) => {
      const leads = String(name === etcd.leader);
      const known = [clientUrl, idHex, etcd.version, size, leads, "false"];
      return [...known, String(etcd.raftTerm), "1930", "1930", ""];
    });
  const table = boxes(headings.split("|"), rows);
  return silent ? failed(1, "Failed to get the status of endpoint", table) : said(table);
}
