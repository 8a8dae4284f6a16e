// The lock's four scripts: read, take, release, and the fence in front of every change. All but the
// first hold a flock while they run, so a command of an earlier holder is waited for.

import { removeFile, textAt, writeFile } from "../files.ts";
import {
  type Answer,
  type Call,
  failed,
  inner,
  mustRun,
  type Program,
  said,
  takes,
} from "./call.ts";

const refused = 97;
const busy = 96;
const drainMs = 180_000;

export async function readLock(call: Call): Promise<Answer> {
  await takes(call, 40);
  const folder = call.argv[4] ?? "";
  const epoch = textAt(call.host, `${folder}/epoch`) || "0\n";
  return said(epoch + textAt(call.host, `${folder}/holder`));
}

export async function takeLock(call: Call): Promise<Answer> {
  const [folder = "", window = "", epoch = "", since = "", holder = ""] = call.argv.slice(4);
  return locked(call, async () => {
    await takes(call, 60);
    const { site, host, by } = call;
    const held = textAt(host, `${folder}/holder`);
    if (held !== "" && held.split(" ")[0] !== window) return failed(refused, held);
    const last = Number(textAt(host, `${folder}/epoch`) || 0);
    if (Number(epoch) <= last) return failed(refused, `epoch ${last} was given out already`);
    const mode = 0o600;
    writeFile(site, host, `${folder}/epoch`, { content: `${epoch}\n`, mode }, by);
    const content = `${window} ${epoch} ${since} ${holder}\n`;
    writeFile(site, host, `${folder}/holder`, { content, mode }, by);
    return said("");
  });
}

export async function releaseLock(call: Call): Promise<Answer> {
  const [folder = "", window = ""] = call.argv.slice(4);
  return locked(call, async () => {
    await takes(call, 40);
    const held = textAt(call.host, `${folder}/holder`);
    if (held !== "" && held.split(" ")[0] !== window) return failed(refused, "");
    removeFile(call.site, call.host, `${folder}/holder`, call.by);
    return said("");
  });
}

/** Runs the rest of its words only for the window and epoch that hold the lock. */
export async function fence(call: Call, run: Program): Promise<Answer> {
  const { site, host } = call;
  const [folder = "", token = "", ...words] = call.argv.slice(4);
  return locked(call, async () => {
    const holder = textAt(host, `${folder}/holder`).trim();
    const isHolder = holder.split(" ").slice(0, 2).join(" ") === token;
    if (!isHolder && !site.openFences.has(host.name)) {
      return failed(refused, `drydock-fence: the lock is held by: ${holder || "nobody"}`);
    }
    const [window = "", epoch = ""] = token.split(" ");
    const fence = { window, epoch: Number(epoch) };
    return run({ ...inner(call, words), by: { who: "drydock", host: host.name, fence } });
  });
}

/** Alone on its host, after whoever came before; gives up as flock -w does. */
async function locked(call: Call, work: () => Promise<Answer>): Promise<Answer> {
  const { site, host } = call;
  const before = site.fences.get(host.name) ?? Promise.resolve();
  let release: () => void = () => undefined;
  const mine = new Promise<void>((resolve) => {
    release = resolve;
  });
  site.fences.set(
    host.name,
    before.then(() => mine),
  );
  try {
    const free = await site.clock.within(
      drainMs,
      before.then(() => true),
      false,
    );
    mustRun(call);
    if (!free) return failed(busy, "an earlier command is still running on this host");
    if (call.stallsMs !== undefined) await takes(call, call.stallsMs);
    return await work();
  } finally {
    release();
  }
}
