// One of our files with all that it imports of ours, in one piece. Loaded one by one, as Vitest and
// tsx do it, every import is reached through a getter or every function is given its name again: a
// simulated window takes half as long again so.

import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

export interface Bundle {
  readonly code: string;
  /** Its source map, as JSON. */
  readonly map: string;
  /** The files that went into it. */
  readonly inputs: readonly string[];
}

/** `packages`: whether those of others are taken in as well, so that it runs from anywhere. */
export async function bundle(entry: string, packages: "external" | "bundle"): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    outfile: entry.replace(/ts$/, "js"),
    bundle: true,
    packages,
    platform: "node",
    format: "esm",
    target: "node20",
    // For the CommonJS among them, which requires nothing but Node's own modules.
    ...(packages === "bundle"
      ? { banner: { js: "const require = process.getBuiltinModule;" } }
      : {}),
    sourcemap: "external",
    metafile: true,
    write: false,
    plugins: [ownAddress],
  });
  const textOf = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
  return { code: textOf(".js"), map: textOf(".js.map"), inputs: Object.keys(metafile.inputs) };
}

/** A file finds what lies beside it by its own address, not by that of the bundle. */
const ownAddress: Plugin = {
  name: "own-address",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: text.replaceAll("import.meta.url", url), loader: "ts" };
    });
  },
};

/** For Vite's `plugins`: each test is a bundle. */
export const bundledTests = {
  name: "drydock-bundled-tests",
  enforce: "pre",
  async load(this: { addWatchFile(path: string): void }, id: string) {
    if (!id.endsWith(".test.ts")) return undefined;
    const { code, map, inputs } = await bundle(id, "external");
    for (const path of inputs) this.addWatchFile(path);
    return { code, map };
  },
} as const;
