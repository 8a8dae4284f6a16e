// The lock of a window on all its hosts: taken when it is opened, and let go of when it is closed.

import { releaseLockOn, takeLockOn } from "../core/lock.ts";
import { stateOf } from "../core/window.ts";
import type { Host } from "../core/world.ts";
import { sayAgain } from "./finish.ts";
import { lockFailure, overtakenFailure } from "./lock-failure.ts";
import type { OpenCluster, Outside, WindowFolder } from "./outside.ts";
import { remnants } from "./remnant-lock.ts";
import { refuseOtherCluster } from "./same-cluster.ts";

interface Wanted {
  readonly folder: WindowFolder;
  readonly resumed: boolean;
  /** Only its closing steps will be run. */
  readonly toClose?: boolean;
  readonly taking: readonly Host[];
}

/** With a new epoch. One that another window has overtaken is only closed. */
export async function lockFor(
  outside: Outside,
  cluster: OpenCluster,
  { folder, resumed, toClose = false, taking }: Wanted,
): Promise<{ readonly epoch: number; readonly overtaken: boolean }> {
  const { clock, holder } = outside;
  const { id: window, journal, store } = folder;
  const now = () => stateOf(journal.records());
  const refuse = () => {
    if (now().overtaken && !toClose) throw overtakenFailure(window, cluster);
  };
  refuse();
  const lock = await takeLock(outside, cluster, {
    ...{ hosts: taking, window, holder },
    beforeTaking: async ({ known, given, epoch }) => {
      const { plan, asked, overtaken } = now();
      if (resumed && !known) {
        await refuseOtherCluster(taking, { id: window, plan, folder: store.location });
      }
      // One that was lost may still show this window when the others have seen another one.
      if (resumed && given > asked && !overtaken) {
        await journal.append(clock.now(), { kind: "overtaken" });
        refuse();
      }
      await journal.append(clock.now(), { kind: "taking", epoch });
    },
  });
  if (lock.kind !== "taken") throw lockFailure(lock, toClose, cluster);
  return { epoch: lock.epoch, overtaken: now().overtaken };
}

/** Also where windows that were closed on this machine have left theirs behind. */
async function takeLock(
  outside: Outside,
  cluster: OpenCluster,
  { hosts, ...wanted }: Parameters<typeof takeLockOn>[2] & { readonly hosts: readonly Host[] },
): Promise<Awaited<ReturnType<typeof takeLockOn>>> {
  const { clock, terminal } = outside;
  let lock = await takeLockOn({ clock }, hosts, wanted);
  // Each host may have another one.
  for (const _ of hosts) {
    if (lock.kind !== "held" || !(await remnants(outside, cluster))(lock.by)) break;
    const { window } = lock.by;
    terminal.err(
      `${lock.host}: the lock of window ${window}, which was closed here, is taken away.\n`,
    );
    // Only where it is that window's: elsewhere nothing happens.
    await releaseLockOn(hosts, window);
    lock = await takeLockOn({ clock }, hosts, wanted);
  }
  return lock;
}

/** How often the lock is let go of, and how long apart. */
const releasesMax = 5;
const releaseAgainMs = 2000;

export async function letGo(
  outside: Outside,
  cluster: OpenCluster,
  locked: readonly Host[],
  window: string,
): Promise<void> {
  const gone = new Set(cluster.hosts.filter(({ away }) => away !== undefined).map(nameOf));
  const reached = locked.filter(({ name }) => !gone.has(name));
  let silent = await releaseLockOn(reached, window);
  for (let tries = 1; silent.length > 0 && tries < releasesMax; tries++) {
    await outside.clock.wait(releaseAgainMs);
    const left = reached.filter((host) => silent.includes(host.name));
    silent = await releaseLockOn(left, window);
  }
  silent = [...silent, ...locked.map(({ name }) => name).filter((name) => gone.has(name))];
  if (silent.length === 0) return;
  const breakIt = sayAgain(`abandon --break-lock ${window}`, cluster.source);
  outside.terminal.err(
    `${silent.join(", ")}: the lock could not be released there. When it answers again, run: ${breakIt}\n`,
  );
}

function nameOf({ host }: OpenCluster["hosts"][number]): string {
  return host.name;
}
