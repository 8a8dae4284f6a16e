// Every program whose answer is parsed is judged by real output, and played in the simulator.

import type { Source } from "./source.ts";

/** Files of src/programs/ that read another program's answers than their name says. */
const reads: Readonly<Record<string, string>> = {
  "automation-objects": "kubectl",
  cron: "coreutils",
  files: "stat",
  inventory: "kubectl",
  "leader-locks": "kubectl",
  "lease-objects": "kubectl",
  "operator-objects": "kubectl",
  "provider-health": "kubectl",
  "provider-objects": "kubectl",
  "provider-settings": "kubectl",
  "rpc-status": "kubectl",
  "served-certificates": "openssl",
};

const ours = "prints lines of our own script, which its test runs for real";

const untranscribed: Readonly<Record<string, string>> = {
  answer: "parses what the others hand it",
  "certificate-files": ours,
  cron: ours,
  "host-clock": "splits off a line of date, whose test runs it for real",
  "host-basics": ours,
  kubeconfig: ours,
  "process-starts": ours,
  "renewal-files": ours,
};

const unplayed: Readonly<Record<string, string>> = {
  answer: "parses what the others hand it",
};

/** Says which parsers have no counterpart below `folder`, and which reasons are not needed. */
function check(
  files: readonly Source[],
  folder: string,
  reasons: Readonly<Record<string, string>>,
): readonly string[] {
  return parsers(files).flatMap(({ path, name }) => {
    const program = reads[name] ?? name;
    const there = files.some((file) =>
      [`${folder}${program}/`, `${folder}${program}.ts`].some((one) => file.path.startsWith(one)),
    );
    if (there && name in reasons) {
      return [
        `${path}:1 is excepted below ${folder} but is there: remove it from test/tidy/programs.ts`,
      ];
    }
    return there || name in reasons
      ? []
      : [
          `${path}:1 parses ${program}, which is not in ${folder}: add it, or a reason in test/tidy/programs.ts`,
        ];
  });
}

function parsers(files: readonly Source[]): readonly { path: string; name: string }[] {
  return files.flatMap(({ path, text }) => {
    const name = /^src\/programs\/([\w-]+)\.ts$/.exec(path)?.[1];
    return name !== undefined && /^export function parse/m.test(text) ? [{ path, name }] : [];
  });
}

export const programRules = {
  check,
  withoutTranscript: (files: readonly Source[]) => check(files, "transcripts/", untranscribed),
  withoutTwin: (files: readonly Source[]) => check(files, "src/simulator/programs/", unplayed),
};
