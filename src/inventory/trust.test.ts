import { describe, expect, test } from "vitest";
import { distrust, trustedOwners } from "./trust.ts";

const me = 1000;
const other = 1001;
const at = (uid: number, mode: number) => ({ uid, mode });

describe("a file", () => {
  const mine = at(me, 0o100644);
  const home = at(me, 0o040755);

  test.each([
    ["of mine", mine, home, undefined],
    ["of root", at(0, 0o100644), home, undefined],
    ["of root in /tmp", at(0, 0o100644), at(0, 0o041777), undefined],
    ["that my group may write", at(me, 0o100664), home, undefined],
    ["of somebody else", at(other, 0o100644), home, "it belongs to user 1001"],
    ["that everybody may write", at(me, 0o100646), home, "everybody may write it"],
    ["in a folder that is open to all", mine, at(me, 0o040777), "everybody may put another"],
  ])("%s: %o in %o", (_, file, folder, because) => {
    const said = distrust({ link: file, file, folder }, [0, me]);
    if (because === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(because);
  });

  test("of mine that somebody else's link leads to is theirs: its paths begin beside the link", () => {
    const link = at(other, 0o120777);
    expect(distrust({ link, file: mine, folder: home }, [0, me])).toContain("user 1001");
    expect(distrust({ link: at(me, 0o120777), file: mine, folder: home }, [me])).toBeUndefined();
  });
});

test.each([
  [me, undefined, [0, me]],
  [me, "1001", [0, me]],
  [0, "1001", [0, 0, 1001]],
  [0, "", [0, 0]],
  [0, "x", [0, 0]],
  [undefined, undefined, [0]],
])("user %s with SUDO_UID=%s trusts %j", (uid, sudoUid, owners) => {
  expect(trustedOwners(uid, sudoUid)).toEqual(owners);
});
