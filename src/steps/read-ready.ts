// Whether one API server says that it is ready: what is asked most often while waiting.

import type { ReadCommand } from "../core/command.ts";
import type { Reading } from "../core/outcome.ts";
import type { Look } from "../core/step.ts";
import { askApiServer, awaitHealth } from "../programs/curl.ts";
import { getRaw, parseOk } from "../programs/kubectl.ts";

/**
 * Asks as nobody, which costs a third of kubectl's time and is what load balancers do; as admin
 * where nobody may ask (`--anonymous-auth=false`). `server`: `https://10.0.0.1:6443`.
 */
export function readReady(look: Look, server: string): Promise<Reading<true>> {
  return ask(look, server, askApiServer(`${server}/readyz`));
}

/** The same of a server that may be starting: waits for it, for some seconds. */
export function awaitReady(look: Look, server: string): Promise<Reading<true>> {
  return ask(look, server, awaitHealth(askApiServer(`${server}/readyz`)));
}

async function ask(look: Look, server: string, asNobody: ReadCommand): Promise<Reading<true>> {
  const what = `${server}/readyz`;
  const answer = parseOk(await look.run(asNobody), what);
  if (answer.kind === "read" || !/returned error: 40[13]/.test(answer.because)) return answer;
  return parseOk(await look.run(getRaw("/readyz", { server })), what);
}
