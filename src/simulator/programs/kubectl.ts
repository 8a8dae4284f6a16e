// kubectl, as far as a window calls it, and the guide's own `delete pods`. Objects as `-o json`
// prints them; refusals in the words recorded from kubectl 1.33.

import { textAt } from "../files.ts";
import { clockOf, type HostModel, hasQuorum, newId, running, type StatefulSet } from "../model.ts";
import { isReady, reachApi } from "../nature/api.ts";
import { scaleSet } from "../nature/controllers.ts";
import { isFull } from "../nature/etcd.ts";
import { serverOf } from "../nature/kubeconfig.ts";
import { restartDeployment } from "../nature/operators.ts";
import { remembered } from "../remembered.ts";
import { type Answer, type Call, failed, options, said, takes } from "./call.ts";
import { goTemplate } from "./go-template.ts";
import { asksOf, keepKinds, knowsKinds, unanswered } from "./kubectl-kinds.ts";
import { logs } from "./kubectl-logs.ts";
import { listOf, type Selected, selected } from "./kubectl-objects.ts";
import { patienceMs, rawAnswer, timedOut } from "./kubectl-raw.ts";
import { tableOf } from "./kubectl-table.ts";

const withValue = ["--kubeconfig", "--server", "-n", "--namespace", "-l", "-o", "--raw"];
const template = remembered(goTemplate);

/**
 * Discovery, the request and the program's own start: measured 0.25 to 1.4 s; a quiet machine's.
 */
const callMs = 250;
/** Of it, what the last request takes: whoever serves it may end meanwhile. */
const requestMs = 40;

export async function kubectl(call: Call): Promise<Answer> {
  const { values, words } = options(call.argv.slice(1), withValue);
  await takes(call, callMs - requestMs);
  const { model } = call.site;
  const kubeconfig = values.get("--kubeconfig") ?? "/root/.kube/config";
  const server = values.get("--server") ?? serverOf(textAt(call.host, kubeconfig));
  const asksForKinds = !values.has("--raw") && !knowsKinds(model, call.host, server);
  const reached = reachApi(model, call.host, {
    kubeconfig,
    server: values.get("--server"),
    asksForKinds,
    timeout: values.get("--request-timeout"),
  });
  if (reached.kind === "refused") {
    const { stderr, stdout, triesOn = false } = reached;
    if (values.has("--raw")) return failed(1, triesOn ? endedAtOnce : stderr, stdout);
    if (triesOn) await takes(call, patienceMs * (asksForKinds ? kindsTriesMax : asksOf(words)));
    if (asksForKinds) return failed(1, stderr, stdout);
    return unanswered({ values, words, server, stderr });
  }
  if (asksForKinds) keepKinds(model, call.host, server);
  const serving = running(reached.host, "kube-apiserver");
  const answer = await served(call, reached.host, { values, words, server });
  await takes(call, requestMs);
  // What it was asked for may have been done all the same.
  const isCut = running(reached.host, "kube-apiserver") !== serving;
  return isCut ? failed(1, cutOff) : answer;
}

/** It tries once to read something without a kind, and so often to learn the kinds. */
const endedAtOnce = "Unable to connect to the server: EOF";
const kindsTriesMax = 5;

/** Whoever serves it is told to end, and ends before it has answered. */
const cutOff = `Unable to connect to the server: http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug=""`;

async function served(
  call: Call,
  server: HostModel,
  { values, words, server: url }: ReturnType<typeof options> & { readonly server: string },
): Promise<Answer> {
  const { model } = call.site;
  const raw = values.get("--raw");
  if (raw !== undefined) return rawAnswer(call, server, raw);
  // Nothing can be read or written: its patience ends, with each kind that it asks of.
  if (!hasQuorum(model)) {
    await takes(call, patienceMs * asksOf(words));
    return unanswered({ values, words, server: url, stderr: timedOut });
  }
  if (!isReady(model, server)) {
    return failed(1, "Error from server: the server is currently unable to handle the request");
  }
  const [verb = "", kinds = "", ...names] = words;
  const selection: Selected = {
    kinds: kinds.split(","),
    names,
    mayLack: values.has("--ignore-not-found"),
    namespace: values.has("--all-namespaces") ? undefined : (values.get("-n") ?? "default"),
    labels: values.get("-l"),
  };
  switch (verb) {
    case "get":
      return get(call, selection, values.get("-o") ?? "");
    case "scale":
      return scale(call, selection, Number(values.get("--replicas")));
    case "annotate":
      return annotate(call, selection);
    case "logs":
      return logs(call, kinds, values);
    case "rollout":
      return rolloutRestart(call, selection);
    case "delete":
      return deletePods(call, selection);
    default:
      return failed(1, `error: unknown command "${verb}" for "kubectl"`);
  }
}

function get(call: Call, selection: Selected, output: string): Answer {
  const { site, host } = call;
  const found = selected(site.model, clockOf(site.model, host), selection);
  if (typeof found === "string") return failed(1, found);
  if (output.startsWith("go-template=")) {
    return said(template(output.slice("go-template=".length))(listOf(found)));
  }
  if (selection.kinds.some((kind) => /^statefulset/.test(kind))) {
    site.see({ kind: "asked", host: host.name, about: "provider" });
  }
  if (found.length === 0 && selection.mayLack === true) return said("");
  if (output === "") return tableOf(site.model, found, selection.namespace);
  const [only] = found;
  if (selection.names.length === 1 && only !== undefined) return said(`${JSON.stringify(only)}\n`);
  return said(`${JSON.stringify(listOf(found))}\n`);
}

function namedSet(
  call: Call,
  { namespace, names }: Selected,
  begins = "Error from server (NotFound):",
): StatefulSet | Answer {
  const [name = ""] = names;
  const set = call.site.model.sets.find((one) => one.namespace === namespace && one.name === name);
  return set ?? failed(1, `${begins} statefulsets.apps "${name}" not found`);
}

function scale(call: Call, selection: Selected, replicas: number): Answer {
  const set = namedSet(call, selection, "error: no objects passed to scale");
  if ("code" in set) return set;
  const full = noSpace(call);
  if (full !== undefined) return full;
  scaleSet(call.site, set, replicas, call.by);
  call.site.model.etcd.revision += 1;
  return said(`statefulset.apps/${set.name} scaled\n`);
}

function annotate(call: Call, selection: Selected): Answer {
  const set = namedSet(call, selection);
  if ("code" in set) return set;
  const full = noSpace(call);
  if (full !== undefined) return full;
  for (const change of selection.names.slice(1)) {
    const [name = "", value] = change.split(/=(.*)/s);
    if (value === undefined) set.annotations.delete(name.replace(/-$/, ""));
    else set.annotations.set(name, value);
  }
  changed(call, `an annotation of ${set.name}`);
  return said(`statefulset.apps/${set.name} annotated\n`);
}

/** What etcd says of every write while it has no space; what is only read goes on. */
function noSpace({ site }: Call): Answer | undefined {
  return isFull(site.model)
    ? failed(1, "Error from server: etcdserver: mvcc: database space exceeded")
    : undefined;
}

function changed({ site, host, by }: Call, name: string): void {
  site.model.etcd.revision += 1;
  site.see({ kind: "changed", host: host.name, name, by });
}

/** `rollout restart deployment/NAME`. */
function rolloutRestart(call: Call, { namespace, names }: Selected): Answer {
  const { model } = call.site;
  const name = (names[0] ?? "").replace(/^deployment\//, "");
  const found = model.deployments.find((one) => one.namespace === namespace && one.name === name);
  if (found === undefined) {
    return failed(1, `Error from server (NotFound): deployments.apps "${name}" not found`);
  }
  const full = noSpace(call);
  if (full !== undefined) {
    return failed(1, full.stderr.replace("Error from server", "error: failed to patch"));
  }
  restartDeployment(model, found);
  changed(call, `deployment ${name}`);
  return said(`deployment.apps/${name} restarted\n`);
}

/** The guide's step 3: the shadows get a new age, and not one process is restarted. */
function deletePods(call: Call, { namespace, labels }: Selected): Answer {
  const { model } = call.site;
  const [label = "", value = ""] = (labels ?? "").split("=");
  const mirrors = model.pods.filter(
    (pod) =>
      pod.namespace === namespace && pod.owner.kind === "Node" && pod.labels[label] === value,
  );
  // A pod that is given time to end is written first.
  const full = mirrors.length === 0 ? undefined : noSpace(call);
  if (full !== undefined) return failed(1, full.stderr.repeat(mirrors.length));
  for (const pod of mirrors) {
    const at = model.pods.indexOf(pod);
    model.pods[at] = { ...pod, uid: `mirror-${newId(model)}`, createdAt: model.now };
    changed(call, `pod ${pod.name}`);
  }
  return said(mirrors.map((pod) => `pod "${pod.name}" deleted\n`).join(""));
}
