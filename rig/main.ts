/** The rig: a real cluster on this machine for Drydock's tests. `npm run rig -- --help`. */
import { fileURLToPath } from "node:url";
import { Command, Option } from "@commander-js/extra-typings";
import { RigError } from "./command.ts";
import { down } from "./down.ts";
import { takeLock } from "./lock.ts";
import { say } from "./progress.ts";
import { record } from "./record.ts";
import {
  defaultSettings,
  defaultVersions,
  type Endpoint,
  type EtcdWay,
  endpoints,
  etcdWays,
  type Settings,
  settingsFrom,
} from "./settings.ts";
import { openShell } from "./shell.ts";
import { savedSettings, status } from "./status.ts";
import { up } from "./up.ts";

const standinSource = fileURLToPath(new URL("standin", import.meta.url));
const transcriptsDir = fileURLToPath(new URL("../transcripts", import.meta.url));

// Debian's PATH for root over sudo or in CI may lack the folders of haproxy, ip and debootstrap.
process.env.PATH = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;

const program = new Command("rig")
  .description("A real Kubernetes control plane in nspawn machines, laid out as kubespray does.")
  .enablePositionalOptions()
  .showHelpAfterError();

function versioned<T extends string>(name: T, summary: string) {
  const v = defaultVersions;
  return new Command(name)
    .description(summary)
    .addOption(
      new Option("--control-plane <count>", "control plane nodes")
        .choices(["1", "3"] as const)
        .default("3" as const),
    )
    .option("--kubernetes <version>", "Kubernetes version", v.kubernetes)
    .option("--etcd <version>", "etcd version", v.etcd)
    .option("--cri-tools <version>", "version of crictl", v.criTools)
    .option("--kube-vip <version>", "version of kube-vip, where it is the endpoint", v.kubeVip)
    .addOption(
      new Option("--etcd-as <what>", "a service, as kubespray has it, or kubeadm's static pod")
        .choices(etcdWays)
        .default("service" as const),
    )
    .addOption(
      new Option("--endpoint <what>", "what stands before the API servers")
        .choices(endpoints)
        .default("haproxy" as const),
    );
}

interface VersionOptions {
  readonly controlPlane: string;
  readonly kubernetes: string;
  readonly etcd: string;
  readonly criTools: string;
  readonly kubeVip: string;
  readonly etcdAs: EtcdWay;
  readonly endpoint: Endpoint;
}

function wanted(options: VersionOptions): Settings {
  return settingsFrom({ ...options, controlPlane: Number(options.controlPlane) }, process.env);
}

program.addCommand(
  versioned(
    "up",
    "Bring the cluster up, anew if there is one; warm caches make it about a minute.",
  ).action(async (options) => {
    await up(wanted(options), { standinSource });
    process.stdout.write(await status(await savedSettings(process.env)));
  }),
);

program
  .command("reset")
  .description("Put a used cluster back to its fresh state: takes it away and makes it anew.")
  .action(async () => up(await savedSettings(process.env), { standinSource }));

program
  .command("down")
  .description("Take the cluster away; nothing stays running or mounted, the cache stays.")
  .action(async () => {
    // It needs to know nothing of the cluster, whose cluster.json may be torn.
    const settings = defaultSettings(process.env);
    takeLock();
    await down(settings);
    say("down");
  });

program
  .command("status")
  .description("What runs: machines, nodes, versions, and the paths that Drydock needs.")
  .action(async () => {
    process.stdout.write(await status(await savedSettings(process.env)));
  });

program
  .command("ssh")
  .description("A shell on a node, or one command.")
  .argument("<node>", "node1, node2, ...")
  .argument("[command...]", "what to run instead of a shell")
  .passThroughOptions()
  .action(async (name, command) => {
    process.exitCode = await openShell(await savedSettings(process.env), name, command);
  });

program
  .command("record")
  .description("Run the list in rig/recordings.ts on the cluster and write transcripts/.")
  .option("--only <text>", "only those whose program/name contains this", "")
  .action(async (options) => {
    await record(await savedSettings(process.env), { into: transcriptsDir, only: options.only });
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof RigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
