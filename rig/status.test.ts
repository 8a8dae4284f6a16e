import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { rigNodes } from "./settings.ts";
import { savedSettings } from "./status.ts";

const cache = mkdtempSync(join(tmpdir(), "rig-status-"));
const environment = { DRYDOCK_RIG_CACHE: cache };
mkdirSync(join(cache, "run"));
afterAll(() => rmSync(cache, { recursive: true }));

const saved = {
  nodes: rigNodes(1),
  etcdAs: "static-pod",
  kubernetes: "1.32.9",
  etcd: "3.5.35",
  criTools: "1.34.0",
  kubeVip: "1.0.0",
  endpoint: "haproxy",
};

function writeCluster(text: string): void {
  writeFileSync(join(cache, "run/cluster.json"), text);
}

it("knows the cluster that is up", async () => {
  writeCluster(JSON.stringify(saved));
  expect(await savedSettings(environment)).toMatchObject(saved);
});

it.each([
  [""],
  [JSON.stringify(saved).slice(0, 50)],
  [JSON.stringify({ ...saved, etcdAs: undefined })],
])("says what to do with a cluster.json that it cannot read: %s", async (text) => {
  writeCluster(text);
  await expect(savedSettings(environment)).rejects.toThrow(
    /cluster\.json is torn, or of another version of the rig: npm run rig -- up /,
  );
});
