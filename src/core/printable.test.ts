import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable } from "./printable.ts";

describe("a name from outside", () => {
  test("cannot move a cursor, end a line or turn the direction of writing", () => {
    expect(printable("a\u001b[2Jb\nc\u202ed")).toBe("a\\u{1b}[2Jb\\u{a}c\\u{202e}d");
  });

  test("of any characters has no control character left", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        expect(printable(name)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
    );
  });
});
