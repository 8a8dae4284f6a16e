/** `npm run docs`: writes the examples into the documentation. */
import { readFileSync, writeFileSync } from "node:fs";
import { documents, withExamples } from "./examples.ts";

for (const path of documents) {
  const file = new URL(`../${path}`, import.meta.url);
  writeFileSync(file, await withExamples(readFileSync(file, "utf8")));
}
