// Everything that a checker may want to see: what changed in the model and through whom, and what
// left the nodes.

import type { JournalRecord } from "../core/journal.ts";
import type { StoredBytes } from "./model.ts";

/**
 * Who did it: a command of Drydock's, where it ran and with the fence it came through; the cluster
 * itself; a person.
 */
export type By =
  | { readonly who: "drydock"; readonly host: string; readonly fence: Fence | undefined }
  | { readonly who: "cluster" }
  | { readonly who: "somebody" };

/**
 * What the command says of itself, not what the host's lock says: only so can the two be compared.
 */
export interface Fence {
  readonly window: string;
  readonly epoch: number;
}

export const cluster: By = { who: "cluster" };
export const somebody: By = { who: "somebody" };

export type Transition =
  | {
      readonly kind: "file";
      readonly host: string;
      readonly path: string;
      readonly before: StoredBytes | undefined;
      readonly after: StoredBytes | undefined;
      readonly by: By;
    }
  | {
      /**
       * The control plane of a host is made less than it was: a step of the guide that can hurt.
       */
      readonly kind: "disturbed";
      readonly host: string;
      readonly what: "certificate" | "container" | "etcd";
      readonly name: string;
      /** It was given no time to end by itself. */
      readonly killed?: boolean;
      readonly by: By;
    }
  | {
      /**
       * What is neither a file nor a disturbance: an annotation, a timer, a container taken away.
       */
      readonly kind: "changed";
      readonly host: string;
      readonly name: string;
      readonly by: By;
    }
  | { readonly kind: "broken"; readonly host: string; readonly because: string }
  | {
      readonly kind: "scaled";
      readonly namespace: string;
      readonly name: string;
      readonly from: number;
      readonly to: number;
      readonly by: By;
    }
  | {
      /** By the chain's reason; 0 for a workload that is torn down while its lease lives on. */
      readonly kind: "lease";
      readonly what: "closed" | "torn-down" | "won";
      readonly key: string;
      readonly reason: number;
      /** A provider did it that its machine had started again: nobody told it to start. */
      readonly rebooted: boolean;
    }
  | { readonly kind: "asked"; readonly host: string; readonly about: "provider" }
  | {
      /** A command arrived at a host. */
      readonly kind: "command";
      readonly host: string;
      readonly shown: string;
      readonly reads: boolean;
      readonly fence: Fence | undefined;
      /** The window that its process has open. */
      readonly window: string | undefined;
    }
  | { readonly kind: "answered"; readonly host: string; readonly text: string }
  | { readonly kind: "journalled"; readonly window: string; readonly record: JournalRecord }
  | {
      readonly kind: "stored";
      readonly window: string;
      readonly name: string;
      readonly before: StoredBytes | undefined;
      readonly after: StoredBytes;
    }
  | { readonly kind: "printed"; readonly text: string };
