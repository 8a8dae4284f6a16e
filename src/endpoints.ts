// The endpoints of the chain that are asked: the command line's, then drydock.yaml's, then public
// ones.

import { parseEndpoint } from "./chain/endpoint.ts";
import { publicEndpoints } from "./chain/rest.ts";
import { Failure } from "./cli/exit.ts";
import type { Where } from "./cli/outside.ts";

/** None where the chain is not to be asked. Throws a Failure for what is no address. */
export function endpointsOf(
  { chain }: Pick<Where, "chain">,
  configured?: readonly string[],
): readonly string[] {
  if (chain === false) return [];
  const given = Array.isArray(chain) ? chain : configured;
  return (given ?? publicEndpoints).map((text) => {
    const endpoint = parseEndpoint(text);
    if (endpoint.kind === "read") return endpoint.value;
    throw new Failure("usage", `--chain: ${endpoint.because}`, "Correct it, or give --no-chain.");
  });
}
