/** A container image of one static binary, as a docker-archive that `ctr images import` reads. */
import { createHash } from "node:crypto";
import { type TarEntry, tar } from "./tar.ts";

export interface ImageSpec {
  readonly reference: string;
  readonly binary: Buffer;
  /** Absolute; the entry point. */
  readonly path: string;
}

export function dockerArchive(spec: ImageSpec): Buffer {
  const layer = tar([
    ...parents(spec.path),
    { name: spec.path.slice(1), mode: 0o755, content: spec.binary },
  ]);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: { Env: ["PATH=/usr/local/bin"], Entrypoint: [spec.path] },
      rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created_by: "drydock rig" }],
    }),
  );
  const configName = `${sha256(config)}.json`;
  const manifest = [{ Config: configName, RepoTags: [spec.reference], Layers: ["layer.tar"] }];
  return tar([
    { name: "layer.tar", mode: 0o644, content: layer },
    { name: configName, mode: 0o644, content: config },
    { name: "manifest.json", mode: 0o644, content: Buffer.from(JSON.stringify(manifest)) },
  ]);
}

/** The folders above the binary, and /tmp and /etc, which the control plane's images have. */
function parents(path: string): TarEntry[] {
  const steps = path.split("/").slice(1, -1);
  const above = steps.map((_, i) => steps.slice(0, i + 1).join("/"));
  return [...above, "etc"]
    .map((name) => ({ name: `${name}/`, mode: 0o755 }))
    .concat([{ name: "tmp/", mode: 0o1777 }]);
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
