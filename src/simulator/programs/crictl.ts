// crictl on one host. `stop` without a timeout kills; `rm` is what ends the kubelet's back-off.

import { sha256 } from "../files.ts";
import type { Container, HostModel } from "../model.ts";
import { exitContainer, removeContainer } from "../nature/kubelet.ts";
import { notice } from "../nature/notice.ts";
import { type Answer, type Call, failed, options, said, takes } from "./call.ts";

const verbs: readonly string[] = ["ps", "stop", "rm"];
const callMs = 60;
/** How long a component takes to end after SIGTERM; the API server first lets requests finish. */
const endMs: Readonly<Record<string, number>> = { "kube-apiserver": 3000, etcd: 800 };

export async function crictl(call: Call): Promise<Answer> {
  // What stands before the verb is crictl's own: its --timeout is no grace.
  const at = call.argv.findIndex((word) => verbs.includes(word));
  const [verb = "", ...own] =
    at < 0 ? options(call.argv.slice(1), ["--timeout"]).words : call.argv.slice(at);
  const { values, words: ids } = options(own, ["--timeout", "--name", "--state", "-o"]);
  await takes(call, callMs);
  switch (verb) {
    case "ps":
      return list(call, values);
    case "stop":
      return stopAll(call, ids, Number(values.get("--timeout") ?? 0));
    case "rm":
      return removeAll(call, ids);
    default:
      return failed(1, `No help topic for '${verb}'`);
  }
}

function list({ host }: Call, values: ReadonlyMap<string, string>): Answer {
  const name = new RegExp(values.get("--name") ?? "");
  const all = values.has("-a");
  const seen = host.unfinished.has("crictl") ? [] : host.containers;
  const shown = seen
    .filter((one) => name.test(one.name) && (all || one.state === "running"))
    .sort((a, b) => b.createdAt - a.createdAt);
  if (values.has("-q")) return said(shown.map((one) => `${one.id}\n`).join(""));
  const containers = shown.map((one) => containerJson(host, one));
  return said(`${JSON.stringify({ containers }, undefined, 2)}\n`);
}

function containerJson(host: HostModel, one: Container): object {
  return {
    id: one.id,
    metadata: { name: one.name, attempt: one.attempt },
    state: one.state === "running" ? "CONTAINER_RUNNING" : "CONTAINER_EXITED",
    createdAt: `${one.createdOnClock}000000`,
    labels: {
      "io.kubernetes.container.name": one.name,
      "io.kubernetes.pod.name": `${one.name}-${host.name}`,
      "io.kubernetes.pod.namespace": "kube-system",
      "io.kubernetes.pod.uid": sha256(`pod ${one.name} ${host.name}`).slice(0, 32),
    },
  };
}

function withId(host: HostModel, id: string): Container | undefined {
  return id === "" ? undefined : host.containers.find((one) => one.id.startsWith(id));
}

/**
 * What is asked of containerd first, and how crictl puts that it was refused; recorded from 1.34.
 */
const asked = {
  stop: {
    call: "StopContainer",
    says: (words: string, id: string) => fatal(`stopping the container "${id}": ${words}`),
  },
  rm: {
    call: "ContainerStatus",
    says: (words: string, id: string) => `getting container status "${id}": ${words}`,
  },
  inspect: {
    call: "ContainerStatus",
    says: (words: string) => fatal(`get the status of containers: get container status: ${words}`),
  },
} as const;

function fatal(message: string): string {
  return `time="2026-11-22T03:00:00Z" level=fatal msg="${message.replaceAll('"', '\\"')}"`;
}

export function notFound(verb: keyof typeof asked, id: string): Answer {
  const { call, says } = asked[verb];
  const words = `rpc error: code = NotFound desc = an error occurred when try to find container "${id}": not found`;
  const log = `E1122 03:00:00.000000    1420 log.go:32] "${call} from runtime service failed" err="${words.replaceAll('"', '\\"')}" containerID="${id}"`;
  return failed(1, `${log}\n${says(words, id)}`);
}

/** One after the other, up to the first that it cannot stop. */
async function stopAll(call: Call, ids: readonly string[], graceSeconds: number): Promise<Answer> {
  const stopped: string[] = [];
  for (const id of ids) {
    const answer = await stop(call, id, graceSeconds);
    if (answer.code !== 0) return { ...answer, stdout: stopped.join("") };
    stopped.push(answer.stdout);
  }
  return said(stopped.join(""));
}

/** Each of them, whatever becomes of the others. */
function removeAll(call: Call, ids: readonly string[]): Answer {
  const answers = ids.map((id) => remove(call, id));
  const refused = answers.find(({ code }) => code !== 0);
  const stdout = answers.map((one) => one.stdout).join("");
  return refused === undefined ? said(stdout) : { ...refused, stdout };
}

/** Returns when it has exited: on its own within the time it is given, or killed. */
async function stop(call: Call, id: string, graceSeconds: number): Promise<Answer> {
  const { site, host, by } = call;
  const container = withId(host, id);
  if (container === undefined) return notFound("stop", id);
  if (container.state === "running") {
    // An API server closes its port at once, and ends what it is answering.
    if (container.name === "kube-apiserver") {
      Object.assign(container, {
        listensAt: Number.POSITIVE_INFINITY,
        readyAt: Number.POSITIVE_INFINITY,
      });
      notice(site.model);
    }
    await takes(call, Math.min(endMs[container.name] ?? 300, graceSeconds * 1000));
    const killed = graceSeconds <= 0;
    // Two who stop the same container stop it once.
    if (withId(host, id)?.state === "running") exitContainer(site, host, container, { by, killed });
  }
  return said(`${id}\n`);
}

function remove({ site, host, by }: Call, id: string): Answer {
  const container = withId(host, id);
  if (container === undefined) return notFound("rm", id);
  if (container.state === "running") {
    return failed(1, `container "${id}" is running, please stop it first`);
  }
  removeContainer(site, host, container);
  site.see({ kind: "changed", host: host.name, name: `container ${container.name}`, by });
  return said(`${id}\n`);
}
