// Who may import whom: the table of ARCHITECTURE.md, as data.

import { posix } from "node:path";
import ts from "typescript";
import { at, isTest, type Parsed, type Rule } from "./source.ts";

/** A part of the house and what it may import besides itself. */
export interface Area {
  readonly name: string;
  /** Folders end in a slash. The first area that has a file owns it. */
  readonly holds: readonly string[];
  readonly mayImport: readonly string[];
  /** `node:` modules and packages; `*` for all. */
  readonly modules: readonly string[];
}

const model = ["cluster", "akash", "core"];
const planning = ["planning", "steps", "programs", ...model];

const areas: readonly Area[] = [
  { name: "core", holds: ["src/core/"], mayImport: [], modules: [] },
  { name: "akash", holds: ["src/akash/"], mayImport: ["core"], modules: [] },
  {
    name: "cluster",
    holds: ["src/cluster/"],
    mayImport: ["akash", "core"],
    // X509Certificate parses text; it reads nothing.
    modules: ["node:crypto"],
  },
  {
    name: "programs",
    holds: ["src/programs/"],
    mayImport: model,
    modules: ["node:crypto", "zod"],
  },
  { name: "steps", holds: ["src/steps/"], mayImport: ["programs", ...model], modules: [] },
  {
    name: "planning",
    holds: [
      "src/runbook.ts",
      "src/runbook/",
      "src/survey.ts",
      "src/survey/",
      "src/gates.ts",
      "src/gates/",
      "src/readiness.ts",
      "src/readiness/",
      "src/certificates-report.ts",
    ],
    mayImport: planning,
    modules: [],
  },
  {
    name: "inventory",
    holds: ["src/config.ts", "src/inventory/"],
    mayImport: ["planning", "cluster", "core"],
    modules: ["node:child_process", "node:fs/promises", "node:path", "node:util", "yaml", "zod"],
  },
  {
    name: "cli",
    holds: ["src/cli/"],
    mayImport: planning,
    modules: ["node:util", "@commander-js/extra-typings"],
  },
  { name: "ssh", holds: ["src/ssh/"], mayImport: ["core"], modules: ["node:*"] },
  { name: "disk", holds: ["src/disk/"], mayImport: ["core"], modules: ["node:*"] },
  {
    name: "chain",
    holds: ["src/chain/"],
    mayImport: ["akash", "core"],
    modules: ["node:*", "zod"],
  },
  { name: "system", holds: ["src/system/"], mayImport: ["core"], modules: ["node:*"] },
  { name: "simulator", holds: ["src/simulator/"], mayImport: ["core"], modules: ["node:crypto"] },
  {
    name: "demo",
    holds: ["src/demo/"],
    // It shows the real commands on the simulated outside; main.ts loads it only when it is asked
    // for.
    mayImport: ["cli", ...planning, "simulator", "disk", "system"],
    modules: ["node:fs", "node:os", "node:path", "node:process"],
  },
  {
    name: "main",
    holds: [
      "src/main.ts",
      "src/real-outside.ts",
      "src/endpoints.ts",
      "src/explained.ts",
      "src/kept-windows.ts",
      "src/reach.ts",
    ],
    mayImport: ["*"],
    modules: ["*"],
  },
  // What it records is what Drydock asks.
  { name: "rig", holds: ["rig/"], mayImport: ["programs", "cluster"], modules: ["*"] },
  { name: "bench", holds: ["bench/"], mayImport: ["*"], modules: ["*"] },
];

export function areaOf(path: string): Area | undefined {
  return areas.find(({ holds }) =>
    holds.some((one) => (one.endsWith("/") ? path.startsWith(one) : path === one)),
  );
}

/** Checks one file against the table; tests may import everything. */
export function importTable(exceptions: Readonly<Record<string, string>>): Rule {
  return (source) => {
    if (isTest(source.path)) return [];
    const area = areaOf(source.path);
    if (area === undefined) {
      if (!source.path.startsWith("src/")) return [];
      return [`${source.path}:1 belongs to no area: add it to the table in test/tidy/imports.ts`];
    }
    return importsOf(source).flatMap(({ node, from }) => {
      if (`${source.path} -> ${from}` in exceptions) return [];
      const says = forbidden(source.path, area, from);
      return says === undefined ? [] : [at(source, node, says)];
    });
  };
}

function forbidden(path: string, area: Area, from: string): string | undefined {
  const table = "see the table in test/tidy/imports.ts";
  if (!from.startsWith(".")) {
    const allowed = area.modules.some(
      (one) => one === "*" || one === from || (one === "node:*" && from.startsWith("node:")),
    );
    return allowed ? undefined : `${area.name} may not import ${from}: ${table}`;
  }
  const target = posix.join(posix.dirname(path), from);
  if (isTest(target)) return `imports ${from}, which is for tests: move what both need`;
  const other = areaOf(target);
  if (other === undefined) return `imports ${from}, which belongs to no area: ${table}`;
  if (other === area || area.mayImport.includes("*") || area.mayImport.includes(other.name)) {
    return undefined;
  }
  return `${area.name} may not import ${other.name} (${from}): move the code, or pass it in from main.ts; ${table}`;
}

interface Import {
  readonly node: ts.Node;
  readonly from: string;
}

/** Static, dynamic and type imports, and `export … from`. */
function importsOf(source: Parsed): readonly Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node) => {
    const name = moduleName(node);
    if (name !== undefined) found.push({ node, from: name });
    ts.forEachChild(node, visit);
  };
  visit(source.tree);
  return found;
}

function moduleName(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const { moduleSpecifier } = node;
    return moduleSpecifier && ts.isStringLiteral(moduleSpecifier)
      ? moduleSpecifier.text
      : undefined;
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const { literal } = node.argument;
    return ts.isStringLiteral(literal) ? literal.text : undefined;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [first] = node.arguments;
    return first !== undefined && ts.isStringLiteral(first) ? first.text : "an unknown module";
  }
  return undefined;
}
