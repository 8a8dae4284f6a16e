// What else acts on the provider's StatefulSet by itself, and would scale it while a window wants
// it at 0.

import type { Reading } from "../core/outcome.ts";

export interface AutomationSeen {
  /** Its Helm release, newest revision; undefined when it is not Helm's. */
  readonly release:
    | { readonly name: string; readonly status: string; readonly revision: number }
    | undefined;
  /** HorizontalPodAutoscalers that target it. */
  readonly scalers: readonly string[];
  /** Labels and annotations by which GitOps tools know their own, as `name=value`. */
  readonly owners: readonly string[];
  /**
   * Its chart's label where it is no Helm release: Argo CD 2 knows its own by it. Undefined
   * otherwise.
   */
  readonly instance: string | undefined;
  /** CronJobs in its namespace that are not suspended. */
  readonly cronJobs: readonly string[];
  /** What reboots or changes nodes by itself, in words. */
  readonly nodeTools: Reading<readonly string[]>;
}

/** An upgrade that is under way sets the replicas back at its end. */
export function isPending({ release }: AutomationSeen): boolean {
  return release?.status.startsWith("pending-") === true;
}
