// etcdctl endpoint health and status: of the endpoints that it is given, or with --cluster of all
// members.

import { hasQuorum, type Member, type Model } from "../model.ts";
import { type Answer, failed, said, takes } from "./call.ts";
import {
  type Asking,
  asked,
  asSeen,
  decimal,
  retrying,
  silence,
  silentMs,
} from "./etcdctl-asked.ts";
import { healthTable, statusTable } from "./etcdctl-table.ts";

/** One that was asked; without a member behind it nothing listens there. */
export interface Endpoint {
  readonly url: string;
  readonly member: Member | undefined;
}

export async function endpoint(
  asking: Asking,
  given: {
    readonly verb: string;
    readonly values: ReadonlyMap<string, string>;
    readonly endpoints: readonly string[];
  },
): Promise<Answer> {
  const { call } = asking;
  const { model } = call.site;
  const { verb, values } = given;
  if (verb !== "health" && verb !== "status") {
    return failed(1, `Error: unknown command "endpoint ${verb}" for "etcdctl"`);
  }
  const named = given.endpoints.map((url) => ({ url, member: asked(asking, url) }));
  if (values.has("--cluster") && !(hasQuorum(model) && named.some(({ member }) => member?.runs))) {
    return silence(
      asking,
      given.endpoints,
      "failed to fetch endpoints from etcd cluster member list: ",
    );
  }
  const endpoints = values.has("--cluster")
    ? model.etcd.members.map((one) => ({ url: one.clientUrl, member: asSeen(asking, one) }))
    : named;
  const isTable = values.get("-w") === "table";
  const seen = { endpoints, target: given.endpoints[0] ?? "", isTable };
  return verb === "health" ? health(asking, seen) : status(asking, seen);
}

/** A row of `endpoint health`. */
export interface Health {
  readonly endpoint: string;
  readonly health: boolean;
  readonly took: string;
  readonly error?: string;
}

interface Shown {
  readonly endpoints: readonly Endpoint[];
  /** The endpoint that it was given. */
  readonly target: string;
  readonly isTable: boolean;
}

async function health(asking: Asking, { endpoints, isTable }: Shown): Promise<Answer> {
  const { call } = asking;
  const { model } = call.site;
  const rows = endpoints.map((one) => healthOf(model, one));
  const silent = rows.filter(({ took }) => took === timedOut);
  if (silent.length > 0) await takes(call, silentMs);
  const lines = silent.map(({ endpoint }) =>
    retrying(asking, { target: endpoint, endpoint, logger: "client" }),
  );
  const stdout = isTable ? healthTable(rows) : `${JSON.stringify(rows)}\n`;
  if (rows.every((one) => one.health)) return said(stdout);
  return failed(1, `${lines.join("")}Error: unhealthy cluster`, stdout);
}

const timedOut = "5.000558192s";

/**
 * It reads a key, for which there must be a quorum, and the alarms, which all members know
 * (ep_command.go).
 */
function healthOf(model: Model, { url, member }: Endpoint): Health {
  if (member?.runs !== true || !hasQuorum(model)) {
    return { endpoint: url, health: false, took: timedOut, error: "context deadline exceeded" };
  }
  const took = "24.278175ms";
  const { alarms } = model.etcd;
  if (alarms.length === 0) return { endpoint: url, health: true, took };
  const kinds = alarms.map((alarm) => `${/alarm:(\w+)/.exec(alarm)?.[1] ?? "UNKNOWN"} `);
  return { endpoint: url, health: false, took, error: `Active Alarm(s): ${kinds.join("")}` };
}

/** What each member knows by itself: for that there need be no quorum. */
async function status(asking: Asking, { endpoints, target, isTable }: Shown): Promise<Answer> {
  const { call } = asking;
  const { model } = call.site;
  const rows = endpoints.flatMap(({ url, member }) =>
    member?.runs === true ? [{ url, member }] : [],
  );
  const silent = endpoints.filter(({ member }) => member?.runs !== true).map(({ url }) => url);
  if (silent.length > 0) await takes(call, silentMs);
  const shown = rows.map(({ url, member }) => statusJson(model, url, member));
  const stdout = isTable ? statusTable(model, rows) : `[${shown.join(",")}]\n`;
  if (silent.length === 0) return said(stdout);
  const lines = silent.map((endpoint) => {
    const line = retrying(asking, { target, endpoint, logger: "etcd-client" });
    return `${line}Failed to get the status of endpoint ${endpoint} (context deadline exceeded)\n`;
  });
  return failed(1, lines.join(""), stdout);
}

function statusJson({ etcd }: Model, url: string, member: Member): string {
  const leader = etcd.members.find((one) => one.name === etcd.leader)?.idHex ?? "0";
  const header = `{"cluster_id":17737825559498272203,"member_id":${decimal(member.idHex)},"revision":${etcd.revision - member.behind},"raft_term":${etcd.raftTerm}}`;
  const errors = etcd.alarms.length === 0 ? "" : `,"errors":${JSON.stringify(etcd.alarms)}`;
  return `{"Endpoint":"${url}","Status":{"header":${header},"version":"${etcd.version}","dbSize":${etcd.sizeBytes},"leader":${decimal(leader)},"raftIndex":1930,"raftTerm":${etcd.raftTerm},"raftAppliedIndex":1930,"dbSizeInUse":${etcd.sizeBytes}${errors}}}`;
}
