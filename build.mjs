// Bundles the CLI into dist/, with everything that --help does not need split into lazy chunks.
import { chmod, rm } from "node:fs/promises";
import { build } from "esbuild";

// commander loads child_process for subcommands that are programs of their own. Drydock has none, and
// loading it is about a tenth of what --help takes.
const commanderSpawnsNothing = {
  name: "commander-spawns-nothing",
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: "none", namespace: "empty" } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "module.exports = {}" }));
  },
};

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: { drydock: "src/main.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  minifySyntax: true,
  // For the CommonJS among our dependencies, which require nothing but Node's own modules.
  banner: { js: "#!/usr/bin/env node\nconst require = process.getBuiltinModule;" },
  plugins: [commanderSpawnsNothing],
  logLevel: "warning",
});
// As `npm link` leaves it, whose link goes on with what is built later.
await chmod("dist/drydock.js", 0o755);
