import { describe, expect, test } from "vitest";
import { parseProviderSettings, readProviderSettings } from "./provider-settings.ts";
import { printed, transcript } from "./transcript.testkit.ts";

const provider = { namespace: "akash-services", name: "akash-provider" };

// What Go's text/template printed for the recorded StatefulSets, with two ConfigMaps added.
const lines = `set akash-node-1 
image akash-node-1 ghcr.io%2Fakash-network%2Fnode%3A2.0.0
set akash-provider provider-18.0.0
version akash-provider 0.14.0
image akash-provider ghcr.io%2Fakash-network%2Fprovider%3A0.14.0
from akash-provider akash-provider-main
from akash-provider akash-provider-late
env akash-provider AKASH_MONITOR_MAX_RETRIES 626
env akash-provider AKASH_MONITOR_RETRY_PERIOD_JITTER 15s
data akash-provider-late AKASH_MONITOR_RETRY_PERIOD 30s
data akash-provider-main AKASH_MONITOR_MAX_RETRIES 2304
data akash-provider-main AKASH_MONITOR_RETRY_PERIOD 4s
data someone-elses AKASH_MONITOR_HEALTHCHECK_PERIOD 1h
`;

describe("the provider's settings", () => {
  test("are its own variables before its ConfigMaps, the later ConfigMap before the earlier", () => {
    expect(parseProviderSettings(printed(lines), provider)).toEqual({
      kind: "read",
      value: {
        image: "ghcr.io/akash-network/provider:0.14.0",
        chart: "provider-18.0.0",
        versionLabel: "0.14.0",
        variables: new Map([
          ["AKASH_MONITOR_MAX_RETRIES", "626"],
          ["AKASH_MONITOR_RETRY_PERIOD", "30s"],
          ["AKASH_MONITOR_RETRY_PERIOD_JITTER", "15s"],
        ]),
      },
    });
  });

  test("are asked for by name: no other variable leaves the node", () => {
    const template = readProviderSettings(provider).argv.at(-1) ?? "";
    const named = [...template.matchAll(/"(A[A-Z_]+)"/g)].map(([, name]) => name);
    expect(new Set(named)).toEqual(
      new Set(
        ["AKASH_", "AP_"]
          .flatMap((prefix) =>
            [
              "FROM",
              "MANIFEST_TIMEOUT",
              "MONITOR_HEALTHCHECK_PERIOD",
              "MONITOR_HEALTHCHECK_PERIOD_JITTER",
              "MONITOR_MAX_RETRIES",
              "MONITOR_RETRY_PERIOD",
              "MONITOR_RETRY_PERIOD_JITTER",
              "NODE",
            ].map((name) => `${prefix}${name}`),
          )
          .concat("AKASH_VERSION"),
      ),
    );
  });

  test("of a provider that is not there are unreadable", () => {
    const other = { ...provider, name: "nobody" };
    expect(parseProviderSettings(printed(lines), other)).toMatchObject({ kind: "unreadable" });
    const refused = transcript("kubectl", "get-unauthorized");
    expect(parseProviderSettings(refused, provider).kind).toBe("unreadable");
  });

  test("of a real provider are read from its StatefulSet's environment", () => {
    const there = { namespace: "akash-services", name: "akash-provider" };
    const seen = parseProviderSettings(transcript("kubectl", "provider-settings"), there);
    expect(seen).toMatchObject({
      value: {
        image: "ghcr.io/akash-network/provider:0.14.0",
        chart: "provider-18.0.0",
        versionLabel: "0.14.0",
      },
    });
    const variables = seen.kind === "read" ? seen.value.variables : new Map();
    expect(variables.get("AKASH_MONITOR_MAX_RETRIES")).toBe("626");
    expect(variables.get("AKASH_MONITOR_RETRY_PERIOD")).toBe("4s");
  });
});
