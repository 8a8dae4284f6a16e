import { expect, it } from "vitest";
import { kernelVersion } from "./kernel.ts";
import { refuseSecrets } from "./record.ts";
import { recordings } from "./recordings.ts";
import { shellLine } from "./shell-line.ts";

it("quotes what a shell would read otherwise", () => {
  expect(shellLine(["stat", "-c", "%n|%F", "it's"], {})).toBe("stat -c '%n|%F' 'it'\\''s'");
});

it("puts the environment in front", () => {
  expect(shellLine(["etcdctl", "alarm", "list"], { ETCDCTL_API: "3" })).toBe(
    "env ETCDCTL_API=3 etcdctl alarm list",
  );
});

it.each(["-----BEGIN RSA PRIVATE KEY-----", "client-key-data: abc", '"kind": "Secret"'])(
  "refuses to write an output with %s",
  (secret) => {
    const recording = { program: "cat", name: "x", state: "any", argv: ["cat"] };
    const ran = { code: 0, stdout: secret, stderr: "" };
    expect(() => refuseSecrets(recording, ran)).toThrow("record something else");
  },
);

it.each([
  ["6.18.44-ab-v7", "6.18.44"],
  ["6.1.0-13-amd64", "6.1.0"],
  ["6.12", "6.12"],
  ["", "unknown"],
])("of the kernel %j the version is kept: %s", (release, version) => {
  expect(kernelVersion(release)).toBe(version);
});

it("every recording has a file of its own", () => {
  const files = recordings.map((one) => `${one.program}/${one.name}`);
  expect(new Set(files).size).toBe(files.length);
});
