import { expect, it } from "vitest";
import { mountPoints } from "./mounts.ts";

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
