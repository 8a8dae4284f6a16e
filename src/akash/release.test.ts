import { describe, expect, test } from "vitest";
import { parseRelease, releaseOf, releaseRules, rulesOf, showRelease } from "./release.ts";

function rules(version: string): readonly string[] {
  const release = parseRelease(version);
  if (release === undefined) throw new Error(`${version} is not read`);
  return rulesOf(release).map((rule) => rule.id);
}

describe("the rules of a provider's release", () => {
  const may = ["may-check-no-more", "may-replace-pods"];
  test.each([
    ["0.4.8", ["tears-down-on-stop", "tears-down-on-start"]],
    ["0.6.4", ["tears-down-on-stop", "tears-down-on-start"]],
    ["0.6.5", ["tears-down-on-stop", "hangs-without-monitor"]],
    ["0.6.6", ["tears-down-on-start"]],
    ["0.6.9", ["tears-down-on-start"]],
    ["0.6.10-rc3", ["tears-down-on-start"]],
    ["0.6.10", ["leaks-after-restart"]],
    ["0.14.0", ["leaks-after-restart"]],
    // Of this one only the manager is read: neither the monitor nor what makes the pods.
    ["0.16.0-rc3", ["leaks-after-restart", ...may]],
    ["0.14.1-rc0", ["leaks-after-restart", ...may, "unread-release"]],
    ["0.16.2", ["leaks-after-restart", ...may, "unread-release"]],
    ["1.0.0", ["leaks-after-restart", ...may, "unread-release"]],
  ])("%s: %j", (version, ids) => {
    expect(rules(version)).toEqual(ids);
  });

  test("each say their source", () => {
    expect(releaseRules.filter((rule) => rule.source === "")).toEqual([]);
  });
});

describe("a release", () => {
  test.each([
    ["ghcr.io/akash-network/provider:0.14.0", "0.14.0"],
    ["registry:5000/provider:v0.6.10-rc3", "0.6.10-rc3"],
    [`provider:0.6.4@sha256:${"0a".repeat(32)}`, "0.6.4"],
    ["provider:0.6.10-arm64", "0.6.10"],
    ["provider:0.6.10-rc3-linux-amd64", "0.6.10-rc3"],
    ["0.6.9", "0.6.9"],
  ])("is read from %s", (text, shown) => {
    const release = parseRelease(text);
    expect(release && showRelease(release)).toBe(shown);
  });

  test.each(["latest", "", "provider", "ghcr.io/akash-network/provider@sha256:0.14", "0.14"])(
    "is not guessed from %j",
    (text) => {
      expect(parseRelease(text)).toBeUndefined();
    },
  );
});

describe("a provider's release", () => {
  const digest = `sha256:${"0a".repeat(32)}`;
  test.each([
    ["image", `ghcr.io/akash-network/provider:0.6.4@${digest}`, "0.14.0", "0.14.0", "0.6.4"],
    ["AKASH_VERSION", `ghcr.io/akash-network/provider@${digest}`, "0.6.9", "0.14.0", "0.6.9"],
    ["AKASH_VERSION", `registry:5000/provider@${digest}`, "0.6.9", "", "0.6.9"],
    ["app.kubernetes.io/version", `provider@${digest}`, undefined, "0.6.9", "0.6.9"],
    ["app.kubernetes.io/version", `provider@${digest}`, "latest", "0.6.9", "0.6.9"],
    [undefined, `provider@${digest}`, undefined, "", undefined],
    // Somebody's own build: the chart does not know it.
    [undefined, "provider:mine", "0.14.0", "0.14.0", undefined],
    [undefined, `provider:mine@${digest}`, "0.14.0", "0.14.0", undefined],
  ])("stands in %s for %s, %s, %s", (source, image, variable, label, shown) => {
    const seen = releaseOf({ image, variable, label });
    expect([seen?.source, seen && showRelease(seen.release)]).toEqual([source, shown]);
  });
});
