// etcdctl 3.5 against the members of the model. A member that is down does not answer; the local
// one must, or nothing can be asked through it.

import { textAt } from "../files.ts";
import { hasQuorum, type Member, type Model } from "../model.ts";
import { isPair } from "../x509.ts";
import { type Answer, type Call, failed, options, said, takes } from "./call.ts";
import { asked, decimal, silence } from "./etcdctl-asked.ts";
import { endpoint } from "./etcdctl-endpoint.ts";
import { memberTable } from "./etcdctl-table.ts";
import { saveDatabase } from "./snapshot-save.ts";

const callMs = 60;

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
  // The clients for `endpoint health` are made by that command itself.
  const refusal = refused(call, values);
  if (refusal !== undefined)
    return failed(`${what} ${verb}` === "endpoint health" ? 1 : 128, refusal);
  const endpoints = (values.get("--endpoints") ?? "").split(",");
  const [authority = "", certificate = ""] = ["--cacert", "--cert"].map((name) =>
    textAt(call.host, values.get(name) ?? ""),
  );
  const asking = { call, client: { authority, certificate } };
  if (what === "endpoint") return endpoint(asking, { verb, values, endpoints });
  if (what === "snapshot" && verb === "save")
    return saveDatabase(asking, endpoints, words[2] ?? "");
  const member = endpoints.map((one) => asked(asking, one)).find((one) => one?.runs);
  if (member === undefined || !hasQuorum(model)) return silence(asking, endpoints);
  if (what === "member" && verb === "list") {
    if (values.get("-w") === "table") return memberTable(model);
    return said(memberList(model, member, values.has("--hex")));
  }
  if (what === "alarm" && verb === "list")
    return said(model.etcd.alarms.map((a) => `${a}\n`).join(""));
  return failed(1, `Error: unknown command "${what}" for "etcdctl"`);
}

/** What it finds out before it asks anybody. */
function refused(call: Call, values: ReadonlyMap<string, string>): string | undefined {
  for (const name of ["--cacert", "--cert", "--key"]) {
    const path = values.get(name) ?? "";
    if (textAt(call.host, path) === "") {
      return `Error: open ${path}: no such file or directory`;
    }
  }
  const [certificate = "", key = ""] = ["--cert", "--key"].map((name) =>
    textAt(call.host, values.get(name) ?? ""),
  );
  if (isPair(certificate, key)) return undefined;
  return "Error: tls: private key does not match public key";
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
