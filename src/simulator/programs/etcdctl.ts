// etcdctl 3.5 against the members of the model. A member that is down does not answer; the local one
// must, or nothing can be asked through it.

import { textAt } from "../files.ts";
import { hasQuorum, type Member, type Model } from "../model.ts";
import { type Answer, type Call, failed, options, said, takes } from "./call.ts";
import { etcdTable } from "./etcdctl-table.ts";
import { saveByHand } from "./snapshot-by-hand.ts";

const callMs = 60;
const silentMs = 5000;

/** etcdctl takes each flag from the environment too, under this name. */
const fromEnvironment = ["endpoints", "cacert", "cert", "key"] as const;

export async function etcdctl(call: Call): Promise<Answer> {
  const given = options(call.argv.slice(1), ["-w", "--write-out"]);
  const { words } = given;
  const values = new Map(given.values);
  for (const name of fromEnvironment) {
    const exported = call.env?.get(`ETCDCTL_${name.toUpperCase()}`);
    if (exported !== undefined && !values.has(`--${name}`)) values.set(`--${name}`, exported);
  }
  const [what = "", verb = ""] = words;
  await takes(call, callMs);
  if (what === "version") return said("etcdctl version: 3.5.22\nAPI version: 3.5\n");
  const { model } = call.site;
  const refusal = refused(call, values);
  if (refusal !== undefined) return refusal;
  const member = asked(call, values.get("--endpoints") ?? "");
  if (member === undefined || !member.runs || !hasQuorum(model)) {
    await takes(call, silentMs);
    return failed(
      1,
      `${retrying(values.get("--endpoints") ?? "")}Error: context deadline exceeded`,
    );
  }
  if (what === "snapshot" && verb === "save") return saveByHand(call, words[2] ?? "");
  if (values.get("-w") === "table") return etcdTable(call, `${what} ${verb}`);
  if (what === "member" && verb === "list") {
    return said(memberList(model, member, values.has("--hex")));
  }
  if (what === "endpoint" && verb === "health") return health(call);
  if (what === "endpoint" && verb === "status") return status(call);
  if (what === "alarm" && verb === "list")
    return said(model.etcd.alarms.map((a) => `${a}\n`).join(""));
  return failed(1, `Error: unknown command "${what}" for "etcdctl"`);
}

/** Without certificates of the right kind etcd ends the handshake. */
function refused(call: Call, values: ReadonlyMap<string, string>): Answer | undefined {
  for (const name of ["--cacert", "--cert", "--key"]) {
    const path = values.get(name) ?? "";
    if (textAt(call.host, path) === "") {
      return failed(128, `Error: open ${path}: no such file or directory`);
    }
  }
  return undefined;
}

function asked(call: Call, endpoints: string): Member | undefined {
  const { members } = call.site.model.etcd;
  const address = endpoints.replace(/^https:\/\/|:\d+\/?$/g, "");
  const local = address === "127.0.0.1" || address === "localhost";
  return members.find((one) => (local ? one.host === call.host.name : one.clientUrl === endpoints));
}

/** With --hex etcdctl prints ids as texts, and spells one field in another way. */
function memberList(model: Model, by: Member, hex: boolean): string {
  const id = (of: string) => (hex ? JSON.stringify(of) : decimal(of));
  const members = model.etcd.members.map((one) => {
    const peers = JSON.stringify([one.clientUrl.replace("2379", "2380")]);
    const clients = JSON.stringify([one.clientUrl]);
    const spelled = hex ? "clientURLS" : "clientURLs";
    return `{"ID":${id(one.idHex)},"name":"${one.name}","peerURLs":${peers},"${spelled}":${clients}}`;
  });
  const header = `{"cluster_id":${id("f628d5ea2b1f0fcb")},"member_id":${id(by.idHex)},"raft_term":${model.etcd.raftTerm}}`;
  return `{"header":${header},"members":[${members.join(",")}]}\n`;
}

async function health(call: Call): Promise<Answer> {
  const { members } = call.site.model.etcd;
  const silent = members.some((one) => !one.runs);
  if (silent) await takes(call, silentMs);
  const rows = members.map((one) =>
    one.runs
      ? { endpoint: one.clientUrl, health: true, took: "24.278175ms" }
      : {
          endpoint: one.clientUrl,
          health: false,
          took: "5.000558192s",
          error: "context deadline exceeded",
        },
  );
  const stdout = `${JSON.stringify(rows)}\n`;
  return silent ? failed(1, `${retrying("")}Error: unhealthy cluster`, stdout) : said(stdout);
}

async function status(call: Call): Promise<Answer> {
  const { etcd } = call.site.model;
  const silent = etcd.members.some((one) => !one.runs);
  if (silent) await takes(call, silentMs);
  const leader = etcd.members.find((one) => one.name === etcd.leader)?.idHex ?? "0";
  const rows = etcd.members
    .filter((one) => one.runs)
    .map(
      (one) =>
        `{"Endpoint":"${one.clientUrl}","Status":{"header":{"cluster_id":17737825559498272203,"member_id":${decimal(one.idHex)},"revision":${etcd.revision - one.behind},"raft_term":${etcd.raftTerm}},"version":"${etcd.version}","dbSize":${etcd.sizeBytes},"leader":${decimal(leader)},"raftIndex":1930,"raftTerm":${etcd.raftTerm},"raftAppliedIndex":1930,"dbSizeInUse":${etcd.sizeBytes}}}`,
    );
  const stdout = `[${rows.join(",")}]\n`;
  return silent ? failed(1, "Failed to get the status of endpoint", stdout) : said(stdout);
}

function decimal(hex: string): string {
  return BigInt(`0x${hex}`).toString();
}

function retrying(endpoint: string): string {
  return `{"level":"warn","ts":"2026-11-22T03:00:00.000000Z","logger":"client","msg":"retrying of unary invoker failed","target":"etcd-endpoints://${endpoint}","attempt":0,"error":"rpc error: code = DeadlineExceeded"}\n`;
}

/** The lines of /etc/etcd.env that tell how to reach etcd. */
export async function etcdEnvironment(call: Call): Promise<Answer> {
  await takes(call, 30);
  const text = textAt(call.host, "/etc/etcd.env");
  if (text === "") return failed(2, "sed: can't read /etc/etcd.env: No such file or directory");
  const wanted = /^ETCDCTL_(ENDPOINTS|CACERT|CERT|KEY)=/;
  return said(
    text
      .split("\n")
      .filter((line) => wanted.test(line))
      .map((line) => `${line}\n`)
      .join(""),
  );
}
