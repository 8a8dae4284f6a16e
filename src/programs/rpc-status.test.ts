import { describe, expect, test } from "vitest";
import { showCommand } from "../core/command.ts";
import { type KnownRpcNode, parseRpcStatus, readRpcStatus } from "./rpc-status.ts";
import { printed, transcript } from "./transcript.testkit.ts";

const inside: KnownRpcNode = {
  kind: "service",
  scheme: "http",
  namespace: "akash-services",
  name: "akash-node-1",
  port: 26657,
  path: "",
};
const url = "https://rpc.example/secret-path?token=secret-token";
const outside: KnownRpcNode = { kind: "outside", url, host: "rpc.example" };

/** What was recorded, after a clock that says so many seconds later than its newest block. */
function recorded(name: string, later: number) {
  const { stdout } = transcript("kubectl", name);
  const blockAt = /"latest_block_time":"([^"]+)"/.exec(stdout)?.[1] ?? "";
  return printed(`${Date.parse(blockAt) / 1000 + later}.000000000\n${stdout}`);
}

describe("the status of an RPC node", () => {
  test("tells how old its newest block is on the host's clock", () => {
    expect(parseRpcStatus(recorded("rpc-status", 4), inside)).toMatchObject({
      value: { catchingUp: false, ageSeconds: 4, height: expect.stringMatching(/^\d{8}$/) },
    });
    expect(parseRpcStatus(recorded("rpc-status", -45), inside)).toMatchObject({
      value: { ageSeconds: -45 },
    });
  });

  test("tells of one that catches up", () => {
    expect(parseRpcStatus(recorded("rpc-status-behind", 600), inside)).toMatchObject({
      value: { catchingUp: true, ageSeconds: 600 },
    });
  });

  test("is not known from a page of HTML, without a clock, or of a node that does not answer", () => {
    const { stdout } = transcript("kubectl", "rpc-status");
    for (const said of ["1795000000\n<html></html>", stdout, `1795000000\n{"result":{}}`]) {
      expect(parseRpcStatus(printed(said), inside).kind).toBe("unreadable");
    }
    expect(parseRpcStatus(transcript("kubectl", "proxy-no-service"), inside)).toEqual({
      kind: "unreadable",
      because:
        'RPC node akash-node-1.akash-services:26657: exit code 1: Error from server (NotFound): services "nothing-here" not found',
    });
  });

  test("is asked for through the API server inside the cluster, with curl outside", () => {
    expect(readRpcStatus(inside).argv.at(-1)).toBe(
      "/api/v1/namespaces/akash-services/services/http:akash-node-1:26657/proxy/status",
    );
    const command = readRpcStatus(outside);
    expect(command.stdin).toBe(
      'url = "https://rpc.example/secret-path/status?token=secret-token"\n',
    );
    expect(command.argv.join(" ")).not.toContain("secret");
    expect(showCommand(command)).not.toContain("secret");
    expect(JSON.stringify(parseRpcStatus(printed("no"), outside))).not.toContain("secret");
  });
});
