import { describe, expect, test } from "vitest";
import { rpcName, rpcNodeOf } from "./rpc-node.ts";

function where(address: string): string {
  const node = rpcNodeOf(new Map([["AKASH_NODE", address]]), "akash-services");
  if (node.kind === "unknown") return `unknown: ${node.because}`;
  if (node.kind === "outside") {
    const { orService } = node;
    const or = orService === undefined ? "" : ` or ${orService.namespace}/${orService.name}`;
    return `outside ${node.url}${or}`;
  }
  return `service ${node.scheme} ${node.namespace} ${node.name} ${node.port} /${node.path}`;
}

describe("the provider's RPC node", () => {
  test.each([
    ["http://akash-node-1:26657", "service http akash-services akash-node-1 26657 /"],
    ["tcp://akash-node-1:26657/", "service http akash-services akash-node-1 26657 /"],
    ["http://node.akash-services:26657", "service http akash-services node 26657 /"],
    ["https://rpc.chain.svc.cluster.local/rpc/", "service https chain rpc 443 /rpc"],
    ["https://rpc.akt.dev:443/rpc", "outside https://rpc.akt.dev/rpc"],
    ["http://10.233.4.7:26657", "outside http://10.233.4.7:26657"],
    ["http://example.com:26657/", "outside http://example.com:26657 or com/example"],
    [
      "http://akash-node-1.chain:26657",
      "outside http://akash-node-1.chain:26657 or chain/akash-node-1",
    ],
    ["http://10.5:26657", "outside http://10.0.0.5:26657"],
    ["http://localhost:26657", "unknown: it is localhost, in the provider's own pod"],
    ["akash-node-1:26657", "unknown: AKASH_NODE is no address"],
    ["ftp://akash-node-1", "unknown: AKASH_NODE is no address"],
    ["", "unknown: neither AKASH_NODE nor AP_NODE is set"],
  ])("%s is %s", (address, node) => {
    expect(where(address)).toBe(node);
  });

  test("is not known when the two variables differ", () => {
    const both = new Map([
      ["AKASH_NODE", "http://one:26657"],
      ["AP_NODE", "http://other:26657"],
    ]);
    expect(rpcNodeOf(both, "akash-services")).toMatchObject({ kind: "unknown" });
  });

  test("is shown without what may be a key", () => {
    const node = rpcNodeOf(
      new Map([["AP_NODE", "https://me:word@rpc.example/secret-key?token=x"]]),
      "akash-services",
    );
    expect(node.kind === "unknown" ? "" : rpcName(node)).toBe("rpc.example");
  });
});
