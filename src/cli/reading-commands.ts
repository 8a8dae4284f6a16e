// The commands that look at a cluster, and the one that writes the configuration to find it with.

import type { Command } from "@commander-js/extra-typings";
import { defaultThresholds } from "../cluster/certificate-status.ts";
import { quote } from "../core/command.ts";
import { examples } from "./help-text.ts";
import { chains, type Done, noChain, onCluster, whole } from "./options.ts";
import { jsonLine } from "./views/json.ts";

export function addReading(program: Command, done: Done): void {
  addCerts(program, done);
  addSurvey(program, done);
  addLeases(program, done);
  addInit(program, done);
}

function addCerts(program: Command, done: Done): void {
  const days = (text: string) => whole(text, { unit: "days", min: 0, max: 36_500 });
  program.addCommand(
    onCluster("certs", "Every certificate of every node, beside what is actually served")
      .option("--warn <days>", "warn when less is left", days, defaultThresholds.warnDays)
      .option(
        "--critical <days>",
        "critical when less is left",
        days,
        defaultThresholds.criticalDays,
      )
      .addHelpText(
        "after",
        examples("certs", [
          ["-i inventory.ini", "exit code 0 fine, 1 warning, 2 critical"],
          ["-i inventory.ini --warn 60 --json", "for a monitor"],
        ]),
      )
      .action((flags) =>
        done(flags, async (outside) => {
          const { certsCommand } = await import("./certs.ts");
          return certsCommand(outside, flags, flags);
        }),
      ),
  );
}

function addSurvey(program: Command, done: Done): void {
  program.addCommand(
    onCluster("survey", "The whole cluster at one look; reads only")
      .addOption(chains)
      .addOption(noChain)
      .addHelpText("after", examples("survey", [["-i inventory.ini --json", "all facts"]]))
      .action((flags) =>
        done(flags, async (outside) => {
          const { surveyCommand } = await import("./survey.ts");
          return surveyCommand(outside, flags, flags);
        }),
      ),
  );
}

function addInit(program: Command, done: Done): void {
  program.addCommand(
    onCluster("init", "Write drydock.yaml from an inventory")
      .addHelpText(
        "after",
        examples("init", [["-i inventory.ini --cluster prod", "never overwrites"]]),
      )
      .action((flags) =>
        done(flags, async (outside) => {
          const path = await outside.initConfig(flags);
          outside.terminal.out(
            flags.json
              ? jsonLine({ path })
              : `Wrote ${path}. Next: drydock certs${flags.config === undefined ? "" : ` --config ${quote(flags.config)}`}\n`,
          );
          return 0;
        }),
      ),
  );
}

function addLeases(program: Command, done: Done): void {
  program.addCommand(
    onCluster(
      "leases",
      "Leases on the chain, on the cluster and at work, and how long they would wait",
    )
      .addOption(chains)
      .addOption(noChain)
      .option("--watch", "look again every few seconds, until Ctrl-C", false)
      .addHelpText(
        "after",
        examples("leases", [
          ["-i inventory.ini", "exit code 0 all agree, 5 not, 6 not known"],
          ["-i inventory.ini --chain https://api.akashnet.net", "another endpoint"],
          ["-i inventory.ini --no-chain --json", "without the internet, for scripts"],
          ["-i inventory.ini --watch", "counts down while something is not well"],
        ]),
      )
      .action((flags) =>
        done(flags, async (outside) => {
          const { leasesCommand } = await import("./leases.ts");
          return leasesCommand(outside, flags, flags);
        }),
      ),
  );
}
