import { expect, test } from "vitest";
import { noChain } from "../core/chain.testkit.ts";
import type { Look } from "../core/step.ts";
import { printed } from "../programs/transcript.testkit.ts";
import { readReady } from "./read-ready.ts";

test.each([
  [401, ["curl", "kubectl"], "read"],
  [403, ["curl", "kubectl"], "read"],
  [500, ["curl"], "unreadable"],
])(
  "an API server that answers strangers with %i is asked by %j",
  async (status, programs, kind) => {
    const asked: string[] = [];
    const stderr = `curl: (22) The requested URL returned error: ${status}`;
    const look: Look = {
      ...{ host: "node1", now: 0, chain: noChain, stored: async () => undefined },
      run: async ({ argv: [program] }) => {
        asked.push(program);
        return program === "curl"
          ? { kind: "exited", code: 22, stdout: "", stderr }
          : printed("ok");
      },
    };
    expect((await readReady(look, "https://10.0.0.1:6443")).kind).toBe(kind);
    expect(asked).toEqual(programs);
  },
);
