import { expect, test } from "vitest";
import { explained, newConfig, newFolder, openWindowIn, unreadFolder } from "./explained.ts";

const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
  code: "ENOSPC",
  syscall: "write",
});

function said(trouble?: Parameters<typeof explained>[1]) {
  return explained(() => Promise.reject(full), trouble).catch((error: unknown) => error);
}

test("a full disk under an open window is told with its folder, and no other one is advised", async () => {
  const failure = await said(openWindowIn("/state/prod/w1", "w1"));
  expect(failure).toMatchObject({
    exit: "noSpace",
    message: expect.stringMatching(/^window w1 is open, and its folder \/state\/prod\/w1 .*ENOSPC/),
    remedy: expect.not.stringContaining("--state"),
  });
});

test("another folder is advised where no window stands in this one, and only there", async () => {
  expect(await said(newFolder("/state"))).toMatchObject({
    message: expect.stringMatching(/^\/state: ENOSPC/),
    remedy: expect.stringContaining("--state FOLDER"),
  });
  expect(await said(unreadFolder("/state"))).toMatchObject({
    message: expect.stringMatching(/^\/state: ENOSPC/),
    remedy: expect.stringMatching(/^A window may be open .* the right folder/),
  });
  expect(await said()).toMatchObject({ remedy: "Mend it.\nNothing was changed." });
});

test.each([
  [newFolder("/state"), "journal"],
  [unreadFolder("/state"), "journal"],
  [openWindowIn("/state/prod/w1", "w1"), "journal"],
  [newConfig("drydock.yaml"), "brokenInventory"],
])("what may not be written is no question of usage: %j", async (trouble, exit) => {
  const denied = Object.assign(new Error("EACCES: permission denied, open"), {
    code: "EACCES",
    syscall: "open",
  });
  await expect(explained(() => Promise.reject(denied), trouble)).rejects.toMatchObject({ exit });
});
