// The three views of one window's events.

import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import type { EventBody, WindowEvent } from "../../core/event.ts";
import { planned, planOf } from "../../core/lamps.testkit.ts";
import type { Outside, Terminal } from "../outside.ts";
import { jsonDocument, jsonView } from "./json.ts";
import { plainLine, plainView, seconds } from "./plain.ts";
import { terminalView } from "./terminal.ts";
import { chooseView } from "./view.ts";

const at = Date.parse("2026-11-22T03:15:04.250Z");
const key = "lamp@node1";
const step = planned(key, "on");
const verdict = { kind: "satisfied", because: "it shows on" } as const;
const outcome = { kind: "exited", code: 0 } as const;

const cases: readonly (readonly [EventBody, string | undefined])[] = [
  [
    { kind: "opened", window: "w1", plan: planOf(step, step), resumed: false },
    "opened window w1, 2 steps",
  ],
  [
    { kind: "opened", window: "w1", plan: planOf(step), resumed: true },
    "going on with window w1, 1 step",
  ],
  [{ kind: "began", planned: step, title: "Switch the lamp" }, undefined],
  [{ kind: "acting", key, act: "switch on" }, "lamp@node1: switch on"],
  [{ kind: "acted", key, outcome, ms: 20 }, undefined],
  [
    { kind: "acted", key, outcome: { ...outcome, code: 1, because: "it said no" }, ms: 20 },
    "lamp@node1: it said no",
  ],
  [{ kind: "waiting", key, because: "it flickers" }, "lamp@node1: waiting: it flickers"],
  [
    { kind: "lost", key, because: "it shows off" },
    "lamp@node1: undone by somebody else: it shows off; restoring it",
  ],
  [{ kind: "settled", key, verdict, ms: 1234 }, "lamp@node1: ok in 1.2 s: it shows on"],
  [{ kind: "stopped", key, because: "broken", remedy: "Buy." }, "lamp@node1: stopped: broken"],
  [{ kind: "interrupted", key }, "lamp@node1: interrupted"],
  [{ kind: "closed", how: "abandoned" }, "window abandoned"],
];

function paper(): { readonly lines: string[]; readonly terminal: Terminal } {
  const lines: string[] = [];
  const terminal: Terminal = {
    out: (text) => lines.push(text),
    err: () => undefined,
    interactive: false,
    columns: 60,
    ask: async () => false,
    runHere: async () => 0,
  };
  return { lines, terminal };
}

describe("plain lines", () => {
  test.each(cases)("%j", (event, line) => {
    expect(plainLine({ ...event, at })).toBe(line);
  });

  test("begin with the time, and events with nothing new leave none", () => {
    const { lines, terminal } = paper();
    const view = plainView(terminal);
    for (const [event] of cases.slice(1, 4)) view.event({ ...event, at });
    view.end();
    expect(lines).toEqual([
      "03:15:04Z going on with window w1, 1 step\n",
      "03:15:04Z lamp@node1: switch on\n",
    ]);
  });

  test.each([
    [0, "0.0 s"],
    [59_900, "59.9 s"],
    [60_000, "1 min 0 s"],
    [125_400, "2 min 5 s"],
    [119_700, "2 min 0 s"],
    [59_960, "1 min 0 s"],
  ])("%i ms read as %s", (ms, text) => {
    expect(seconds(ms)).toBe(text);
  });
});

describe("JSON", () => {
  test("is one line for every event, with its time", () => {
    const { lines, terminal } = paper();
    const view = jsonView(terminal, "");
    for (const [event] of cases) view.event({ ...event, at });
    expect(lines).toHaveLength(cases.length);
    const [first] = lines.map((line): unknown => JSON.parse(line));
    expect(first).toMatchObject({ kind: "opened", window: "w1", at: "2026-11-22T03:15:04.250Z" });
    expect(lines.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
  });

  test("has null for an instant that is none, and leaves other numbers alone", () => {
    const value = { notAfter: Infinity, modifiedAt: 0, readAt: at, ms: at, format: 5 };
    expect(JSON.parse(jsonDocument(value))).toEqual({
      notAfter: null,
      modifiedAt: null,
      readAt: "2026-11-22T03:15:04.250Z",
      ms: at,
      format: 5,
    });
  });
});

describe("the terminal", () => {
  function shown(...bodies: readonly EventBody[]): readonly string[] {
    const { lines, terminal } = paper();
    const view = terminalView(outside(terminal));
    for (const body of bodies) view.event({ ...body, at } satisfies WindowEvent);
    view.end();
    return lines.map((line) => stripVTControlCharacters(line).replace("\r", ""));
  }

  test("redraws the step at work with what it does, and no line is wider than it", () => {
    const lines = shown(
      { kind: "began", planned: step, title: "Switch the lamp" },
      { kind: "waiting", key, because: `it flickers ${"very ".repeat(40)}` },
    );
    expect(lines[0]).toContain("lamp@node1 Switch the lamp");
    expect(lines[1]).toContain("lamp@node1 waiting: it flickers");
    expect(lines[1]).toMatch(/…\s+0\.0 s$/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  test("keeps one line of each step that was settled, lost or stopped", () => {
    const kept = shown(...cases.map(([body]) => body)).filter((line) => line.endsWith("\n"));
    expect(kept).toEqual([
      "Opened window w1\n",
      "Going on with window w1\n",
      "  ! lamp@node1  undone by somebody else: it shows off\n",
      "  ✓ lamp@node1  1.2 s  it shows on\n",
      "  ✗ lamp@node1  broken\n",
    ]);
  });
});

function outside(terminal: Terminal): Outside {
  return {
    terminal,
    clock: { now: () => at, wait: async () => undefined },
    holder: "ann@desk",
    newWindowId: () => "w1",
    interrupted: () => false,
    openCluster: async () => {
      throw new Error("views open no cluster");
    },
    initConfig: async () => "",
  };
}

test("a dumb terminal is a person's, and nothing is redrawn on it", () => {
  const { lines, terminal } = paper();
  const view = chooseView(outside({ ...terminal, interactive: true, dumb: true }), {
    json: false,
    source: "",
  });
  view.event({ kind: "began", planned: step, title: "Switch the lamp", at });
  view.event({ kind: "closed", how: "completed", at });
  view.end();
  expect(lines).toEqual(["03:15:04Z window completed\n"]);
});

test("a remedy's command is whole in JSON too: a script knows no options of the cluster's", () => {
  const { lines, terminal } = paper();
  const view = chooseView(outside(terminal), { json: true, source: "-i inventory.ini" });
  view.event({ kind: "stopped", key, because: "gone", remedy: "Look with `drydock certs`.", at });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    remedy: "Look with `drydock certs -i inventory.ini`.",
  });
});

test("without a person's terminal nothing is redrawn, and JSON is only what was asked for", () => {
  const body: EventBody = { kind: "closed", how: "completed" };
  const { lines, terminal } = paper();
  chooseView(outside(terminal), { json: false, source: "" }).event({ ...body, at });
  chooseView(outside(terminal), { json: true, source: "-i inventory.ini" }).event({ ...body, at });
  expect(lines[0]).toBe("03:15:04Z window completed\n");
  expect(lines[1]).toMatch(/^\{"kind":"closed"/);
});

test("nothing that a host or an endpoint said moves a cursor, in lines and on a terminal", () => {
  const hostile = "chain \u001b[2J\u009b31m\r says";
  const events: readonly EventBody[] = [
    { kind: "acting", key, act: hostile },
    { kind: "waiting", key, because: hostile },
    { kind: "lost", key, because: hostile },
    { kind: "settled", key, verdict: { ...verdict, because: hostile }, ms: 1 },
    { kind: "acted", key, outcome: { ...outcome, because: hostile }, ms: 1 },
    { kind: "stopped", key, because: hostile, remedy: "Mend it." },
  ];
  let said = "";
  const view = plainView({
    out: (text) => {
      said += text;
    },
  });
  for (const event of events) view.event({ ...event, at });
  expect(said.split("\n")).toHaveLength(events.length + 1);
  expect(said.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  expect(said).toContain("\\u{1b}[2J\\u{9b}31m\\u{d} says");
});
