// What comments look like: biome lays code out, and leaves them as they are.

import ts from "typescript";
import type { Parsed, Rule } from "./source.ts";

const columnsMax = 100;

/** Lines of comments end where lines of code do. A word that is longer has no place to break. */
export const narrowComments: Rule = (source) => {
  const { path, text, tree } = source;
  const starts = tree.getLineStarts();
  return linesOfComments(source).flatMap((number) => {
    const line = text.slice(starts[number], starts[number + 1]).trimEnd();
    const [, words = ""] = /^\s*(?:\/\*\*|\/\/|\*)?\s*(.*)$/.exec(line.slice(0, columnsMax)) ?? [];
    const isWide = line.length > columnsMax && words.includes(" ");
    return isWide
      ? [`${path}:${number + 1} has ${line.length} columns: break it at ${columnsMax}`]
      : [];
  });
};

function linesOfComments({ text, tree }: Parsed): readonly number[] {
  const found = new Set<number>();
  const visit = (node: ts.Node) => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ];
    for (const { pos, end } of ranges) {
      const last = tree.getLineAndCharacterOfPosition(end).line;
      for (let line = tree.getLineAndCharacterOfPosition(pos).line; line <= last; line++) {
        found.add(line);
      }
    }
    // What looks like a comment in a template is text.
    if (!ts.isTemplateLiteral(node)) for (const child of node.getChildren(tree)) visit(child);
  };
  visit(tree);
  return [...found].sort((a, b) => a - b);
}
