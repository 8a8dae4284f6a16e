import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { act, quote, showAct, showCommand } from "./command.ts";
import { absurd, invariant } from "./invariant.ts";
import { isObject } from "./json.ts";
import { complaint } from "./outcome.ts";

describe("a quoted word", () => {
  test("is one word to sh, whatever it holds", () => {
    const word = fc.string({ unit: "grapheme-ascii" }).map((text) => text.replaceAll("\0", ""));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
        const script = `printf '%s\\0' ${words.map(quote).join(" ")}`;
        const said = execFileSync("sh", ["-c", script], { encoding: "utf8" });
        expect(said.split("\0").slice(0, -1)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ["/etc/kubernetes/admin.conf", "/etc/kubernetes/admin.conf"],
    ["--cert=/a,b", "--cert=/a,b"],
    ["", "''"],
    ["a b", "'a b'"],
    ["it's", "'it'\\''s'"],
    ["$(id)", "'$(id)'"],
  ])("%j reads as %s", (word, quoted) => {
    expect(quote(word)).toBe(quoted);
  });
});

describe("a command", () => {
  const command = { argv: ["echo", "a b"], timeoutMs: 1 } as const;

  test("reads as something a person could type", () => {
    expect(showCommand(command)).toBe("echo 'a b'");
    expect(showCommand({ ...command, env: { A: "1", B: "x y" } })).toBe("A=1 'B=x y' echo 'a b'");
    expect(showCommand({ ...command, shown: "say it" })).toBe("say it");
  });

  test("reads the same as an act, and a copy says where from and to", () => {
    expect(showAct(act(command))).toBe("echo 'a b'");
    const fetch = { path: "/b/s.db", as: "s.db", timeoutMs: 1 };
    expect(showAct({ kind: "fetch", fetch })).toBe("copy /b/s.db to s.db here, comparing SHA-256");
  });
});

describe("what is wrong with an outcome", () => {
  const exited = (code: number, stdout: string, stderr: string) =>
    ({ kind: "exited", code, stdout, stderr }) as const;

  test.each([
    [exited(0, "", "warning"), undefined],
    [exited(1, "", "\nfirst\nsecond"), "exit code 1: first"],
    [exited(1, "", "I1122 log line\nerror: no such thing"), "exit code 1: error: no such thing"],
    [
      exited(1, "", "W1122 log line\nThe connection was refused"),
      "exit code 1: The connection was refused",
    ],
    [exited(1, "", '{"level":"warn"}\nFailed to get it'), "exit code 1: Failed to get it"],
    [exited(1, "", "E1122 log line"), "exit code 1: E1122 log line"],
    [exited(2, "said on stdout", ""), "exit code 2: said on stdout"],
    [exited(3, "", ""), "exit code 3: no output"],
    [{ kind: "not-sent", because: "no route" } as const, "not sent: no route"],
    [{ kind: "unknown", because: "cut off" } as const, "no answer: cut off"],
  ])("%j is %j", (outcome, said) => {
    expect(complaint(outcome)).toBe(said);
  });

  test("is cut to a line of 300 characters", () => {
    expect(complaint(exited(1, "", "x".repeat(999)))).toHaveLength("exit code 1: ".length + 300);
  });
});

describe("the rest of the words", () => {
  test("objects are neither arrays nor null", () => {
    expect([{}, { a: 1 }].map(isObject)).toEqual([true, true]);
    expect([null, [], "a", undefined].map(isObject)).toEqual([false, false, false, false]);
  });

  test("what must not happen throws, and calls itself a bug", () => {
    expect(() => invariant(false, "the sky fell")).toThrow("Drydock has a bug: the sky fell");
    expect(() => invariant(true, "")).not.toThrow();
    expect(() => absurd("x" as never)).toThrow('unexpected "x"');
  });
});
