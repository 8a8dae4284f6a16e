// The house rules that one file alone can break: time and chance, size, types, names.

import { posix } from "node:path";
import ts from "typescript";
import { areaOf } from "./imports.ts";
import { complain, isTest, type Parsed, type Rule } from "./source.ts";

/** Paths and why the rule does not hold there. */
export type Exceptions = Readonly<Record<string, string>>;

const worldly = new Set(["system", "simulator", "demo", "cli", "main", "rig", "bench"]);
const timers = ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"];

/** Time, chance and the process come from the World. */
export function noHiddenWorld(exceptions: Exceptions): Rule {
  return (source) => {
    const area = areaOf(source.path);
    if (isTest(source.path) || source.path in exceptions) return [];
    if (area === undefined || worldly.has(area.name)) return [];
    return complain(source, (node) => {
      const found = hiddenWorld(node);
      return found === undefined
        ? undefined
        : `uses ${found}: take it from the World, or have it passed in from main.ts`;
    });
  };
}

function hiddenWorld(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const { text } = node.moduleSpecifier;
    return ["node:process", "node:timers", "node:timers/promises"].includes(text)
      ? text
      : undefined;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === "Date") {
    return (node.arguments ?? []).length === 0 ? "new Date() without an argument" : undefined;
  }
  if (ts.isPropertyAccessExpression(node)) return hiddenMember(node);
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const name = node.expression.text;
    const drawn = ["randomUUID", "randomBytes", "randomInt"];
    return timers.includes(name) || drawn.includes(name) ? `${name}()` : undefined;
  }
  return undefined;
}

function hiddenMember(node: ts.PropertyAccessExpression): string | undefined {
  const text = node.getText();
  if (["Date.now", "Math.random", "performance.now", "crypto.randomUUID"].includes(text)) {
    return text;
  }
  const from = node.expression;
  return ts.isIdentifier(from) && from.text === "process" ? text : undefined;
}

const functionLinesMax = 70;
const fileLinesMax = 300;

/** A function fits on a screen, a file holds one thing. Tests are excepted. */
export function smallEnough(exceptions: Exceptions): Rule {
  return (source) => {
    if (source.path in exceptions || (isTest(source.path) && !source.path.startsWith("test/tidy/")))
      return [];
    const lines = source.text.trimEnd().split("\n").length;
    const whole =
      lines <= fileLinesMax
        ? []
        : [`${source.path}:1 has ${lines} lines of at most ${fileLinesMax}: make a folder of it`];
    const long = complain(source, (node) => {
      const count = linesOf(source, node);
      if (!isFunction(node) || count <= functionLinesMax) return undefined;
      return `is a function of ${count} lines, of at most ${functionLinesMax}: move its leaves out`;
    });
    return [...whole, ...long];
  };
}

function isFunction(node: ts.Node): boolean {
  return ts.isFunctionLike(node) && !ts.isTypeNode(node);
}

function linesOf({ tree }: Parsed, node: ts.Node): number {
  const from = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line;
  return tree.getLineAndCharacterOfPosition(node.getEnd()).line - from + 1;
}

/** No any, no `!`, no enum, no namespace, no inheritance but of Error, no barrel. */
export function plainTypes(exceptions: Exceptions): Rule {
  return (source) => {
    if (source.path in exceptions) return [];
    return complain(source, (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) return "says any: say unknown, and parse it";
      if (ts.isNonNullExpression(node)) return "says `!`: ask for undefined, and say what it means";
      if (ts.isEnumDeclaration(node)) return "is an enum: make it a union of texts";
      if (ts.isModuleDeclaration(node)) return "is a namespace: make it a file";
      if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
        return "passes an export on: import it from the file that defines it";
      }
      return inherits(node) ? "inherits: hold the other value instead of being it" : undefined;
    });
  };
}

function inherits(node: ts.Node): boolean {
  if (!ts.isHeritageClause(node) || !ts.isClassLike(node.parent)) return false;
  if (node.token !== ts.SyntaxKind.ExtendsKeyword) return false;
  return node.types.some((one) => !/Error$/.test(one.expression.getText()));
}

/** A remedy may end with a command, which is copied to the line's end. */
export const noWordsBehindRemedy: Rule = (source) => {
  if (isTest(source.path)) return [];
  return complain(source, (node) => {
    if (!ts.isTemplateSpan(node) || !/\bremedy$/.test(node.expression.getText())) return undefined;
    const { text } = node.literal;
    const ends = ts.isTemplateTail(node.literal) && text === "";
    return ends || /^[\n`]/.test(text)
      ? undefined
      : "has words behind a remedy: put them on a line of their own";
  });
};

/** What a file is for, said first. */
export const saysWhatItIsFor: Rule = ({ path, text }) => {
  if (isTest(path) || /^\/[/*]/.test(text)) return [];
  return [`${path}:1 does not say what it is for: open it with a sentence or two`];
};

const emptyNames = ["util", "utils", "helper", "helpers", "manager", "handler", "data", "info"];

/** File names that say nothing. */
export function tellingName(path: string): readonly string[] {
  const words = posix.basename(path).toLowerCase().split(/[-._]/);
  const found = words.find((word) => emptyNames.includes(word));
  return found === undefined
    ? []
    : [`${path}:1 has "${found}" in its name: name the thing that the file holds`];
}

/** What would tie the repository to one workplace, or its builds to one host. Spelled in parts. */
const foreign: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`(^|[^\\w.})/-])/${"work"}/`), "a path of one workplace"],
  [new RegExp(`\\.\\./${"shared"}\\b`), "a path beside the checkout"],
  [new RegExp(`(^|[\\s"'/])\\.${"library"}\\b`), "a path beside the checkout"],
  // As a transcript and RESULTS.md tell it; what a program has printed stays as it was.
  [/("kernel": "|Linux )\d[\d.]*-/, "one machine's build of a kernel: keep its version"],
  [
    new RegExp(
      `${"registry"}\\.npmjs|npm${"js"}\\.(org|com)/|registry\\.yarnpkg|proxy\\.${"golang"}|sum\\.golang|pypi\\.${"org"}|crates\\.${"io"}/`,
    ),
    "a package registry's host: leave it to the machine's settings",
  ],
];

export function noWorkplace(path: string, text: string): readonly string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      foreign
        .filter(([pattern]) => pattern.test(line))
        .map(([, what]) => `${path}:${index + 1} names ${what}`),
    );
}
