// What must not happen throws; what can happen is a return value (see outcome.ts and step.ts).

/**
 * Throws with `message` when `condition` is false: a bug in Drydock, never an operator's mistake.
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Drydock has a bug: ${message}`);
}

/** Ends a `switch` over a union, so that a new variant fails to compile. */
export function absurd(value: never): never {
  throw new Error(`Drydock has a bug: unexpected ${JSON.stringify(value)}`);
}
