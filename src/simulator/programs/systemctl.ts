// systemctl for etcd.service, Type=notify: a restart returns when the member has joined again; and
// for kubespray's renewal timer, with the service that it starts.

import { hasQuorum, newId } from "../model.ts";
import { endMember, joinMember, memberOf } from "../nature/etcd.ts";
import { notice } from "../nature/notice.ts";
import { type Answer, type Call, failed, options, said, takes } from "./call.ts";

const stopMs = 700;
const joinMs = 1600;
const startTimeoutMs = 90_000;

export async function systemctl(call: Call): Promise<Answer> {
  const { values, words } = options(call.argv.slice(1), ["-p"]);
  const [verb = "", unit = "", ...others] = words;
  await takes(call, 20);
  if (verb === "show") {
    const properties = (values.get("-p") ?? "").split(",");
    return said([unit, ...others].map((one) => show(call, one, properties)).join("\n"));
  }
  if (unit === timer && call.host.renewTimer !== "") return switchTimer(call, verb);
  if (verb === "restart" && unit === "etcd.service") return restartEtcd(call);
  const how = verb === "stop" ? "loaded" : "found";
  return failed(5, `Failed to ${verb} ${unit}: Unit ${unit} not ${how}.`);
}

const timer = "k8s-certs-renew.timer";

/** What it has started already goes on. */
function switchTimer({ site, host, by }: Call, verb: string): Answer {
  const [enabled = ""] = host.renewTimer.split("/");
  host.renewTimer = `${enabled}/${verb === "start" ? "active" : "inactive"}`;
  site.see({ kind: "changed", host: host.name, name: timer, by });
  return said("");
}

/** A timer has no process. */
function showRenewal({ host }: Call, unit: string): Readonly<Record<string, string>> {
  const [enabled = "", active = ""] = host.renewTimer.split("/");
  const load = host.renewTimer === "" ? "not-found" : "loaded";
  if (unit === timer) {
    const known = { LoadState: load, ActiveState: active || "inactive", UnitFileState: enabled };
    // That of its last start, also once it is stopped.
    return { ...known, InvocationID: load === "loaded" ? "1".padStart(32, "0") : "" };
  }
  const runs = host.busyWith.includes("k8s-certs-renew");
  return {
    MainPID: runs ? "4321" : "0",
    LoadState: load,
    ActiveState: runs ? "activating" : "inactive",
    UnitFileState: load === "loaded" ? "static" : "",
    InvocationID: "",
  };
}

function show(call: Call, unit: string, properties: readonly string[]): string {
  const { host } = call;
  if (/^k8s-certs-renew\.(timer|service)$/.test(unit)) {
    const renewal = showRenewal(call, unit);
    const shown = properties.filter((name) => name in renewal);
    return shown.map((name) => `${name}=${renewal[name] ?? ""}\n`).join("");
  }
  const etcd = unit === "etcd.service" ? host.etcdUnit : undefined;
  const known: Readonly<Record<string, string>> = {
    LoadState: etcd === undefined ? "not-found" : "loaded",
    ActiveState: etcd?.active ?? "inactive",
    UnitFileState: etcd === undefined ? "" : "enabled",
    MainPID: String(etcd?.mainPid ?? 0),
    InvocationID: etcd?.invocation ?? "",
  };
  return properties.map((name) => `${name}=${known[name] ?? ""}\n`).join("");
}

async function restartEtcd(call: Call): Promise<Answer> {
  const { site, host, by } = call;
  const { model } = site;
  const unit = host.etcdUnit;
  const member = memberOf(model, host.name);
  if (unit === undefined || member === undefined) {
    return failed(5, "Failed to restart etcd.service: Unit etcd.service not found.");
  }
  endMember(model, host.name);
  notice(model);
  site.see({ kind: "disturbed", host: host.name, what: "etcd", name: member.name, by });
  await takes(call, stopMs);
  const id = newId(model);
  unit.invocation = String(id).padStart(32, "0");
  unit.mainPid = 1000 + id;
  if (!hasQuorumWith(call, member.name)) {
    await takes(call, startTimeoutMs);
    unit.active = "failed";
    const see = `See "systemctl status etcd.service" and "journalctl -xeu etcd.service" for details.`;
    return failed(1, `Job for etcd.service failed because a timeout was exceeded.\n${see}`);
  }
  await takes(call, joinMs);
  joinMember(model, host.name);
  notice(model);
  unit.active = "active";
  return said("");
}

function hasQuorumWith({ site }: Call, name: string): boolean {
  const members = site.model.etcd.members.map((one) =>
    one.name === name ? { ...one, runs: true } : one,
  );
  return hasQuorum({ ...site.model, etcd: { ...site.model.etcd, members } });
}
