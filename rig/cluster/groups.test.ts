import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { handDown } from "./groups.ts";

const dir = mkdtempSync(join(tmpdir(), "rig-groups-"));
afterAll(() => rmSync(dir, { recursive: true }));

it("hands down what a node needs, and nothing that is not offered", async () => {
  writeFileSync(join(dir, "cgroup.controllers"), "cpuset cpu io memory hugetlb\n");
  await handDown(dir);
  expect(readFileSync(join(dir, "cgroup.subtree_control"), "utf8")).toBe(
    "+cpuset +cpu +io +memory",
  );
});
