// kubectl, always run on a control plane node with the node's own admin.conf: no credentials leave
// it.

import { z } from "zod";
import type { Command, ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer, parseJson } from "./answer.ts";

export const adminKubeconfig = "/etc/kubernetes/admin.conf";

/**
 * Where to ask: the kubeconfig's own server (the load balancer, where there is one), or one API
 * server.
 */
export interface Ask {
  readonly kubeconfig?: string;
  /** `https://10.0.0.1:6443`. */
  readonly server?: string;
}

function kubectl(ask: Ask, ...words: readonly string[]): readonly [string, ...string[]] {
  const server = ask.server === undefined ? [] : ["--server", ask.server];
  const kubeconfig = ask.kubeconfig ?? adminKubeconfig;
  return ["kubectl", "--kubeconfig", kubeconfig, ...server, "--request-timeout=10s", ...words];
}

/**
 * One `get … -o json`. Ask for several kinds in one call: it costs about as much as for one, unless
 * nobody answers: kubectl waits for each of them then, and says why only after the last.
 */
export function get(words: readonly string[], ask: Ask = {}): ReadCommand {
  const kinds = Math.max(...words.map((word) => word.split(",").length));
  const timeoutMs = 10_000 + kinds * 10_000;
  return { argv: kubectl(ask, "get", ...words, "-o", "json"), reads: true, timeoutMs };
}

/**
 * One `get … -o go-template=…`: only the fields that the template names leave the node. For lists
 * of thousands: kubectl asks for 500 objects at a time.
 */
export function getWithTemplate(words: readonly string[], template: string): ReadCommand {
  return {
    argv: kubectl({}, "get", ...words, "-o", `go-template=${template}`),
    shown: `kubectl get ${words.join(" ")} (named fields only)`,
    reads: true,
    timeoutMs: 60_000,
    outputBytesMax: 64 * 2 ** 20,
  };
}

export function getRaw(path: string, ask: Ask = {}): ReadCommand {
  return { argv: kubectl(ask, "get", "--raw", path), reads: true, timeoutMs: 20_000 };
}

const twiceScript = `said=$("$@" 2>/dev/null) && { echo "$said"; exit 0; }; exec "$@"`;

/** The same question once more, on the host itself, where the first answer is not good. */
function askTwice(ask: ReadCommand): ReadCommand {
  return {
    argv: ["sh", "-c", twiceScript, "drydock-twice", ...ask.argv],
    shown: ask.argv.join(" "),
    reads: true,
    timeoutMs: 2 * ask.timeoutMs,
  };
}

/**
 * A node's kubelet, through the API server: asked twice, since that cuts the first connection off
 * that it opens to a kubelet with a renewed certificate.
 */
export function askKubelet(node: string, ask: Ask = {}): ReadCommand {
  return askTwice(getRaw(`/api/v1/nodes/${node}/proxy/healthz`, ask));
}

/** The log of a pod's first container, of the last so many seconds. */
export function readLogs(of: {
  readonly namespace: string;
  readonly pod: string;
  readonly seconds: number;
}): ReadCommand {
  const words = ["-n", of.namespace, "logs", of.pod, `--since=${of.seconds}s`];
  return { argv: kubectl({}, ...words), reads: true, timeoutMs: 30_000 };
}

/** Where the API server passes a request on to a pod, or to a Service's pods: for `getRaw`. */
export function proxyPath(to: {
  readonly namespace: string;
  readonly what: "pods" | "services";
  readonly name: string;
  readonly scheme: "http" | "https";
  readonly port: number;
  /** Without a slash at its beginning. */
  readonly path: string;
}): string {
  const { namespace, what, name, scheme, port, path } = to;
  return `/api/v1/namespaces/${namespace}/${what}/${scheme}:${name}:${port}/proxy/${path}`;
}

/** True when the answer is `ok`, as healthz, livez and readyz give it. */
export function parseOk(outcome: Outcome, what: string): Reading<true> {
  return answer(outcome, what, (text) => (text.trim() === "ok" ? true : undefined));
}

export function scaleStatefulSet(of: {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
}): Command {
  const words = ["-n", of.namespace, "scale", "statefulset", of.name];
  return { argv: kubectl({}, ...words, `--replicas=${of.replicas}`), timeoutMs: 20_000 };
}

/** New pods in place of those that run, one after the other, as after a change of the template. */
export function restartDeployment(of: {
  readonly namespace: string;
  readonly name: string;
}): Command {
  const words = ["-n", of.namespace, "rollout", "restart", `deployment/${of.name}`];
  return { argv: kubectl({}, ...words), timeoutMs: 20_000 };
}

/**
 * Sets an annotation, or removes it when `value` is undefined. The pods' template is not touched.
 */
export function annotateStatefulSet(of: {
  readonly namespace: string;
  readonly name: string;
  readonly annotation: string;
  readonly value: string | undefined;
}): Command {
  const { annotation, value } = of;
  const change = value === undefined ? `${annotation}-` : `${annotation}=${value}`;
  const words = ["-n", of.namespace, "annotate", "--overwrite", "statefulset", of.name, change];
  return { argv: kubectl({}, ...words), timeoutMs: 20_000 };
}

const condition = z.object({ type: z.string(), status: z.string() });

const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  generation: z.number().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).optional(),
});

/** The fields we use of nodes, StatefulSets, Deployments and pods. */
const object = z.object({
  kind: z.string(),
  metadata,
  spec: z
    .object({
      replicas: z.number().optional(),
      nodeName: z.string().optional(),
      unschedulable: z.boolean().optional(),
      selector: z.object({ matchLabels: z.record(z.string(), z.string()).optional() }).optional(),
      template: z
        .object({
          spec: z.object({
            containers: z.array(z.object({ name: z.string(), image: z.string().optional() })),
          }),
        })
        .optional(),
    })
    .optional(),
  status: z
    .object({
      phase: z.string().optional(),
      replicas: z.number().optional(),
      readyReplicas: z.number().optional(),
      updatedReplicas: z.number().optional(),
      observedGeneration: z.number().optional(),
      conditions: z.array(condition).optional(),
      addresses: z.array(z.object({ type: z.string(), address: z.string() })).optional(),
      nodeInfo: z.object({ kubeletVersion: z.string() }).optional(),
      containerStatuses: z
        .array(
          z.object({
            name: z.string(),
            restartCount: z.number(),
            ready: z.boolean(),
            state: z.object({ running: z.object({ startedAt: z.string() }).optional() }).optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

export type KubernetesObject = z.infer<typeof object>;

const list = z.object({ items: z.array(object) });

/** The items of a `get … -o json` that returns a list. */
export function parseList(outcome: Outcome, what: string): Reading<readonly KubernetesObject[]> {
  return answer(outcome, what, (text) => parseJson(text, list)?.items);
}

/** The status of a condition such as Ready; undefined when the object does not have it. */
export function conditionOf(object: KubernetesObject, type: string): string | undefined {
  return object.status?.conditions?.find((one) => one.type === type)?.status;
}

const endpoints = z.object({
  subsets: z
    .array(z.object({ addresses: z.array(z.object({ ip: z.string() })).optional() }))
    .optional(),
});

/** The API servers that the cluster itself counts as serving: Endpoints default/kubernetes. */
export const getApiEndpoints: ReadCommand = getRaw(
  "/api/v1/namespaces/default/endpoints/kubernetes",
);

export function parseApiEndpoints(outcome: Outcome): Reading<readonly string[]> {
  return answer(outcome, "Endpoints default/kubernetes", (text) =>
    parseJson(text, endpoints)?.subsets?.flatMap((s) => (s.addresses ?? []).map((a) => a.ip)),
  );
}
