import { describe, expect, test } from "vitest";
import { isPending } from "../akash/automation.ts";
import { parseAutomation } from "./automation-objects.ts";
import { printed, transcript } from "./transcript.testkit.ts";

const provider = { namespace: "akash-services", name: "akash-provider" };
const scalers = transcript("kubectl", "automation-scalers");
const releases = transcript("kubectl", "automation-releases");

describe("what else acts on the provider", () => {
  test("is its autoscaler, the mark of git, and the newest revision of its release", () => {
    const seen = parseAutomation({ scalers, releases }, provider);
    expect(seen).toEqual({
      kind: "read",
      value: {
        release: { name: "akash-provider", status: "pending-upgrade", revision: 2 },
        scalers: ["akash-provider"],
        owners: ["argocd.argoproj.io/instance=akash-provider"],
      },
    });
    expect(seen.kind === "read" && isPending(seen.value)).toBe(true);
  });

  test("of another StatefulSet is not the provider's", () => {
    const seen = parseAutomation({ scalers, releases }, { ...provider, name: "akash-node-1" });
    expect(seen).toMatchObject({ value: { scalers: [], owners: [] } });
  });

  test("is nothing where there is nothing", () => {
    const none = printed("");
    const seen = parseAutomation({ scalers: none, releases: none }, provider);
    expect(seen).toEqual({ kind: "read", value: { release: undefined, scalers: [], owners: [] } });
  });

  test("is not known where a line cannot be read", () => {
    expect(parseAutomation({ scalers, releases: printed("a b c\n") }, provider).kind).toBe(
      "unreadable",
    );
  });
});
