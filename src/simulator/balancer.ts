// What stands before the API servers, as the model has it.

import type { Instant } from "../core/world.ts";

export interface Balancer {
  readonly url: string;
  turn: number;
  /** Undefined where it is a program that sends to all API servers in turn. */
  readonly vip: Vip | undefined;
}

/** An address that kube-vip holds on one node. */
export interface Vip {
  /** The host, or the last one when it is free. */
  holder: string;
  /** Its kube-vip has ended: from then on another one may take it. Undefined while it is held. */
  freeAt: Instant | undefined;
}
