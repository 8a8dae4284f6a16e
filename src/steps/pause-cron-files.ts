// Cron jobs that call kubectl, kubeadm or crictl, or are Akash's own workarounds, fire in the
// middle of a restart and delete what only waits: their files in /etc/cron.d are set aside, and put
// back.

import { act } from "../core/command.ts";
import type { Reading } from "../core/outcome.ts";
import { defineStep, needed, satisfied, unclear } from "../core/step.ts";
import {
  type CronFile,
  type CronFileSeen,
  parseCronFiles,
  readCronFiles,
  renameFile,
} from "../programs/cron.ts";

export type CronFilesGoal = { readonly files: readonly CronFile[] };

type Seen = Reading<readonly CronFileSeen[]>;

/** It came after the other one was set aside: whose it is, is not known here. */
function isNew(file: CronFileSeen): boolean {
  return file.inPlace && file.isAside;
}

function places(files: readonly CronFile[]): string {
  return files.map(({ place }) => place).join(", ");
}

export const pauseCronFiles = defineStep<CronFilesGoal, Seen>({
  id: "pause-cron-files",
  title: "Pause cron jobs",
  guide: "Stop the Provider (what acts by itself is none of its headings)",
  settleMs: 60_000,
  why: () =>
    "A cron job that acts on the cluster in the middle of a restart judges what only waits.",
  proof: ({ files }) => `${places(files)} have a name that cron passes over`,
  observe: async (look, { files }) => parseCronFiles(await look.run(readCronFiles(files)), files),
  judge: (seen) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    const there = seen.value.filter((file) => file.inPlace && !file.isAside);
    if (there.length > 0) return needed(`${places(there)} in place`);
    const anew = seen.value.filter(isNew);
    if (anew.length > 0) return satisfied(`${places(anew)} made anew by somebody, left alone`);
    return satisfied(`${places(seen.value)} set aside`);
  },
  change: (seen) =>
    seen.kind === "unreadable"
      ? []
      : seen.value
          .filter((file) => file.inPlace && !file.isAside)
          .map(({ place, aside }) => act(renameFile(place, aside))),
});

export const resumeCronFiles = defineStep<CronFilesGoal, Seen>({
  id: "resume-cron-files",
  title: "Resume cron jobs",
  guide: "Restart Provider After Maintenance (everything as it was)",
  settleMs: 60_000,
  why: () => "They were there before the window.",
  proof: ({ files }) => `${places(files)} in place again, the same files`,
  observe: async (look, { files }) => parseCronFiles(await look.run(readCronFiles(files)), files),
  judge: (seen) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    const left = seen.value.filter((file) => file.isAside && !file.inPlace);
    if (left.length > 0) return needed(`${places(left)} set aside`);
    const anew = seen.value.filter(isNew);
    if (anew.length > 0) {
      const kept = anew.map(({ aside }) => aside).join(", ");
      return satisfied(`${places(anew)} made anew by somebody, left alone; the earlier is ${kept}`);
    }
    const gone = seen.value.filter((file) => !file.inPlace);
    if (gone.length > 0) return satisfied(`${places(gone)} removed by somebody`);
    return satisfied(`${places(seen.value)} in place`);
  },
  change: (seen) =>
    seen.kind === "unreadable"
      ? []
      : seen.value
          .filter((file) => file.isAside && !file.inPlace)
          .map(({ place, aside }) => act(renameFile(aside, place))),
});
