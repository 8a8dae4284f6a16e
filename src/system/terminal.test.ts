import { expect, test } from "vitest";
import { visible } from "./terminal.ts";

test("what JSON leaves raw and a terminal would heed is written as JSON writes other controls", () => {
  const hostile = { name: "a\u009b31mb\u202ec\u2028d" };
  const shown = visible(JSON.stringify(hostile));
  expect(shown).toBe('{"name":"a\\u009b31mb\\u202ec\\u2028d"}');
  expect(JSON.parse(shown)).toEqual(hostile);
  expect(visible("\r\u001b[K ⠋ ö 漢\n")).toBe("\r\u001b[K ⠋ ö 漢\n");
});
