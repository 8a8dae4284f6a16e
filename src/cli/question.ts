// A question to the operator, before anything is changed: only a clear yes goes on.

import { Failure } from "./exit.ts";
import type { Outside } from "./outside.ts";

/** Throws after a no; and where there was no answer, as after Ctrl-C. */
export async function mustAgree({ terminal }: Outside, question: string): Promise<void> {
  const isAgreed = await terminal.ask(question);
  if (isAgreed === true) return;
  const [exit, because] =
    isAgreed === false
      ? (["declined", "You answered no"] as const)
      : (["interrupted", "Interrupted"] as const);
  throw new Failure(exit, because, "Nothing was changed.");
}
