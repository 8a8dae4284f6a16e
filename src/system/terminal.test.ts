import { spawnSync } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { openTerminal, visible } from "./terminal.ts";

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

/** As if those of our streams were a terminal, and the others files. */
function openOn(...terminals: readonly ("stdin" | "stdout" | "stderr")[]) {
  const were = (["stdin", "stdout", "stderr"] as const).map((name) => {
    const before = Object.getOwnPropertyDescriptor(process[name], "isTTY");
    Object.defineProperty(process[name], "isTTY", {
      ...{ value: terminals.includes(name) || undefined, configurable: true },
    });
    return () => Object.defineProperty(process[name], "isTTY", before ?? { value: undefined });
  });
  try {
    return openTerminal();
  } finally {
    for (const putBack of were) putBack();
  }
}

test("nobody is asked where the question, or what it is about, would not be seen", () => {
  expect(openOn("stdin", "stdout", "stderr")).toMatchObject({ interactive: true, draws: true });
  expect(openOn("stdin", "stdout")).toMatchObject({ interactive: false, draws: true });
  expect(openOn("stdin", "stderr")).toMatchObject({ interactive: false, draws: false });
  expect(openOn("stdout", "stderr")).toMatchObject({ interactive: false, draws: false });
});

test("a terminal that says it has no columns is taken for one of 80", () => {
  const before = Object.getOwnPropertyDescriptor(process.stdout, "columns");
  Object.defineProperty(process.stdout, "columns", { value: 0, configurable: true });
  onTestFinished(() => {
    Object.defineProperty(process.stdout, "columns", before ?? { value: undefined });
  });
  expect(openTerminal().columns).toBe(80);
});

test.each([[["/etc/passwd/x"]], [[""]], [["./drydock-has-no-such-program"]]])(
  "a command that cannot be started gives 127, and throws nothing: %j",
  async (argv) => {
    const before = process.listenerCount("SIGINT");
    expect(await openTerminal().runHere(argv, "stderr")).toBe(127);
    expect(process.listenerCount("SIGINT")).toBe(before);
  },
);

test.each([
  ["sh", true],
  [process.execPath, true],
  ["drydock-has-no-such-program", false],
  ["/etc/passwd", false],
  ["/etc/passwd/x", false],
  ["/tmp", false],
  ["", false],
])("whether %j can be run is known before it is", (program, isThere) => {
  expect(openTerminal().canRun(program)).toBe(isThere);
});

test("Ctrl-C while a command of the operator's is at work is the command's, and ours again after it", async () => {
  let heard = 0;
  const count = () => {
    heard += 1;
  };
  process.on("SIGINT", count);
  onTestFinished(() => void process.off("SIGINT", count));
  const script = "kill -INT $PPID; sleep 0.3; exit 3";
  expect(await openTerminal().runHere(["sh", "-c", script], "stderr")).toBe(3);
  expect(heard).toBe(0);
  expect(process.listeners("SIGINT")).toContain(count);
});

test("a request to end that reaches us while a command of the operator's is at work is passed on to it", async () => {
  const script =
    "trap 'exit 7' TERM; kill -TERM $PPID; i=0; while [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done";
  expect(await openTerminal().runHere(["sh", "-c", script], "stderr")).toBe(7);
});

test.each([
  ["yes\n", "true"],
  ["Y\n", "true"],
  ["no\n", "false"],
  ["\n", "false"],
  ["", "undefined"],
])(
  "a question that is answered %j gives %s: without a word it was not answered",
  (input, gives) => {
    const script = `import { openTerminal } from ${JSON.stringify(new URL("terminal.ts", import.meta.url))};
    openTerminal().ask("Sure?").then((answer) => console.log(String(answer)));`;
    const words = ["--import", "tsx", "--input-type=module", "--eval", script];
    const ran = spawnSync(process.execPath, words, { input, encoding: "utf8" });
    expect([ran.stdout, ran.stderr]).toEqual([`${gives}\n`, "Sure? [y/N] "]);
  },
);
