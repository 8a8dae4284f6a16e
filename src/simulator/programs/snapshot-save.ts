// `etcdctl snapshot save FILE`: to that very file, whatever was there. The member that is asked
// answers by itself, without a quorum too; one that does not is waited for, for ever.

import { freeBytesFor, writeFile } from "../files.ts";
import { clockOf } from "../model.ts";
import { type Answer, type Call, failed, takes } from "./call.ts";
import { type Asking, asked, logTime } from "./etcdctl-asked.ts";

const saveMs = 130;
const askedAgainMs = 1000;

export async function saveDatabase(
  asking: Asking,
  endpoints: readonly string[],
  path: string,
): Promise<Answer> {
  const { call } = asking;
  const { site, host, by } = call;
  const answering = () => endpoints.map((one) => asked(asking, one)).find((one) => one?.runs);
  while (answering() === undefined) await takes(call, askedAgainMs);
  await takes(call, saveMs);
  const [endpoint = ""] = endpoints;
  // As it was typed, in the folder of whoever typed it.
  const shown = path.replace(/^\/root\//, "");
  const { totalKeys, sizeBytes } = site.model.etcd;
  const folder = path.startsWith("/") ? path.replace(/\/[^/]*$/, "") : "/root";
  if (freeBytesFor(host, folder) < sizeBytes) {
    const because = `Error: write ${shown}.part: no space left on device`;
    return failed(5, logged(call, begun(shown, endpoint)) + because);
  }
  const revision = site.model.etcd.revision - (answering()?.behind ?? 0);
  const content = JSON.stringify({ revision, totalKeys });
  // The SHA-256 at the end makes it 32 bytes longer than the database.
  const form = { form: "snapshot", mode: 0o600, sizeBytes: sizeBytes + 32 } as const;
  writeFile(site, host, path, { content, ...form }, by);
  const stderr = logged(call, [...begun(shown, endpoint), ...ended(shown, endpoint)]);
  return { code: 0, stdout: `Snapshot saved at ${shown}\n`, stderr };
}

type Line = Readonly<Record<string, string>>;

function begun(path: string, endpoint: string): readonly Line[] {
  return [
    {
      caller: "snapshot/v3_snapshot.go:65",
      msg: "created temporary db file",
      path: `${path}.part`,
    },
    {
      logger: "client",
      caller: "v3@v3.5.22/maintenance.go:212",
      msg: "opened snapshot stream; downloading",
    },
    { caller: "snapshot/v3_snapshot.go:73", msg: "fetching snapshot", endpoint },
  ];
}

function ended(path: string, endpoint: string): readonly Line[] {
  const completed = "completed snapshot read; closing";
  return [
    { logger: "client", caller: "v3@v3.5.22/maintenance.go:220", msg: completed },
    {
      ...{ caller: "snapshot/v3_snapshot.go:88", msg: "fetched snapshot" },
      ...{ endpoint, size: "2.6 MB", took: "now" },
    },
    { caller: "snapshot/v3_snapshot.go:97", msg: "saved", path },
  ];
}

function logged({ site, host }: Call, lines: readonly Line[]): string {
  const ts = logTime(clockOf(site.model, host));
  return lines.map((line) => `${JSON.stringify({ level: "info", ts, ...line })}\n`).join("");
}
