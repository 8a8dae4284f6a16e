// What the documentation shows of Drydock is what it prints.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { documents, withExamples } from "./examples.ts";

describe("the examples in the documentation", () => {
  test.each(documents)(
    "of %s are what the commands print (npm run docs writes them)",
    async (path) => {
      const text = readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
      expect(text).toMatch(/^```console\n\$ drydock /m);
      expect(await withExamples(text)).toBe(text);
    },
  );

  test("are noticed when they are not", async () => {
    const stale = "```console\n$ drydock status --simulated\nall is well\n```";
    const now = await withExamples(`before\n${stale}\nafter\n`);
    expect(now).toContain("no window yet on this machine");
    expect(now).not.toContain("all is well");
    expect(now).toMatch(/^before\n[\s\S]*\nafter\n$/);
  });

  test("run on a simulated cluster only", async () => {
    const real = "```console\n$ drydock certs -i inventory.ini\n```";
    await expect(withExamples(real)).rejects.toThrow("needs --simulated");
  });
});
