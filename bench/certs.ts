/**
 * `npm run bench:certs`: `drydock certs` beside `ansible -m raw` and a shell loop, on the rig and
 * on a hundred hosts on the loopback interface. Everyone begins without a connection.
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { type Ran, RigError, run } from "../rig/command.ts";
import { sshDir } from "../rig/settings.ts";
import { savedSettings } from "../rig/status.ts";
import {
  ansible,
  ansibleAnswered,
  answerMark,
  type Contender,
  contest,
  drydockCerts,
  loopAnswered,
  type Standing,
  shellLoop,
  type Where,
} from "./certs/contest.ts";
import { moveAway } from "./certs/far.ts";
import { type LoopbackHosts, startLoopbackHosts } from "./certs/loopback.ts";
import { ratio, seconds, table } from "./measure.ts";
import { bench, drydockScript, loadNow, mustBeBuilt, publish } from "./results.ts";

const options = new Command("bench:certs")
  .option("--rounds <number>", "how often each is timed", Number, 3)
  .option("--hosts <number>", "how many loopback hosts, up to 250", Number, 100)
  .addOption(new Option("--only <where>", "one of the two").choices(["rig", "loopback"] as const))
  .parse()
  .opts();

const kubeadm = "kubeadm certs check-expiration";

// What somebody would type who has no kubeadm on the workers: the dates of the files that are
// there.
const openssl =
  "for f in /etc/kubernetes/pki/*.crt /etc/ssl/etcd/ssl/*[!y].pem /var/lib/kubelet/pki/*.crt /var/lib/kubelet/pki/*current.pem; do [ ! -e $f ] || openssl x509 -noout -subject -enddate -in $f; done";

const curve25519 = "KexAlgorithms curve25519-sha256";

/** From an operator's desk to a data centre on another continent. */
const roundTripMs = 100;

await bench(async () => {
  mustBeBuilt();
  const peer = await ansibleVersion();
  if (options.only !== "loopback") await onRig(peer);
  if (options.only !== "rig") await onLoopback(peer);
});

async function onRig(peer: string): Promise<void> {
  const loadBefore = loadNow();
  const settings = await savedSettings(process.env);
  const inventory = join(settings.runDir, "inventory.ini");
  if (!existsSync(inventory)) throw new RigError("The rig is not up: npm run rig -- up");
  const where = { inventory, sshConfig: join(sshDir(settings), "ssh_config") };
  const names = settings.nodes.map(({ name }) => name);
  const standings = await contest(
    [
      drydock(where),
      {
        name: `\`ansible all -m raw -a '${kubeadm}'\``,
        argv: ansible(where, kubeadm),
        answered: ansibleAnswered,
      },
      {
        name: `shell loop over \`ssh NODE ${kubeadm}\``,
        argv: shellLoop(where, names, kubeadm),
        answered: loopAnswered,
      },
      loginsAlone(where, names),
    ],
    { hosts: names.length, rounds: options.rounds },
  );
  const cluster = `${names.length} control plane nodes of the rig, Kubernetes ${settings.kubernetes}`;
  await report("certs-rig", { loadBefore, standings, against: [cluster, peer] });
}

async function onLoopback(peer: string): Promise<void> {
  const loadBefore = loadNow();
  const hosts = await startLoopbackHosts(options.hosts);
  try {
    const on = { hosts: hosts.names.length, rounds: options.rounds };
    const standings = await contest(onDefaults(hosts), on);
    const sshConfig = join(hosts.folder, "ssh_config_curve25519");
    await writeFile(sshConfig, `${curve25519}\n${await readFile(hosts.sshConfig, "utf8")}`);
    const { inventory } = hosts;
    const lighter = await contest(
      [
        drydock({ inventory, sshConfig }),
        loginsAlone({ inventory, sshConfig }, hosts.names),
        ansibleOpenssl({ inventory, sshConfig }),
      ],
      on,
    );
    const fromAway = await contestFromAway(hosts);
    const farm = `${options.hosts} sshd on 127.0.2.0/24 of this machine, each with a node's files (3 control plane, the others workers): what hosts do costs time here`;
    await report("certs-loopback", { loadBefore, standings, against: [farm, peer] }, [
      "",
      `With \`${curve25519}\` in everyone's ssh_config, as the default of this OpenSSH (sntrup761x25519) costs the client more than the rest of a login does:`,
      "",
      ...standingsTable(lighter),
      "",
      `With a round trip of ${roundTripMs} ms to each host and the defaults again, as an operator elsewhere has it; hosts' work still costs time here:`,
      "",
      ...standingsTable(fromAway),
    ]);
  } finally {
    await hosts.stop();
  }
}

async function contestFromAway(hosts: LoopbackHosts): Promise<readonly Standing[]> {
  const away = await moveAway(hosts, roundTripMs);
  const on = { hosts: hosts.names.length, rounds: options.rounds };
  return contest([drydock(away), ansibleOpenssl(away), ansibleOpenssl(away, 100)], on).finally(
    away.stop,
  );
}

function onDefaults(hosts: LoopbackHosts): readonly Contender[] {
  const many = Math.min(options.hosts, 100);
  return [
    drydock(hosts),
    {
      name: "`ansible all -m raw -a true`: connects, and reads nothing",
      argv: ansible(hosts, "true"),
      answered: ansibleAnswered,
    },
    {
      name: `the same with \`-f ${many}\``,
      argv: ansible(hosts, "true", many),
      answered: ansibleAnswered,
    },
    loginsAlone(hosts, hosts.names),
    ansibleOpenssl(hosts),
    {
      name: "shell loop over `ssh NODE`: the same openssl",
      argv: shellLoop(hosts, hosts.names, openssl),
      answered: loopAnswered,
    },
  ];
}

function ansibleOpenssl(where: Where, forks?: number): Contender {
  const many = forks === undefined ? "" : ` with \`-f ${forks}\``;
  return {
    name: `\`ansible all -m raw\`: \`openssl x509 -enddate\` of each file${many}`,
    argv: ansible(where, openssl, forks),
    answered: ansibleAnswered,
  };
}

/**
 * What nobody who logs in with OpenSSH is quicker than: logins alone, as many at once as Drydock
 * makes.
 */
function loginsAlone({ sshConfig }: Where, names: readonly string[]): Contender {
  const each = `ssh -F '${sshConfig}' "$0" true </dev/null && echo ${answerMark}`;
  const script = `printf '%s\\n' ${names.join(" ")} | xargs -P 24 -n 1 sh -c '${each.replaceAll("'", `'\\''`)}'`;
  return {
    name: "`ssh NODE true`, 24 at a time",
    argv: ["sh", "-c", script],
    answered: loopAnswered,
  };
}

function drydock(where: Where): Contender {
  return {
    name: "`drydock certs`",
    argv: drydockCerts(where, drydockScript),
    answered: drydockAnswered,
  };
}

/** Hosts of which it saw a certificate. The exit code tells how the certificates are. */
function drydockAnswered({ stdout }: Ran): number {
  const report: unknown = JSON.parse(stdout);
  const { nodes } = report as { nodes: readonly { certificates: readonly object[] }[] };
  return nodes.filter((node) => node.certificates.some((one) => "certificate" in one)).length;
}

async function report(
  part: string,
  of: {
    readonly loadBefore: string;
    readonly standings: readonly Standing[];
    readonly against: readonly string[];
  },
  more: readonly string[] = [],
): Promise<void> {
  await publish({
    bench: part,
    command: "npm run bench:certs",
    loadBefore: of.loadBefore,
    against: [...of.against, `${options.rounds} rounds, alternating, all connections new`],
    lines: [...standingsTable(of.standings), ...more],
  });
}

/** The first is Drydock's, and what the others are compared with. */
function standingsTable(standings: readonly Standing[]): readonly string[] {
  const own = standings[0]?.ms ?? 0;
  return table(
    ["what", "median", "least", "most", "drydock as a part of it"],
    standings.map(({ name, ms, times }) => [
      name,
      seconds(ms),
      seconds(Math.min(...times)),
      seconds(Math.max(...times)),
      ratio(own, ms),
    ]),
  );
}

async function ansibleVersion(): Promise<string> {
  const ran = await run(["ansible", "--version"], { timeoutMs: 30_000 });
  const [first = ""] = ran.stdout.split("\n");
  if (ran.code === 0) return `${first.replace(/[[\]]/g, "")}, its defaults`;
  throw new RigError("ansible is missing: apt-get install --no-install-recommends ansible-core");
}
