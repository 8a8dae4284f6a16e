import { expect, test } from "vitest";
import { visible } from "./terminal.ts";

test("what JSON leaves raw and a terminal would heed is written as JSON writes other controls", () => {
  const hostile = { name: "a\u009b31mb\u202ec\u2028d" };
  const shown = visible(JSON.stringify(hostile));
  expect(shown).toBe('{"name":"a\\u009b31mb\\u202ec\\u2028d"}');
  expect(JSON.parse(shown)).toEqual(hostile);
  expect(visible("\r\u001b[K ⠋ ö 漢\n")).toBe("\r\u001b[K ⠋ ö 漢\n");
});

test("of escape sequences only those that Drydock draws with reach the terminal", () => {
  const drawn = "\r\u001b[K\u001b[1;31mred\u001b[39m\u001b[H\u001b[2J\t\n";
  expect(visible(drawn)).toBe(drawn);
  expect(visible("\u001b]52;c;aGk=\u0007\u001b[6n\u001bc\b")).toBe(
    "\\u001b]52;c;aGk=\\u0007\\u001b[6n\\u001bc\\u0008",
  );
});
