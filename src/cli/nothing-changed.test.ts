import { expect, test } from "vitest";
import { andNothingChanged } from "./nothing-changed.ts";

test.each([
  ["Mend it.", "Mend it.\nNothing was changed."],
  [
    "Then check: ssh node1 cat /etc/os-release.",
    "Then check: ssh node1 cat /etc/os-release.\nNothing was changed.",
  ],
  [
    "Is it up?\nNothing was changed.\nWindow w1 is open.",
    "Is it up?\nWindow w1 is open.\nNothing was changed.",
  ],
  ["", "Nothing was changed."],
])("nothing stands behind a command, and it is said once and last: %j", (remedy, said) => {
  expect(andNothingChanged(remedy)).toBe(said);
});
