// crictl: the only honest way to restart a static pod's container, and to see that it was.

import { z } from "zod";
import type { Command, ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer, parseJson } from "./answer.ts";

/** Names of every static pod's container that a window may restart, for listContainers. */
export const controlPlaneContainers = "(kube-.*|etcd)";

/** All containers whose whole name matches, the exited ones too. */
export function listContainers(name: string): ReadCommand {
  const words = ["ps", "-a", "--name", `^${name}$`, "-o", "json"] as const;
  return { argv: crictl(10, ...words), reads: true, timeoutMs: 20_000 };
}

/**
 * By itself crictl gives each of its calls up after 2 s, too soon for a slow disk; kubespray's
 * crictl.yaml says 30.
 */
function crictl(limitSeconds: 10 | 30, ...words: readonly string[]): Command["argv"] {
  return ["crictl", "--timeout", `${limitSeconds}s`, ...words];
}

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  /** Made, and about to run: neither running nor exited. */
  readonly starting: boolean;
  /** On the host's clock, milliseconds. A container starts after it was created. */
  readonly createdAt: number;
  readonly attempt: number;
}

const containers = z.object({
  containers: z.array(
    z.object({
      id: z.string(),
      metadata: z.object({ name: z.string(), attempt: z.number().optional() }),
      state: z.string(),
      createdAt: z.string(),
      labels: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/**
 * A pod of the API has a UUID; the kubelet makes up that of a static one, 32 digits, from its
 * manifest.
 */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function isStatic(labels: Readonly<Record<string, string>> = {}): boolean {
  return (
    labels["io.kubernetes.pod.namespace"] === "kube-system" &&
    !uuid.test(labels["io.kubernetes.pod.uid"] ?? "")
  );
}

/**
 * The containers of static pods in kube-system, newest first: a DaemonSet may run another kube-vip.
 */
export function parseContainers(outcome: Outcome): Reading<readonly Container[]> {
  return answer(outcome, "crictl ps", (text) =>
    parseJson(text, containers)
      ?.containers.filter((one) => isStatic(one.labels))
      .map((one) => ({
        id: one.id,
        name: one.metadata.name,
        running: one.state === "CONTAINER_RUNNING",
        starting: one.state === "CONTAINER_CREATED",
        createdAt: Number(BigInt(one.createdAt) / 1_000_000n),
        attempt: one.metadata.attempt ?? 0,
      }))
      .sort((a, b) => b.createdAt - a.createdAt),
  );
}

/**
 * SIGTERM, then SIGKILL after the grace, one after the other. Without the second --timeout crictl
 * kills at once; the first is added to the grace, and is what the runtime has to end one that must
 * be killed.
 */
export function stopContainers(ids: readonly string[], graceSeconds: number): Command {
  return {
    argv: crictl(30, "stop", "--timeout", String(graceSeconds), ...ids),
    timeoutMs: (ids.length * graceSeconds + 40) * 1000,
  };
}

/** Removes exited containers, without which the kubelet backs off: 11, 22, 48 s were measured. */
export function removeContainers(ids: readonly string[]): Command {
  return { argv: crictl(30, "rm", ...ids), timeoutMs: 40_000 };
}
