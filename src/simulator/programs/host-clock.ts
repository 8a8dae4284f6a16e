// The host's clock, then whatever the wrapped program answers.

import { clockOf } from "../model.ts";
import { type Answer, type Call, inner, type Program } from "./call.ts";

export function afterClock(run: Program): Program {
  return async (call: Call): Promise<Answer> => {
    const asked = clockOf(call.site.model, call.host);
    const answer = await run(inner(call, call.argv.slice(4)));
    return { ...answer, stdout: `${(asked / 1000).toFixed(9)}\n${answer.stdout}` };
  };
}
