// Listens to what a command line says to its hosts, and to what they answer.

import type { OpenCluster, Outside } from "../../src/cli/outside.ts";
import type { Command } from "../../src/core/command.ts";
import type { Outcome } from "../../src/core/outcome.ts";

export interface Said {
  readonly command: Command;
  readonly outcome: Outcome;
}

/** The same outside; everything that is said through it is added to `said`. */
export function listening(outside: Outside, said: Said[]): Outside {
  return {
    ...outside,
    openCluster: async (where, on) => {
      const cluster = await outside.openCluster(where, on);
      return { ...cluster, hosts: cluster.hosts.map((one) => heard(one, said)) };
    },
  };
}

function heard(one: OpenCluster["hosts"][number], said: Said[]): OpenCluster["hosts"][number] {
  const { host } = one;
  return {
    ...one,
    host: {
      name: host.name,
      run: async (command) => {
        const outcome = await host.run(command);
        said.push({ command, outcome });
        return outcome;
      },
      fetch: (fetch) => host.fetch(fetch),
    },
  };
}

/** What was said, by the command without what differs between two clusters, nodes and moments. */
export function byCommand(said: readonly Said[]): ReadonlyMap<string, readonly Outcome[]> {
  const groups = new Map<string, Outcome[]>();
  for (const { command, outcome } of said) {
    const key = plain(words(command.argv).join(" "));
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return groups;
}

/** A script of Drydock's by its name; what the fence lets through, after the fence. */
function words(argv: readonly string[]): readonly string[] {
  const [program, flag, , name = "", ...rest] = argv;
  if (program !== "sh" || flag !== "-c") return argv;
  const behind = { "drydock-fence": 2, "drydock-clock": 0 }[name];
  return behind === undefined ? [name, ...rest] : [name, ...words(rest.slice(behind))];
}

const values: readonly (readonly [RegExp, string])[] = [
  [/w\d{8}-\d{4}-\w+/g, "WINDOW"],
  [/\d{8}T\d{6}Z/g, "STAMP"],
  [/\b\d{13}\b/g, "INSTANT"],
  [/\b[0-9a-f]{12,}\b/g, "ID"],
  [/\b10(\.\d+){3}\b/g, "ADDRESS"],
  [/\bnode\d\b/g, "NODE"],
  [/operator-inventory-\w[\w-]*/g, "POD"],
  [/WINDOW \d+/g, "WINDOW EPOCH"],
  [/\S+@\S+$/g, "HOLDER"],
];

function plain(text: string): string {
  return values.reduce((so, [value, name]) => so.replace(value, name), text);
}
