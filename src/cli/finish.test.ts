import { describe, expect, test } from "vitest";
import { sayAgain, spellOut } from "./finish.ts";

test("status is said without the chain's options, which it refuses", () => {
  const source = "--inventory a.ini --chain https://one/ --chain 'https://two/?a=b' --state /s";
  expect(sayAgain("status", source)).toBe("drydock status --inventory a.ini --state /s");
  expect(sayAgain("status", "--inventory a.ini --no-chain")).toBe(
    "drydock status --inventory a.ini",
  );
});

test("a cluster of drydock.yaml in the working folder needs no options, and leaves no blank for them", () => {
  expect(sayAgain("run", "")).toBe("drydock run");
  expect(`${sayAgain("provider start", "")} --replicas 1`).toBe(
    "drydock provider start --replicas 1",
  );
});

const source = "--inventory 'my inventory.ini' --state /s --chain https://rpc.example/";

describe("a command of ours in a remedy", () => {
  test.each([
    [
      "`drydock abandon --break-lock w1`.",
      "`drydock abandon --break-lock w1 --inventory 'my inventory.ini' --state /s --chain https://rpc.example/`.",
    ],
    [
      "Use the guide; `drydock hold -- COMMAND` keeps it stopped.",
      "Use the guide; `drydock hold --inventory 'my inventory.ini' --state /s --chain https://rpc.example/ -- COMMAND` keeps it stopped.",
    ],
    // These take no option that names a chain.
    [
      "Compare `drydock certs` and `drydock backup etcd`.",
      "Compare `drydock certs --inventory 'my inventory.ini' --state /s` and `drydock backup etcd --inventory 'my inventory.ini' --state /s`.",
    ],
  ])("finds the same cluster again: %j", (short, whole) => {
    expect(spellOut(short, source)).toBe(whole);
    expect(spellOut(whole, source)).toBe(whole);
  });

  test.each([
    "Go on with it: drydock run --inventory a.ini",
    "`drydock run -i a.ini` goes on",
    "`kubectl get nodes`",
    "Finish it there: drydock run, or drydock abandon.",
  ])("stays where it is whole, or not to be copied: %j", (text) => {
    expect(spellOut(text, source)).toBe(text);
  });

  test("needs no options where drydock.yaml lies in the working folder", () => {
    expect(spellOut("`drydock leases` shows them.", "")).toBe("`drydock leases` shows them.");
  });
});
