import { describe, expect, test } from "vitest";
import type { RpcNode } from "../akash/rpc-node.ts";
import type { ReadCommand } from "../core/command.ts";
import { printed } from "../programs/transcript.testkit.ts";
import { checkRpc } from "./check-rpc.ts";
import { cutOff, read, said } from "./seen.testkit.ts";

const goal = { namespace: "akash-services", name: "akash-provider" };
const inside: RpcNode = {
  kind: "service",
  scheme: "http",
  namespace: "akash-services",
  name: "akash-node-1",
  port: 26657,
  path: "",
};
const outside: RpcNode = { kind: "outside", url: "https://rpc.example/key", host: "rpc.example" };

function status(ageSeconds: number, catchingUp = false) {
  return read({ catchingUp, ageSeconds, height: "123" });
}

describe("the RPC node", () => {
  test.each([
    [
      "that is synced",
      inside,
      status(4),
      "satisfied: RPC node akash-node-1.akash-services:26657 is synced: block 123 is 4 s old",
    ],
    [
      "at the limit",
      outside,
      status(30),
      "satisfied: RPC node rpc.example is synced: block 123 is 30 s old",
    ],
    [
      "that lags",
      outside,
      status(31),
      "unclear: RPC node rpc.example: its newest block is 31 s old",
    ],
    [
      "of another time",
      outside,
      status(-45),
      "unclear: RPC node rpc.example: its newest block is 45 s in the future",
    ],
    [
      "of a clock that is a little ahead",
      outside,
      status(-0.4),
      "satisfied: RPC node rpc.example is synced: block 123 is from just now",
    ],
    [
      "that catches up, however near it is",
      outside,
      status(2, true),
      "unclear: RPC node rpc.example is catching up: its newest block is 2 s old",
    ],
    [
      "that is far behind",
      outside,
      status(1210, true),
      "unclear: RPC node rpc.example is catching up: its newest block is 20 min old",
    ],
    ["that does not answer", inside, cutOff, "unclear: no answer: cut off"],
  ] as const)("%s", (_, node, seen, words) => {
    expect(said(checkRpc.judge({ node: read(node), status: seen }, goal))).toBe(words);
  });

  test("that nobody knows is not waited for: the operator must say so", () => {
    const node = read({ kind: "unknown", because: "neither AKASH_NODE nor AP_NODE is set" });
    expect(checkRpc.judge({ node, status: undefined }, goal)).toEqual({
      kind: "blocked",
      because:
        "it is not known which RPC node akash-services/akash-provider uses: neither AKASH_NODE nor AP_NODE is set",
      remedy: "Make sure that its RPC node is synced, and run again without this.",
    });
  });

  test("of settings that could not be read is looked for again", () => {
    expect(said(checkRpc.judge({ node: cutOff, status: undefined }, goal))).toBe(
      "unclear: no answer: cut off",
    );
  });
});

describe("an RPC node whose name has one dot", () => {
  /** `services`: those that kubectl lists in its second label's namespace. */
  async function asked(address: string, services: string) {
    const commands: string[] = [];
    const run = async ({ argv }: ReadCommand) => {
      const words = argv.join(" ");
      commands.push(words);
      if (words.includes("statefulsets")) {
        const image = "image akash-provider provider%3A0.14.0";
        const env = `env akash-provider AKASH_NODE ${encodeURIComponent(address)}`;
        return printed(`set akash-provider \n${image}\n${env}\n`);
      }
      return words.includes(" services ") ? printed(services) : printed("");
    };
    const look = { host: "node1", now: 0, run, stored: async () => undefined, chain: nobody };
    await checkRpc.observe(look, goal);
    return commands;
  }

  const nobody = {
    ask: async () => ({ kind: "not-asked", because: "" }) as const,
    find: async () => cutOff,
  };

  test("is the cluster's where that namespace has such a Service, and is asked in there", async () => {
    const commands = await asked("http://akash-node-1.chain:26657", "akash-node-1\n");
    expect(commands[1]).toContain("get -n chain services");
    expect(commands[2]).toContain(
      "/namespaces/chain/services/http:akash-node-1:26657/proxy/status",
    );
  });

  test("is the world's where it has none", async () => {
    const commands = await asked("http://example.com:26657", "");
    expect(commands[2]).toContain("curl");
  });

  test("with more dots is not looked for", async () => {
    const commands = await asked("https://rpc.akt.dev:443/rpc", "");
    expect(commands).toHaveLength(2);
  });
});
