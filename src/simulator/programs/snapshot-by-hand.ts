// `etcdctl snapshot save FILE` as a person types it: to that very file, whatever was there.

import { writeFile } from "../files.ts";
import { type Answer, type Call, said, takes } from "./call.ts";

const saveMs = 130;

export async function saveByHand(call: Call, path: string): Promise<Answer> {
  await takes(call, saveMs);
  const { revision, totalKeys, sizeBytes } = call.site.model.etcd;
  const content = JSON.stringify({ revision, totalKeys });
  const form = { form: "snapshot", mode: 0o600, sizeBytes: sizeBytes + 32 } as const;
  writeFile(call.site, call.host, path, { content, ...form }, call.by);
  // As it was typed, in the folder of whoever typed it.
  return said(`Snapshot saved at ${path.replace(/^\/root\//, "")}\n`);
}
