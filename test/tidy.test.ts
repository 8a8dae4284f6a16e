// The house rules, on the real source. Every exception is listed here, by path and with its reason.

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { steps } from "../src/steps/index.ts";
import { narrowComments } from "./tidy/comments.ts";
import { headings, named, withoutStep } from "./tidy/guide.ts";
import { importTable } from "./tidy/imports.ts";
import { lostOptional, unchecked } from "./tidy/lockfile.ts";
import { programRules } from "./tidy/programs.ts";
import {
  noHiddenWorld,
  noWordsBehindRemedy,
  noWorkplace,
  plainTypes,
  saysWhatItIsFor,
  smallEnough,
  tellingName,
} from "./tidy/rules.ts";
import { filesOf, type Parsed, parse, type Rule } from "./tidy/source.ts";

const forbiddenImports: Readonly<Record<string, string>> = {};

const hiddenWorlds: Readonly<Record<string, string>> = {
  "src/chain/deadline.ts": "limits a request: the timer of AbortSignal.any() is lost on Node 20",
  "src/disk/claim.ts": "asks whether the process that wrote a claim is still alive: kill(pid, 0)",
  "src/ssh/loopback-sshd.ts": "is for tests: ends the sshd that it started",
};

const tooLarge: Readonly<Record<string, string>> = {};

const looseTypes: Readonly<Record<string, string>> = {};

const root = fileURLToPath(new URL("..", import.meta.url));
const files = filesOf(root);
const code = files
  .filter(({ path }) => /^(src|rig|bench|test)\/.*\.ts$/.test(path))
  .map(({ path, text }) => parse(path, text));

function broken(rule: Rule): readonly string[] {
  return code.flatMap(rule);
}

describe("the source", () => {
  test("is found: the rules below look at something", () => {
    expect(code.length).toBeGreaterThan(100);
    expect(code.map(({ path }) => path)).toContain("src/core/engine.ts");
  });

  test("imports along the table only", () => {
    expect(broken(importTable(forbiddenImports))).toEqual([]);
  });

  test("takes time, chance and the process from the World", () => {
    expect(broken(noHiddenWorld(hiddenWorlds))).toEqual([]);
  });

  test("has files of at most 300 lines and functions of at most 70", () => {
    expect(broken(smallEnough(tooLarge))).toEqual([]);
  });

  test("has no any, no `!`, no enum, no inheritance and no barrel", () => {
    expect(broken(plainTypes(looseTypes))).toEqual([]);
  });

  test("says nothing behind a remedy on the same line", () => {
    expect(broken(noWordsBehindRemedy)).toEqual([]);
  });

  test("says at the top of each file what it is for", () => {
    expect(broken(saysWhatItIsFor)).toEqual([]);
  });

  test("has comments of at most 100 columns", () => {
    expect(broken(narrowComments)).toEqual([]);
  });

  test("has telling file names", () => {
    expect(code.flatMap(({ path }) => tellingName(path))).toEqual([]);
  });

  test("names no path of a workplace and no package registry", () => {
    expect(files.flatMap(({ path, text }) => noWorkplace(path, text))).toEqual([]);
  });

  test("has a lock file with which npm ci works on every machine", () => {
    const lock = files.find(({ path }) => path === "package-lock.json")?.text ?? "{}";
    const { packages } = JSON.parse(lock);
    expect([...lostOptional(packages), ...unchecked(packages)]).toEqual([]);
  });

  test("lists no exception that is not needed any more", () => {
    const lists: readonly (readonly [Readonly<Record<string, string>>, (none: object) => Rule])[] =
      [
        [forbiddenImports, () => importTable({})],
        [hiddenWorlds, () => noHiddenWorld({})],
        [tooLarge, () => smallEnough({})],
        [looseTypes, () => plainTypes({})],
      ];
    const unneeded = lists.flatMap(([list, rule]) => {
      const said = broken(rule({}));
      return Object.keys(list).filter((key) => {
        const path = key.replace(/ -> .*/, "");
        return !said.some((one) => one.startsWith(`${path}:`));
      });
    });
    expect(unneeded).toEqual([]);
  });
});

describe("the guide", () => {
  const carriedOut = [...steps.values()].map((step) => ({ id: step.id, names: named(step.guide) }));

  test.each(carriedOut)("$id names what it carries out of the guide", ({ id, names }) => {
    const says = `src/steps/index.ts: the guide of ${id} names no heading (test/tidy/guide.ts)`;
    expect(names.length > 0 ? [] : [says]).toEqual([]);
  });

  test.each(headings.filter((heading) => !(heading in withoutStep)))(
    "%s is carried out by a step",
    (heading) => {
      const says = `src/steps: no step's guide names "${heading}"`;
      const found = carriedOut.some(({ names }) => names.includes(heading));
      expect(found ? [] : [says]).toEqual([]);
    },
  );
});

describe("every program that is parsed", () => {
  test("has transcripts, or a reason", () => {
    expect(programRules.withoutTranscript(files)).toEqual([]);
  });

  test("has its twin in the simulator, or a reason", () => {
    expect(programRules.withoutTwin(files)).toEqual([]);
  });
});

describe("the rules themselves", () => {
  const said = (rule: Rule, path: string, text: string) => rule(parse(path, text));

  test.each([
    ["src/core/a.ts", `import { x } from "../cluster/etcd.ts";`],
    ["src/core/a.ts", `import fs from "node:fs";`],
    ["src/core/a.ts", `import type { z } from "zod";`],
    ["src/steps/a.ts", `import { x } from "../runbook.ts";`],
    ["src/programs/a.ts", `import { x } from "../steps/index.ts";`],
    ["src/ssh/a.ts", `import { x } from "../cluster/etcd.ts";`],
    ["src/cli/a.ts", `const x = await import("../ssh/host.ts");`],
    ["src/cli/a.ts", `import { x } from "../disk/journal.ts";`],
    ["src/simulator/a.ts", `import { x } from "../programs/etcdctl.ts";`],
    ["src/runbook.ts", `import { x } from "./cli/exit.ts";`],
    ["src/steps/a.ts", `type A = import("../cli/exit.ts").Failure;`],
    ["src/steps/a.ts", `import { x } from "../programs/fake-node.testkit.ts";`],
    ["src/unplaced.ts", "export {}"],
    ["rig/a.ts", `import { x } from "../src/core/json.ts";`],
  ])("an import against the table is found in %s: %s", (path, text) => {
    const [first, ...others] = said(importTable({}), path, text);
    expect(first).toMatch(/^\S+\.ts:1 .*/);
    expect(others).toEqual([]);
  });

  test.each([
    ["src/steps/a.ts", `import { x } from "../programs/etcdctl.ts";`],
    ["src/main.ts", `const { x } = await import("./ssh/host.ts");`],
    ["src/core/a.test.ts", `import { x } from "../simulator/memory-journal.ts";`],
  ])("an import along the table passes in %s: %s", (path, text) => {
    expect(said(importTable({}), path, text)).toEqual([]);
  });

  test.each([
    "const t = Date.now();",
    "const t = new Date();",
    "setTimeout(f, 1);",
    `import { setTimeout as sleep } from "node:timers/promises";`,
    "const x = Math.random();",
    "const id = randomUUID();",
    "const id = crypto.randomUUID();",
    "process.exit(1);",
    `import { env } from "node:process";`,
    "const t = performance.now();",
  ])("%s is found outside the world", (text) => {
    expect(said(noHiddenWorld({}), "src/steps/a.ts", text)).toHaveLength(1);
    expect(said(noHiddenWorld({}), "src/system/a.ts", text)).toEqual([]);
    expect(said(noHiddenWorld({ "src/ssh/a.ts": "why" }), "src/ssh/a.ts", text)).toEqual([]);
  });

  test("a date that was given is no clock", () => {
    expect(said(noHiddenWorld({}), "src/steps/a.ts", "new Date(seen).toISOString();")).toEqual([]);
  });

  test("a long function and a long file are found, and their tests are not", () => {
    const body = "  f();\n".repeat(69);
    const long = `const a = 1;\nconst g = () => {\n${body}};\n`;
    expect(said(smallEnough({}), "src/a.ts", long)).toEqual([
      "src/a.ts:2 is a function of 71 lines, of at most 70: move its leaves out",
    ]);
    expect(said(smallEnough({}), "src/a.ts", long.replace("  f();\n", ""))).toEqual([]);
    expect(said(smallEnough({}), "src/a.test.ts", long)).toEqual([]);
    expect(said(smallEnough({}), "src/a.ts", "a();\n".repeat(300))).toEqual([]);
    expect(said(smallEnough({}), "src/a.ts", "a();\n".repeat(301))).toHaveLength(1);
  });

  test.each([
    "const a: any = 1;",
    "const a = b as any;",
    "const a = b!;",
    "const a = b!.c;",
    "enum A { B }",
    "namespace A {}",
    "class A extends B {}",
    `export * from "./b.ts";`,
    `export { b } from "./b.ts";`,
  ])("%s is found", (text) => {
    expect(said(plainTypes({}), "src/a.ts", text)).toHaveLength(1);
  });

  test.each([
    "class A extends Error {}",
    "class A implements B {}",
    "const a = !b;",
    `if (a !== "any") b();`,
    "interface A extends B {}",
  ])("%s passes", (text) => {
    expect(said(plainTypes({}), "src/a.ts", text)).toEqual([]);
  });

  test("a file that begins without a comment is found, and a test is not", () => {
    const [text, path] = ["const a = 1;\n", "src/a.ts"];
    expect(said(saysWhatItIsFor, path, text)).toHaveLength(1);
    expect(said(saysWhatItIsFor, path, `// What a is.\n\n${text}`)).toEqual([]);
    expect(said(saysWhatItIsFor, path, `/** What a is. */\n${text}`)).toEqual([]);
    expect(said(saysWhatItIsFor, "src/a.test.ts", text)).toEqual([]);
  });

  test("a wide comment is found, but not one of one long word, nor what a template holds", () => {
    const wide = `${"word ".repeat(25)}end`;
    expect(said(narrowComments, "src/a.ts", `// ${wide}\nconst a = 1;\n`)).toHaveLength(1);
    expect(said(narrowComments, "src/a.ts", `/**\n * ${wide}\n */\nconst a = 1;\n`)).toHaveLength(
      1,
    );
    expect(said(narrowComments, "src/a.ts", `// https://a/${"b".repeat(100)}\n`)).toEqual([]);
    expect(said(narrowComments, "src/a.ts", `const a = \`\n// ${wide}\n\`;\n`)).toEqual([]);
  });

  test.each(["src/core/utils.ts", "src/cli/event-handler.ts", "src/programs/info.test.ts"])(
    "%s says nothing with its name",
    (path) => expect(tellingName(path)).toHaveLength(1),
  );

  test("a workplace and a registry are found, and their line is said", () => {
    const bad = ["work", "main"].map((part) => `/${part}`).join("");
    expect(noWorkplace("a.md", `fine\nsee ${bad}`)).toEqual([
      "a.md:2 names a path of one workplace",
    ]);
    expect(noWorkplace("a.md", `see ../${"shared"}/b`)).toHaveLength(1);
    expect(noWorkplace("a.json", `https://${"registry"}.${"npm"}js.org/x`)).toHaveLength(1);
    expect(noWorkplace("a.json", `"kernel": "${"6.18.44"}-ab-v1"`)).toHaveLength(1);
    expect(noWorkplace("a.md", `2 cores, Linux ${"6.18.44"}-ab-v1 x64`)).toHaveLength(1);
    expect(noWorkplace("a.json", `"kernel": "6.18.44"`)).toEqual([]);
    expect(noWorkplace("a.ts", `overlay in $dir/work/x, and framework/work/`)).toEqual([]);
  });

  test("a package of the lock file without a checksum is found", () => {
    const packages = { "": {}, "node_modules/a": { integrity: "sha512-a" }, "node_modules/b": {} };
    expect(unchecked(packages)).toEqual([
      "package-lock.json:1 has no checksum of node_modules/b: npm view NAME dist.integrity",
    ]);
  });

  test.each([
    [`\${first.remedy} Nothing was changed.`, 1],
    [`\${end?.remedy}\${provider}`, 1],
    [`Mend it.\n\${remedy}`, 0],
    [`\${error.remedy}\nNothing was changed.`, 0],
  ])("words behind a remedy are counted in %j", (text, count) => {
    expect(said(noWordsBehindRemedy, "src/cli/a.ts", `const a = \`${text}\`;`)).toHaveLength(count);
  });

  test("a lost entry of the lock file is found, wherever it may stand", () => {
    const asks = { optionalDependencies: { b: "1" } };
    const from = "node_modules/a/node_modules/c";
    expect(lostOptional({ [from]: asks })).toEqual([
      `package-lock.json:1 lacks b, which ${from} may ask for: restore its entry from git`,
    ]);
    const places = ["node_modules/b", "node_modules/a/node_modules/b", `${from}/node_modules/b`];
    for (const place of places) expect(lostOptional({ [from]: asks, [place]: {} })).toEqual([]);
    expect(lostOptional({ [from]: asks, "node_modules/d/node_modules/b": {} })).toHaveLength(1);
  });

  test("a guide that names no heading is found", () => {
    expect(named("Backup etcd Database (verified)")).toEqual(["Backup etcd Database"]);
    expect(named("whatever")).toEqual([]);
  });

  test("a parser without transcript or twin is found, and a reason that is not needed any more", () => {
    const parser: Parsed = parse("src/programs/newprogram.ts", "export function parseIt() {}");
    const twin = parse("src/simulator/programs/newprogram.ts", "");
    const recorded = parse("transcripts/newprogram/a.json", "{}");
    const unneeded = { newprogram: "why" };
    expect(programRules.withoutTranscript([parser])).toContainEqual(
      expect.stringMatching(/^src\/programs\/newprogram\.ts:1 /),
    );
    expect(programRules.withoutTwin([parser])).toContainEqual(
      expect.stringMatching(/^src\/programs\/newprogram\.ts:1 /),
    );
    expect(programRules.check([parser, twin], "src/simulator/programs/", {})).toEqual([]);
    expect(programRules.check([parser, recorded], "transcripts/", {})).toEqual([]);
    expect(programRules.check([parser, recorded], "transcripts/", unneeded)).toHaveLength(1);
  });
});
