import { beforeEach, expect, it, vi } from "vitest";
import { type Answer, askedAgain } from "./go-modules.ts";

beforeEach(() => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

const found = { dir: "/mod/x", goMod: "/mod/x.mod" };
const refused = 'Get "https://proxy/x.info": dial tcp 192.0.2.1:443: connect: connection refused';

/** Gives these answers one after the other, the last of them for ever, and counts. */
function proxy(...answers: readonly Answer[]) {
  let asked = 0;
  const ask = async () => answers[Math.min(asked++, answers.length - 1)] ?? found;
  return { ask, asked: () => asked };
}

it.each([
  ["x@v1.33.0: reading https://proxy/x.info: 403 Forbidden\n\tserver response: Not available."],
  ["x@v1.33.0: reading https://proxy/x.info: 404 Not Found\n\tserver response: not found: x"],
  ["x@v1.33.0: reading https://proxy/x.info: 410 Gone"],
  ["x@v1.33.0: invalid version: unknown revision v1.33.0"],
])("a version that is not there is not asked for again: %s", async (said) => {
  const { ask, asked } = proxy({ said });
  expect(await askedAgain("x@v1.33.0", ask, 0)).toBe(said.split("\n").at(-1)?.trim());
  expect(asked()).toBe(1);
});

it.each([
  [refused],
  ["reading https://proxy/x.info: 502 Bad Gateway"],
  ["write /root/go/pkg/mod/x: no space left on device"],
  ["spawn go ENOENT"],
  ["ended after 300000 ms"],
])("trouble on the way is no word on the version: %s", async (said) => {
  const { ask, asked } = proxy({ said });
  await expect(askedAgain("x@v1.33.0", ask, 0)).rejects.toThrow(
    "x@v1.33.0 could not be downloaded: ",
  );
  expect(asked()).toBe(4);
});

it("trouble that passes is none", async () => {
  const { ask } = proxy({ said: refused }, { said: refused }, found);
  expect(await askedAgain("x@v1.33.0", ask, 0)).toEqual(found);
});
