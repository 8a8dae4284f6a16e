import { expect, it } from "vitest";
import { cables } from "./cluster/network.ts";
import { mountPoints } from "./down.ts";

it("finds the mounts below the folder, not the folder's own or its neighbours'", () => {
  const mountinfo = [
    "30 1 254:0 / /cache rw - ext4 /dev/vda rw",
    "31 30 0:40 / /cache/run/node1/root rw - overlay drydock-rig rw",
    "32 30 0:41 / /cache/runaway/root rw - overlay x rw",
    "33 30 0:42 / /cache/run/my\\040node/root rw - overlay drydock-rig rw",
  ].join("\n");
  expect(mountPoints(mountinfo, "/cache/run")).toEqual([
    "/cache/run/node1/root",
    "/cache/run/my node/root",
  ]);
});

it("takes away only the cables of its own nodes", () => {
  const brief = "vb-node1@if2     UP   c2:17:9d:61:a7:39 <UP>\neth7   UP  aa <UP>\n";
  expect(cables(brief)).toEqual(["vb-node1"]);
});
