import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { worldPlace } from "./place.ts";
import { makeWorld } from "./scenarios.ts";
import { keptOf } from "./world.ts";

test("a world that cannot be kept leaves no draft behind", async () => {
  const state = mkdtempSync(join(tmpdir(), "drydock-place-"));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const place = worldPlace(state, "one-node");
  // Its file cannot be replaced by another one.
  mkdirSync(place.file, { recursive: true });
  const world = keptOf(await makeWorld("one-node"), "one-node");
  expect(() => place.write(world)).toThrow("the simulated cluster cannot be kept there");
  expect(readdirSync(dirname(place.file))).toEqual(["world.json"]);
});
