// What will happen to the model by itself, at its time: nature/events.ts carries it out.

import type { Instant } from "../core/world.ts";

/** Data, not functions: a copied model has the same future. */
export type ModelEvent = { readonly at: Instant } & (
  | { readonly kind: "host-up"; readonly host: string }
  | { readonly kind: "node-unheard"; readonly host: string }
  | { readonly kind: "node-heard"; readonly host: string }
  | {
      readonly kind: "kubelet-starts";
      readonly host: string;
      readonly component: string;
      /** A probe has ended it: that start is not counted. */
      readonly probed?: boolean;
    }
  | { readonly kind: "container-ends"; readonly host: string; readonly id: string }
  | { readonly kind: "member-joins"; readonly host: string }
  | { readonly kind: "vip-unheard"; readonly host: string }
  | { readonly kind: "certificates-reloaded"; readonly host: string }
  | { readonly kind: "controller-syncs"; readonly namespace: string; readonly set: string }
  | { readonly kind: "deployment-rolls"; readonly namespace: string; readonly name: string }
  | { readonly kind: "rpc-synced" }
  | { readonly kind: "pod-binds"; readonly uid: string; readonly readyMs: number }
  | { readonly kind: "pod-ready"; readonly uid: string }
  | { readonly kind: "pod-gone"; readonly uid: string }
  | {
      readonly kind: "leader-gives-up";
      readonly lock: "kube-scheduler" | "kube-controller-manager";
      readonly since: Instant;
    }
  | {
      readonly kind: "liveness-fails";
      readonly host: string;
      readonly id: string;
      readonly since: Instant;
    }
  | { readonly kind: "etcd-awaited-in-vain"; readonly host: string; readonly id: string }
  /** Something has become so with time: whoever waits for it looks. */
  | { readonly kind: "look-again" }
  | {
      readonly kind: "lease-check-fails";
      readonly lease: string;
      readonly what: string;
      readonly since: Instant;
    }
  | { readonly kind: "balances-checked" }
);
