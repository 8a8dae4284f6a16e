// What the house rules look at: the files of this checkout, and what a rule says about a line of
// one.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

export interface Source {
  /** From the root of the checkout, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** A TypeScript file, parsed; types are not known. */
export interface Parsed extends Source {
  readonly tree: ts.SourceFile;
}

/** A rule: all that is wrong with one file, each as `path:line what, and what to do instead`. */
export type Rule = (source: Parsed) => readonly string[];

export function parse(path: string, text: string): Parsed {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true) };
}

export function at(source: Parsed, node: ts.Node, says: string): string {
  const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree));
  return `${source.path}:${line + 1} ${says}`;
}

/** Every node of a file that `pick` says something of. */
export function complain(
  source: Parsed,
  pick: (node: ts.Node) => string | undefined,
): readonly string[] {
  const said: string[] = [];
  const visit = (node: ts.Node) => {
    const says = pick(node);
    if (says !== undefined) said.push(at(source, node, says));
    ts.forEachChild(node, visit);
  };
  visit(source.tree);
  return said;
}

const left = new Set([".git", "node_modules", "dist", ".drydock"]);

/** Every file of the checkout that is ours, by path. Binary files are not among them. */
export function filesOf(root: string): readonly Source[] {
  const found: Source[] = [];
  const walk = (folder: string) => {
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name);
      if (left.has(name)) continue;
      if (statSync(path).isDirectory()) walk(path);
      else found.push({ path: relative(root, path), text: readFileSync(path, "utf8") });
    }
  };
  walk(root);
  return found.filter(({ text }) => !text.includes("\0"));
}

/** Tests may be long, and may import everything. */
export function isTest(path: string): boolean {
  return /\.(test|rigtest|testsuite|testkit)\.ts$/.test(path) || path.startsWith("test/");
}
