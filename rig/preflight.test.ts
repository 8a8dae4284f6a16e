import { expect, it } from "vitest";
import { type Machine, missing } from "./preflight.ts";

const everything = ["systemd-nspawn", "debootstrap", "haproxy", "ip", "openssl", "ssh"];
const ready: Machine = {
  platform: "linux",
  uid: 0,
  found: [...everything, "ssh-keygen", "mount", "chroot", "go"],
  overlay: true,
  controlGroups: true,
  foreignInterfaces: [],
  freeBytes: 50 * 2 ** 30,
};

it("a machine with everything lacks nothing", () => {
  expect(missing(ready)).toEqual([]);
});

it.each([
  [{ uid: 1000 }, "sudo"],
  [{ found: ready.found.filter((name) => name !== "go") }, "install Go"],
  [{ found: ready.found.filter((name) => name !== "systemd-nspawn") }, "systemd-container"],
  [{ found: ready.found.filter((name) => name !== "debootstrap") }, "apt-get install debootstrap"],
  [{ found: ready.found.filter((name) => name !== "haproxy") }, "apt-get install haproxy"],
  [{ overlay: false }, "modprobe overlay"],
  [{ foreignInterfaces: ["br7"] }, "br7 has an address in 10.99.0.0/24"],
  [{ freeBytes: 2 ** 30 }, "has 1.0 GiB free"],
])("%j is answered with what to do: %s", (change, remedy) => {
  const said = missing({ ...ready, ...change });
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(remedy);
});

it("says all that is missing at once", () => {
  expect(missing({ ...ready, uid: 1, found: [] }).length).toBeGreaterThan(9);
});
