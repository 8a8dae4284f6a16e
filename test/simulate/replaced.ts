// Whose file somebody replaced when no look would see it any more.

import type { Play } from "./play.ts";

/** From a look's question to what is written down of it. */
const lookMs = 300;

/**
 * `node1/kube-scheduler`: somebody replaced the file that it mounts after the last look at it that
 * a restart waits for.
 */
export function replacedLate({ box, rival, replaced }: Play): ReadonlySet<string> {
  const windows = [box, rival].flatMap(({ desk }) => [...desk.windows.values()]);
  const settled = windows
    .flatMap(({ records }) => records)
    .flatMap((one) => (one.kind === "settled" ? [one] : []));
  const late = replaced.filter(({ node, reader, at: replacedAt }) =>
    settled.some(
      ({ key, at }) =>
        key.startsWith("restart-component:") &&
        key.includes(reader) &&
        key.endsWith(`@${node}`) &&
        at - lookMs <= replacedAt,
    ),
  );
  return new Set(late.map(({ node, reader }) => `${node}/${reader}`));
}
