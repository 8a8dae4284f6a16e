// Bad input at the command line, with the built program as a process of its own: one clear message,
// an exit code of its own kind, and nothing contacted or changed.

import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { unfinishedWindow } from "../src/cli/unfinished.ts";
import { planVersion } from "../src/core/plan.ts";
import { openJournal } from "../src/disk/journal.ts";
import { realOutside } from "../src/real-outside.ts";
import { freePort, noSshd, startSshd } from "../src/ssh/loopback-sshd.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drydock-cli-"));
});

afterEach(() => {
  const sockets = readdirSync(folder).filter((name) => name.startsWith("drydock-"));
  rmSync(folder, { recursive: true, force: true });
  expect(sockets, "a folder for ssh's sockets was left behind").toEqual([]);
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function drydock(...words: readonly string[]): Promise<Ran> {
  return begin(words).ended;
}

function begin(
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
): {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
} {
  const program = join(import.meta.dirname, "../dist/drydock.js");
  const own = { DRYDOCK_STATE: join(folder, "state"), XDG_RUNTIME_DIR: folder, ...more };
  const options = { cwd: folder, env: { ...process.env, ...own } };
  let end: (ran: Ran) => void = () => undefined;
  const ended = new Promise<Ran>((resolve) => {
    end = resolve;
  });
  const all = [program, ...words];
  const child = execFile(process.execPath, all, options, (error, stdout, stderr) => {
    const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
    end({ code, stdout, stderr });
  });
  return { child, ended };
}

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const id = "w20261122-0301-aaaa";
const inventory = "[kube_control_plane]\nnode1 ansible_host=127.0.0.1 ansible_port=1\n";

const step = { key: "a@node1", step: "stop-provider", host: "node1", goal: {} };
const plan = {
  version: planVersion,
  purpose: "rotation",
  cluster: "prod",
  lockHosts: ["node1"],
  steps: [step],
} as const;
const planned = { kind: "planned", window: id, plan } as const;

/**
 * Of a window that stands at its first step, or was planned and never had the lock, or is closed.
 */
async function writeJournal({
  version = planVersion,
  window = id,
  stands = "begun",
  cluster = "prod",
}: {
  version?: number;
  window?: string;
  stands?: "planned" | "begun" | "closed";
  cluster?: string;
} = {}): Promise<string> {
  write("inventory.ini", inventory);
  const place = join(folder, "state", cluster, window);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const file = join(place, "journal.jsonl");
  const journal = await openJournal(file);
  // As a file holds it, which may be another's.
  const written = { ...planned, window, plan: { ...plan, version: version as typeof planVersion } };
  await journal.append(1, written);
  if (stands !== "planned") {
    await journal.append(2, { kind: "opened", epoch: 1, holder: "root@here" });
    await journal.append(3, { kind: "began", key: "a@node1" });
  }
  if (stands === "closed") await journal.append(4, { kind: "closed", how: "completed" });
  await journal.close();
  return file;
}

describe("an inventory that cannot be used", () => {
  test.each([
    [
      "that is not there",
      "",
      "nowhere.ini",
      exitCodes.noInventory,
      "nowhere.ini: there is no such file",
    ],
    [
      "with a broken INI line",
      "[kube_control_plane]\nnode1 ansible_host=10.0.0.1\n[etcd\nnode1\n",
      "inventory.ini",
      exitCodes.brokenInventory,
      "inventory.ini:3",
    ],
    [
      "with a broken YAML line",
      "all:\n  hosts:\n    node1: {ansible_host: 10.0.0.1\n  children: x\n",
      "hosts.yaml",
      exitCodes.brokenInventory,
      "hosts.yaml:",
    ],
    [
      "that begins as JSON does",
      "{\n",
      "hosts.yaml",
      exitCodes.brokenInventory,
      "hosts.yaml: it begins as JSON does, with {, and is none: ",
    ],
    [
      "with an unknown group",
      "[kube_control_plane]\nnode1 ansible_host=10.0.0.1\n[etcd:children]\nkube_controlplane\n",
      "inventory.ini",
      exitCodes.brokenInventory,
      "inventory.ini:4",
    ],
    [
      "without a control plane",
      "[kube_node]\nnode1 ansible_host=10.0.0.1\n",
      "inventory.ini",
      exitCodes.brokenInventory,
      "kube_control_plane",
    ],
  ])("%s is named with its line, and changes nothing", async (_, text, name, code, says) => {
    if (text !== "") write(name, text);
    const ran = await drydock("run", "--yes", "-i", name);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).toContain(says);
    expect(ran.stderr).toContain("Nothing was changed.");
    expect(ran.stderr).not.toMatch(/\bat .*\.js:/);
  });

  test("is said in JSON too, where that is asked for", async () => {
    const ran = await drydock("run", "--yes", "--json", "-i", "nowhere.ini");
    expect(JSON.parse(ran.stdout)).toMatchObject({
      kind: "refused",
      exit: "noInventory",
      message: "nowhere.ini: there is no such file",
      remedy: expect.stringContaining("Nothing was changed."),
    });
    for (const words of ["-- sh --json", "sh --json", "sh -i inventory.ini --json"]) {
      const held = await drydock("hold", "-i", "nowhere.ini", ...words.split(" "));
      expect([held.code, held.stdout]).toEqual([exitCodes.noInventory, ""]);
      expect(held.stderr).toContain("nowhere.ini: there is no such file");
    }
  });

  test("is asked for when there is neither one nor a drydock.yaml", async () => {
    const ran = await drydock("certs");
    expect(ran.code).toBe(exitCodes.noInventory);
    expect(ran.stderr).toContain("drydock init --inventory FILE");
  });
});

describe("Ctrl-C", () => {
  const refusal = {
    ...{ kind: "refused", exit: "interrupted" },
    ...{ message: "Interrupted", remedy: "Nothing was changed." },
  };

  test.each([
    ["survey", ""],
    ["certs", ""],
    ["plan", ""],
    ["run --yes", ""],
    ["plan --json", `${JSON.stringify(refusal)}\n`],
    ["run --yes --json", `${JSON.stringify(refusal)}\n`],
  ])(
    "ends %s at once while hosts are waited for, since no window is at work",
    async (words, stdout) => {
      // Takes connections, and never says a word.
      const silent = createServer(() => undefined);
      await once(silent.listen(0, "127.0.0.1"), "listening");
      const address = silent.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const contacted = once(silent, "connection");
      write(
        "inventory.ini",
        `[kube_control_plane]\nnode1 ansible_host=127.0.0.1 ansible_port=${port}\n[etcd]\nnode1\n`,
      );
      const running = begin([...words.split(" "), "-i", "inventory.ini"]);
      const [connection] = await contacted;
      running.child.kill("SIGINT");
      expect(await running.ended).toMatchObject({
        code: exitCodes.interrupted,
        stdout,
        stderr: "\nInterrupted. Nothing was changed.\n",
      });
      connection.destroy();
      silent.close();
    },
  );
});

test("Ctrl-C ends a watch in JSON with its last look: it has told all that it has to tell", async () => {
  const running = begin(["leases", "--watch", "--json", "--simulated"]);
  running.child.stdout?.once("data", () => running.child.kill("SIGINT"));
  const { code, stdout } = await running.ended;
  expect(code).toBe(exitCodes.interrupted);
  const looks = stdout.trimEnd().split("\n");
  expect(looks.map((one) => Object.keys(JSON.parse(one))[0])).toEqual(looks.map(() => "readAt"));
});

describe("a bug", () => {
  test("is told in JSON too, where that is asked for", async () => {
    write("inventory.ini", inventory);
    // What cannot happen, before anything else does.
    const torn = "process.cwd=()=>{throw%20new%20TypeError('torn')}";
    const more = { NODE_OPTIONS: `--import=data:text/javascript,${torn}` };
    const ran = await begin(["plan", "--json", "-i", "inventory.ini"], more).ended;
    expect([ran.code, ran.stderr]).toEqual([
      exitCodes.bug,
      expect.stringMatching(/^TypeError: torn\n.*This is a bug in Drydock\.\n$/s),
    ]);
    const remedy = "This is a bug in Drydock.";
    expect(JSON.parse(ran.stdout)).toEqual({
      ...{ kind: "refused", exit: "bug", message: "torn", remedy },
    });
    expect((await begin(["plan", "-i", "inventory.ini"], more).ended).stdout).toBe("");
  });
});

describe("init", () => {
  test("writes a drydock.yaml that is found again, and never overwrites it", async () => {
    write("inventory.ini", "[kube_control_plane]\nnode1 ansible_host=127.0.0.1 ansible_port=1\n");
    expect((await drydock("init", "-i", "inventory.ini", "--cluster", "prod")).code).toBe(0);
    const before = readFileSync(join(folder, "drydock.yaml"), "utf8");
    expect(before).toContain("prod:");
    const again = await drydock("init", "-i", "inventory.ini", "--cluster", "other");
    expect(again.code).toBe(exitCodes.brokenInventory);
    expect(readFileSync(join(folder, "drydock.yaml"), "utf8")).toBe(before);
    const found = await drydock("plan");
    expect(found.code).toBe(exitCodes.refused);
  });
});

test("init names the file that it cannot write, as a configuration that cannot be used", async () => {
  write("inventory.ini", "[kube_control_plane]\nnode1 ansible_host=127.0.0.1\n");
  const ran = await drydock("init", "-i", "inventory.ini", "--config", "nowhere/drydock.yaml");
  expect(ran.code).toBe(exitCodes.brokenInventory);
  expect(ran.stderr).toMatch(/^nowhere\/drydock\.yaml: ENOENT.*\nMend its folder; --config FILE/);
});

describe("usage", () => {
  test.each([
    [["no-such-command"]],
    [["run", "--no-such-option"]],
    [["run", "--restart", "some"]],
    [["hold"]],
  ])("%j is refused with the usage code", async (words) => {
    const ran = await drydock(...words);
    expect(ran.code).toBe(exitCodes.usage);
    expect(ran.stderr).toContain("error:");
  });

  test.each([
    ["certs --simulated --json --warn abc", "A number of days, from 0 to 36500."],
    ["certs --json --no-such-option", "unknown option '--no-such-option'"],
    ["hold --json", "missing required argument 'command'"],
    ["no-such-command --json", "unknown command 'no-such-command'"],
  ])("`%s` is refused in JSON too", async (words, says) => {
    const ran = await drydock(...words.split(" "));
    expect(ran.code).toBe(exitCodes.usage);
    expect(JSON.parse(ran.stdout)).toEqual({
      kind: "refused",
      exit: "usage",
      message: expect.stringContaining(says),
      remedy: "drydock --help shows the commands.",
    });
    expect(ran.stderr).toContain(`error: ${says.startsWith("A") ? "option '--warn" : says}`);
  });

  test.each(["--chain https://api.example --no-chain", "--no-chain --chain https://api.example"])(
    "%s contradict each other",
    async (words) => {
      for (const command of ["plan", "leases", "survey", "abandon", "provider start"]) {
        const ran = await drydock(...command.split(" "), "-i", "nowhere.ini", ...words.split(" "));
        expect([command, ran.code]).toEqual([command, exitCodes.usage]);
        expect(ran.stderr).toContain("--chain and --no-chain are given together");
      }
    },
  );

  test.each([
    ["certs -i inventory.ini --inventory-cmd cat", "--inventory and --inventory-cmd are given"],
    ["plan -i inventory.ini --config drydock.yaml", "--inventory and --config are given together"],
    ["status -i inventory.ini --cluster a/b", '--cluster: "a/b" cannot be the name of a cluster'],
    ["init", "drydock init needs an inventory"],
  ])("`%s` is refused with the usage code", async (words, says) => {
    write("inventory.ini", "[kube_control_plane]\nnode1 ansible_host=127.0.0.1 ansible_port=1\n");
    const ran = await drydock(...words.split(" "));
    expect([ran.code, ran.stdout]).toEqual([exitCodes.usage, ""]);
    expect(ran.stderr).toContain(`the command line: ${says}`);
  });

  test.each([
    ["--state", ["status", "-i", "inventory.ini", "--state", ""]],
    ["--state", ["status", "-i", "inventory.ini", "--state="]],
    ["--inventory", ["certs", "-i", ""]],
    ["--inventory", ["certs", "--inventory="]],
    ["--inventory-cmd", ["certs", "--inventory-cmd", " "]],
    ["--config", ["certs", "--config", ""]],
    ["--ssh-config", ["certs", "-i", "inventory.ini", "--ssh-config", ""]],
    ["--state", ["demo", "--kill", "--state", ""]],
    ["--cluster", ["status", "-i", "inventory.ini", "--cluster", ""]],
    ["--break-lock", ["abandon", "--simulated", "--break-lock", ""]],
  ])("an empty %s is refused in %j", async (option, words) => {
    write("inventory.ini", "[kube_control_plane]\nnode1 ansible_host=127.0.0.1 ansible_port=1\n");
    const ran = await drydock(...words);
    expect([ran.code, ran.stdout]).toEqual([exitCodes.usage, ""]);
    expect(ran.stderr).toMatch(new RegExp(`^error: option '.*${option} .*It is empty\\.`));
  });

  test.each([
    ["certs -i nowhere.ini --fresh", "--simulated"],
    ["demo --fresh", "--kill"],
    ["demo --fault kill --fresh", "--kill"],
  ])("`%s` is refused without %s", async (words, needs) => {
    const ran = await drydock(...words.split(" "));
    expect([ran.code, ran.stdout]).toEqual([exitCodes.usage, ""]);
    expect(ran.stderr).toContain(`--fresh is given without ${needs}`);
  });

  test("run without --yes and without a terminal refuses before it contacts anything", async () => {
    write("inventory.ini", "[kube_control_plane]\nnode1 ansible_host=127.0.0.1 ansible_port=1\n");
    const ran = await drydock("run", "-i", "inventory.ini");
    expect(ran.code).toBe(exitCodes.usage);
    expect(ran.stderr).toContain("--yes");
  });

  test("a --chain that is no address is refused before anything is contacted", async () => {
    write("inventory.ini", "[kube_control_plane]\nnode1 ansible_host=127.0.0.1 ansible_port=1\n");
    const ran = await drydock("plan", "-i", "inventory.ini", "--chain", "ftp://nowhere");
    expect(ran.code).toBe(exitCodes.usage);
    expect(ran.stderr).toContain("--chain: ");
  });

  test("a --chain that is no address is refused of a simulated cluster, too", async () => {
    const ran = await drydock("plan", "--simulated", "--chain", "foo");
    expect([ran.code, ran.stdout]).toEqual([exitCodes.usage, ""]);
    expect(ran.stderr).toContain('--chain: "foo" is not an address');
  });

  test.skipIf(!existsSync("/proc/self"))(
    "a --state where no folder can be made is refused",
    async () => {
      const ran = await drydock("run", "-y", "--simulated", "--state", "/proc/x");
      expect([ran.code, ran.stdout]).toEqual([exitCodes.journal, ""]);
      expect(ran.stderr).toMatch(/cannot be kept there: ENOENT: .*'\/proc\/x'\n.*--state FOLDER/);
    },
  );

  test.each(["certs", "plan", "run", "status", "abandon", "hold", "init", "survey"])(
    "%s --help shows an example, and fits into 80 columns",
    async (command) => {
      const ran = await drydock(command, "--help");
      expect(ran.code).toBe(0);
      expect(ran.stdout).toContain(`drydock ${command} -i inventory.ini`);
      expect(ran.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    },
  );
});

test.each([
  ["backup", ["etcd", "certs"]],
  ["provider", ["stop", "status", "start"]],
])("%s --help shows an example of each of its commands", async (command, verbs) => {
  const ran = await drydock(command, "--help");
  expect(ran.code).toBe(0);
  for (const verb of verbs) {
    expect(ran.stdout).toContain(`drydock ${command} ${verb} -i inventory.ini`);
  }
  expect(ran.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

describe("a number that is none", () => {
  test.each([
    ["certs --warn abc", "--warn"],
    ["certs --warn -5", "--warn"],
    ["certs --critical 1.5", "--critical"],
    ["certs --warn 5 --critical 6", "--critical 6 is more than --warn 5"],
    ["provider start --replicas abc", "--replicas"],
    ["provider start --replicas 0", "A number of replicas, from 1 to 100."],
    ["run --yes --watch 1e9", "--watch"],
  ])("is refused in `%s`", async (words, says) => {
    const inventory = write(
      "inventory.ini",
      "[kube_control_plane]\nnode1 ansible_host=127.0.0.1\n",
    );
    const ran = await drydock(...words.split(" "), "-i", inventory);
    expect([ran.code, ran.stdout]).toEqual([exitCodes.usage, ""]);
    expect(ran.stderr).toContain(says);
  });
});

describe("a journal", () => {
  const here = ["-i", "inventory.ini", "--cluster", "prod"];

  function damage(file: string): void {
    writeFileSync(file, readFileSync(file, "utf8").replace('"epoch":1', '"epoch":2'));
  }

  test("with a damaged line is refused with its number, by every command that may change something", async () => {
    const file = await writeJournal();
    damage(file);
    const commands = ["run --yes", "abandon", "provider stop", "provider start", "backup certs"];
    for (const words of [...commands, `abandon --break-lock ${id}`, "hold true"]) {
      const [first = "", ...more] = words.split(" ");
      const ran = await drydock(
        ...(first === "hold" ? [first, ...here, ...more] : [first, ...more, ...here]),
      );
      expect([words, ran.code, ran.stdout]).toEqual([words, exitCodes.journal, ""]);
      expect(ran.stderr).toMatch(/^\S+journal\.jsonl:3: it was changed/);
      expect(ran.stderr).toContain("Restore the file from a copy");
      expect(ran.stderr).toContain("\nNothing was changed.");
    }
  }, 60_000);

  test("with a damaged line keeps nobody from looking, and what it may hide is said", async () => {
    const file = await writeJournal();
    damage(file);
    const going = `journal.jsonl:3: it was changed after it was written (its hash differs). Going on; whether window ${id} is open is not known.`;
    const survey = await drydock("survey", ...here);
    expect(survey.stderr.split("\n")[0]).toContain(going);
    expect(survey.stdout).toContain("A window could not begin now:");
    expect(survey.stdout).toMatch(/blocked.* prod: whether window \S+ is open is not known: /);
    const json = JSON.parse((await drydock("survey", "--json", ...here)).stdout);
    expect(json.blockers[0]).toMatchObject({ kind: "journal", where: "prod" });
    // These ask a host, and none answers here.
    for (const words of ["plan", "rehearse", "leases", "provider status"]) {
      const ran = await drydock(...words.split(" "), ...here);
      expect([words, ran.code]).toEqual([words, exitCodes.refused]);
      expect(ran.stderr).toContain(going);
    }
    expect((await drydock("certs", ...here)).stderr).not.toContain(going);
  }, 60_000);

  test("that is damaged is shown by status beside the newest that is whole", async () => {
    damage(await writeJournal());
    const alone = await drydock("status", ...here);
    expect(alone.code).toBe(exitCodes.journal);
    expect(alone.stdout).toMatch(new RegExp(`^Whether window ${id} is open is not known: `));
    await writeJournal({ window: "w20261123-0301-bbbb", stands: "closed" });
    const beside = await drydock("status", ...here);
    expect(beside.code).toBe(exitCodes.journal);
    expect(beside.stdout).toMatch(
      /^prod: window w20261123-0301-bbbb .*It is completed\.\nWhether window /s,
    );
    await writeJournal({ window: "w20261124-0301-cccc" });
    const open = await drydock("status", "--json", ...here);
    expect(open.code).toBe(exitCodes.stopped);
    expect(JSON.parse(open.stdout)).toMatchObject({
      window: "w20261124-0301-cccc",
      unread: [{ window: id, because: expect.stringContaining("journal.jsonl:3: ") }],
    });
  });

  test("that is damaged is moved aside with the command that is shown", async () => {
    const file = await writeJournal();
    damage(file);
    const { stderr } = await drydock("run", "--yes", ...here);
    const told = stderr.split("\n").slice(1);
    expect(told).toEqual([
      "Restore the file from a copy. Without one:",
      expect.stringMatching(/^1\. Move the window's folder aside: mv \S+ \S+$/),
      "2. See what it has left on the cluster: drydock survey --inventory inventory.ini --cluster prod",
      `3. If a host's lock is still held by it: drydock abandon --break-lock ${id} --inventory inventory.ini --cluster prod`,
      "Nothing was changed.",
      "",
    ]);
    const move = told[1]?.replace(/.*: /, "") ?? "";
    expect(spawnSync("sh", ["-c", move]).status).toBe(0);
    expect((await drydock("status", ...here)).stdout).toContain("prod: no window yet in ");
  });

  test("of a newer Drydock is no damage: its folder is to stay where it is", async () => {
    const file = await writeJournal();
    writeFileSync(file, '{"journal":"drydock","version":2}\n');
    const ran = await drydock("run", "--yes", ...here);
    expect(ran.code).toBe(exitCodes.journal);
    expect(ran.stderr).toContain("was written by a newer Drydock");
    expect(ran.stderr).toContain("Do not move the folder.");
    expect(ran.stderr).not.toContain("mv ");
  });

  test("that is lost beside backups is refused, and one that was never begun is not", async () => {
    write("inventory.ini", inventory);
    const place = join(folder, "state", "prod", id);
    mkdirSync(place, { recursive: true });
    const none = await drydock("status", ...here);
    expect([none.code, none.stderr]).toEqual([0, ""]);
    writeFileSync(join(place, "etcd-snapshot.db"), "");
    expect((await drydock("status", ...here)).code).toBe(exitCodes.journal);
    const ran = await drydock("run", "--yes", ...here);
    expect(ran.code).toBe(exitCodes.journal);
    expect(ran.stderr).toContain(
      "journal.jsonl: it is not there, and beside it lies etcd-snapshot.db",
    );
    expect(ran.stderr).toContain("1. Move the window's folder aside: mv ");
  });

  test("that is nowhere: status says where it looked, and what is open beside it", async () => {
    damage(await writeJournal({ cluster: "broken" }));
    await writeJournal({ cluster: "lab", window: "w20261123-0301-bbbb" });
    await writeJournal({ cluster: "done", stands: "closed" });
    const ran = await drydock("status", ...here);
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toBe(
      `prod: no window yet in ${join(folder, "state", "prod")}\n` +
        "Open windows there: broken (cannot be read), lab\n" +
        "If one of these is meant: --cluster NAME\n",
    );
    expect((await drydock("status", ...here, "--json")).stdout).toBe("null\n");
  });

  test("has a place only once a window is begun: a look makes no folder, nor needs one", async () => {
    write("inventory.ini", inventory);
    for (const state of [join(folder, "not", "yet"), "/proc/not/yet"]) {
      const ran = await drydock("survey", ...here, "--state", state);
      expect([state, ran.code]).toEqual([state, exitCodes.refused]);
    }
    expect(existsSync(join(folder, "not"))).toBe(false);
  });

  test("has no place where the state folder is a link that leads nowhere", async () => {
    write("inventory.ini", inventory);
    symlinkSync(join(folder, "unmounted"), join(folder, "link"));
    for (const words of ["status", "run --yes", "leases"]) {
      const ran = await drydock(...words.split(" "), ...here, "--state", join(folder, "link"));
      expect([words, ran.code, ran.stdout]).toEqual([words, exitCodes.journal, ""]);
      expect(ran.stderr).toMatch(/link: it is a link that leads nowhere\nA window may be open/);
    }
    write("list.json", JSON.stringify({ kube_control_plane: { hosts: ["127.0.0.1"] } }));
    const asked = ["--inventory-cmd", "cat list.json", "--state", join(folder, "link")];
    const ran = await drydock("run", "--yes", ...asked);
    expect([ran.code, ran.stderr]).toEqual([
      exitCodes.journal,
      expect.stringContaining("link: it is a link that leads nowhere"),
    ]);
  });

  test.each([
    ["status", "-i", "inventory.ini"],
    ["status", "--simulated"],
  ])("has no place where DRYDOCK_STATE is relative: %s %s", async (...words) => {
    write("inventory.ini", inventory);
    const ran = await begin(words, { DRYDOCK_STATE: "state" }).ended;
    expect([ran.code, ran.stdout]).toEqual([exitCodes.usage, ""]);
    expect(ran.stderr).toMatch(/^DRYDOCK_STATE: "state" is relative: .*\n.*--state FOLDER/);
    const given = await begin([...words, "--state", "here"], { DRYDOCK_STATE: "state" }).ended;
    expect(given.code).toBe(0);
  });

  test("of a cluster that was called by no name of its own is pointed out to who asks by a command", async () => {
    await writeJournal({ cluster: "cluster" });
    writeFileSync(join(folder, "ansible-inventory"), "cat list.json\n");
    write(
      "list.json",
      JSON.stringify({
        kube_control_plane: { hosts: ["127.0.0.1"] },
        all: { vars: { ansible_port: 1 } },
      }),
    );
    const command = "sh ./ansible-inventory -i inventory/lab/hosts.yaml --list";
    const status = await drydock("status", "--inventory-cmd", command);
    expect(status.stdout).toContain("lab: no window yet in ");
    expect(status.stdout).toContain("Open windows there: cluster\n");
    const ran = await drydock("run", "--yes", "--inventory-cmd", command);
    expect(ran.stderr).toMatch(
      /^\S+cluster: a window is open there, or may be, and this cluster is called lab\..*: --cluster cluster\n/,
    );
    const named = await drydock("status", "--inventory-cmd", command, "--cluster", "cluster");
    expect(named.stdout).toContain("at     a@node1");
  });

  test("that cannot be written half-way says that nothing more is done, and what to run", async () => {
    write("inventory.ini", inventory);
    const where = { inventory: join(folder, "inventory.ini"), state: join(folder, "the state") };
    const cluster = await realOutside(() => false).openCluster(where, { connect: "none" });
    const { journal, release } = await cluster.createWindow(id, plan);
    await journal.append(1, planned);
    await release();
    await expect(journal.append(2, { kind: "abandoned" })).rejects.toMatchObject({
      exit: "journal",
      remedy: expect.stringMatching(
        /Nothing more was changed.*\nTo see how: drydock status --inventory \S+ --state '.*the state'$/,
      ),
    });
    await cluster.close();
  });

  test("has no place where --state is no folder, which is said", async () => {
    write("inventory.ini", inventory);
    const state = write("file", "");
    for (const command of ["status", "run"]) {
      const words = [command, "-i", "inventory.ini", "--state", `${state}/x`];
      const ran = await drydock(...words, ...(command === "run" ? ["--yes"] : []));
      expect([command, ran.code]).toEqual([command, exitCodes.journal]);
      expect(ran.stderr).toMatch(/: ENOTDIR: .*\n.*--state FOLDER/);
    }
  });

  test("of another version's plan is shown, and not gone on with", async () => {
    await writeJournal({ version: 1 });
    const where = ["-i", "inventory.ini", "--cluster", "prod"];
    const outside = realOutside(() => false);
    const place = { inventory: join(folder, "inventory.ini"), state: join(folder, "state") };
    const cluster = await outside.openCluster({ ...place, cluster: "prod" }, { connect: "none" });
    await expect(unfinishedWindow(outside, cluster, "rotation")).rejects.toMatchObject({
      exit: "journal",
      message: expect.stringContaining("another version of Drydock has planned it"),
      remedy: expect.stringContaining("drydock abandon"),
    });
    await cluster.close();
    const status = await drydock("status", ...where);
    expect(status.stdout).toContain("at     a@node1");
    expect(status.stdout).toContain("To close it early");
    expect(status.stdout).not.toContain("To go on");
  });

  test("with a torn last line is read without it, and left as it is", async () => {
    const file = await writeJournal();
    const torn = `${readFileSync(file, "utf8")}{"seq":3,"at`;
    writeFileSync(file, torn);
    const ran = await drydock("status", "-i", "inventory.ini", "--cluster", "prod");
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.stdout).toContain("at     a@node1");
    expect(ran.stdout).toContain("drydock run");
    expect(readFileSync(file, "utf8")).toBe(torn);
  });
});

describe.skipIf(noSshd !== undefined)(`a host over ssh ${noSshd ?? ""}`, () => {
  function inventoryFor(port: number): string {
    const host = `node1 ansible_host=127.0.0.1 ansible_port=${port}`;
    return write("inventory.ini", `[kube_control_plane]\n${host}\n`);
  }

  test("that refuses gives survey and certs its exit code, and what to do", async () => {
    for (const command of ["survey", "certs"]) {
      const ran = await drydock(command, "-i", inventoryFor(1));
      expect([command, ran.code]).toEqual([command, exitCodes.refused]);
      expect(ran.stderr).toMatch(/^node1 .*refused the connection\nSee that sshd runs on node1 /);
      if (command === "survey") {
        expect(ran.stdout).toMatch(
          /blocked.* node1: 127\.0\.0\.1:1 refused the connection\n +See that sshd runs on node1 /,
        );
      }
    }
  });

  test("that refuses is told once, with what to do, beside one that answers", async () => {
    const sshd = await startSshd();
    try {
      const inventory = write(
        "two.ini",
        `[kube_control_plane]\nnode1 ansible_host=127.0.0.1 ansible_port=${sshd.target.port}\nnode2 ansible_host=127.0.0.1 ansible_port=1\n`,
      );
      const found = ["-i", inventory, "--ssh-config", join(sshd.folder, "ssh_config")];
      const certs = await drydock("certs", ...found);
      expect(certs.stdout).toContain(
        "node2: its certificates could not be read: 127.0.0.1:1 refused the connection. See that sshd runs on node2 ",
      );
      const survey = await drydock("survey", ...found);
      expect(survey.stdout).toContain("  not reached: 127.0.0.1:1 refused the connection\n");
      const blocked = survey.stdout.split("\n").filter((line) => /blocked.* node2: /.test(line));
      expect(blocked).toEqual([
        expect.stringMatching(/node2: 127\.0\.0\.1:1 refused the connection$/),
      ]);
    } finally {
      await sshd.stop();
    }
  }, 60_000);

  test("that refuses is not said to be done without where abandoning a window needs it too", async () => {
    await writeJournal();
    for (const words of [["run", "--yes"], ["abandon"]]) {
      const ran = await drydock(...words, "-i", inventoryFor(1), "--cluster", "prod");
      expect(ran.code).toBe(exitCodes.refused);
      expect(ran.stderr).toMatch(
        /\nWindow w20261122-0301-aaaa is still open\. .* needs 1 of 1 control plane node, and none answered: .* The provider stays as it is\.\nNothing was changed\.\n$/,
      );
    }
  });

  test("that is not reached is told with what the inventory was read without", async () => {
    mkdirSync(join(folder, "group_vars"));
    for (const command of ["plan", "certs"]) {
      const ran = await drydock(command, "-i", inventoryFor(1));
      expect(ran.stderr).toContain("inventory.ini: group_vars beside it: not read.");
    }
  });

  test("that has no address of its own is said to be called by its name", async () => {
    const inventory = write(
      "names.ini",
      "[kube_control_plane]\nnode1.invalid ip=10.0.0.1\nnode2\n",
    );
    // A name without a dot may be somebody's in the network where the tests run.
    const config = write("ssh_config", "Host node2\n  HostName node2.invalid\n");
    const ran = await drydock("run", "--yes", "-i", inventory, "--ssh-config", config);
    expect(ran.stderr).toContain("node2 has no ansible_host: its name is used as its address");
  });

  test("whose sudo wants a password gives every command its exit code, and what to do", async () => {
    for (const [name, script] of [
      ["id", "echo 1000"],
      ["sudo", "echo 'sudo: a password is required' >&2; exit 1"],
    ]) {
      writeFileSync(join(folder, `${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const sshd = await startSshd([`SetEnv SHLVL=1 PATH=${folder}:/usr/bin:/bin`]);
    try {
      const config = ["--ssh-config", join(sshd.folder, "ssh_config")];
      const inventory = inventoryFor(sshd.target.port ?? 0);
      for (const command of ["plan", "survey", "certs"]) {
        const ran = await drydock(command, "-i", inventory, ...config);
        expect([command, ran.code]).toEqual([command, exitCodes.needsPassword]);
        expect(ran.stderr).toMatch(/^node1 .*sudo does not let.*\nGive the user a NOPASSWD rule/);
      }
    } finally {
      await sshd.stop();
    }
  }, 60_000);

  test("where something was sent is not left without the command that shows it, at a second Ctrl-C", async () => {
    // Of the journal of a window that never had the lock: whatever comes next lets go of it, which
    // hangs here.
    await writeJournal({ stands: "planned" });
    const sent = join(folder, "sent");
    for (const [name, script] of [
      ["id", "echo 0"],
      ["env", `: >'${sent}'; exec /bin/sleep 20`],
    ]) {
      writeFileSync(join(folder, `${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const sshd = await startSshd([`SetEnv SHLVL=1 PATH=${folder}:/usr/bin:/bin`]);
    try {
      const found = ["-i", inventoryFor(sshd.target.port ?? 0), "--cluster", "prod"];
      const running = begin(["abandon", ...found, "--ssh-config", join(sshd.folder, "ssh_config")]);
      while (!existsSync(sent)) await setTimeout(20);
      running.child.kill("SIGINT");
      // Twice at once would be taken for one that was passed on.
      await setTimeout(500);
      running.child.kill("SIGINT");
      const { code, stderr } = await running.ended;
      expect([code, stderr]).toEqual([
        exitCodes.interrupted,
        expect.stringMatching(
          /\nStopping after .*\nEnded at once\. .*: drydock status --inventory inventory\.ini --cluster prod --ssh-config \S+\n$/,
        ),
      ]);
    } finally {
      await sshd.stop();
    }
  }, 60_000);

  test("that refuses is named with its port", async () => {
    const ran = await drydock("run", "--yes", "-i", inventoryFor(1));
    expect(ran.code).toBe(exitCodes.refused);
    expect(ran.stderr).toContain("node1");
    expect(ran.stderr).toContain("refused the connection");
  });

  test("gives every command the code of the first in the inventory, and each its own remedy", async () => {
    const silent = createServer(() => undefined);
    await once(silent.listen(0, "127.0.0.1"), "listening");
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const inventory = write(
      "several.ini",
      `[kube_control_plane]
node1 ansible_host=127.0.0.1 ansible_port=${port}
node2 ansible_host=127.0.0.1 ansible_port=1
node3 ansible_host=node3.invalid
node4 ansible_host=127.0.0.1 ansible_port=2
`,
    );
    // Those that fail at once come after the one that is waited for.
    const lines = [
      /^node1 .* timed out before sshd answered$/,
      /^See that node1 is up/,
      /^node2 .*:1 refused the connection\. See that sshd runs on node2 /,
      /^node3 .* does not resolve\. Correct ansible_host in the inventory/,
      /^node4 .*:2 refused the connection$/,
    ];
    const whole = [...lines, /^Nothing was changed\.$/];
    await Promise.all(
      [
        { words: "certs", says: lines },
        { words: "survey", says: lines },
        { words: "plan", says: whole },
        { words: "provider status", says: whole },
      ].map(async ({ words, says }) => {
        const ran = await drydock(...words.split(" "), "-i", inventory);
        expect([words, ran.code]).toEqual([words, exitCodes.timedOut]);
        expect(ran.stderr.trimEnd().split("\n")).toEqual(
          says.map((one) => expect.stringMatching(one)),
        );
      }),
    );
    silent.close();
  }, 60_000);

  test("whose key is not known is told the login on a line's end, where it can be copied", async () => {
    const sshd = await startSshd();
    try {
      writeFileSync(join(sshd.folder, "known_hosts"), "");
      const config = ["--ssh-config", join(sshd.folder, "ssh_config")];
      const ran = await drydock("plan", "-i", inventoryFor(sshd.target.port ?? 0), ...config);
      expect(ran.code).toBe(exitCodes.hostKey);
      expect(ran.stderr).toMatch(
        /fingerprint: ssh -F \S+ -o StrictHostKeyChecking=ask -p \d+ 127\.0\.0\.1\nNothing was changed\.\n$/,
      );
    } finally {
      await sshd.stop();
    }
  }, 60_000);

  test("that never answers is given up with the code for it", async () => {
    const silent = createServer(() => undefined);
    const port = await freePort();
    await new Promise<void>((resolve) => silent.listen(port, "127.0.0.1", resolve));
    const ran = await drydock("run", "--yes", "-i", inventoryFor(port));
    silent.close();
    expect(ran.code).toBe(exitCodes.timedOut);
    expect(ran.stderr).toContain("node1");
  }, 30_000);

  test("with another host key, or that needs a password, is refused without a question", async () => {
    const sshd = await startSshd();
    try {
      const port = sshd.target.port ?? 0;
      const config = join(sshd.folder, "ssh_config");
      const good = readFileSync(join(sshd.folder, "known_hosts"), "utf8");
      const other = good.replace(/(ssh-ed25519 \S{20})\S{6}/, "$1AAAAAA");
      writeFileSync(join(sshd.folder, "known_hosts"), other);
      const changed = await drydock(
        "run",
        "--yes",
        "-i",
        inventoryFor(port),
        "--ssh-config",
        config,
      );
      expect(changed.stderr).toMatch(/host key/i);
      expect(changed.code).toBe(exitCodes.hostKey);
      writeFileSync(join(sshd.folder, "known_hosts"), good);
      writeFileSync(join(sshd.folder, "user_key.pub"), "");
      const locked = await drydock(
        "run",
        "--yes",
        "-i",
        inventoryFor(port),
        "--ssh-config",
        config,
      );
      expect(locked.code).toBe(exitCodes.needsPassword);
    } finally {
      await sshd.stop();
    }
  }, 60_000);
});

test("all of the output reaches a reader that takes its time", async () => {
  const program = join(import.meta.dirname, "../dist/drydock.js");
  const words = [program, "plan", "--simulated", "healthy", "--json", "--state", folder];
  // As much as a pipe holds is taken at once: the rest must be waited for.
  const slow = "sleep 2; cat >OUT".replace("OUT", join(folder, "out"));
  const child = spawn("sh", ["-c", `"$@" | { ${slow}; }`, "sh", process.execPath, ...words]);
  await once(child, "exit");
  const written = readFileSync(join(folder, "out"), "utf8");
  expect(written.length).toBeGreaterThan(65_536);
  expect(JSON.parse(written)).toMatchObject({ plan: { purpose: "rotation" } });
}, 30_000);

test.skipIf(!existsSync("/dev/full"))(
  "output that finds no room is said, and is no success where all else went well",
  () => {
    const full = openSync("/dev/full", "w");
    const program = join(import.meta.dirname, "../dist/drydock.js");
    const codes = ["one-node", "expired"].map((simulated) => {
      const words = [program, "certs", "--simulated", simulated, "--json", "--state", folder];
      const ran = spawnSync(process.execPath, words, { stdio: ["ignore", full, "pipe"] });
      expect(ran.stderr.toString()).toContain("The output could not be written: ");
      return ran.status;
    });
    closeSync(full);
    expect(codes).toEqual([exitCodes.noSpace, exitCodes.critical]);
  },
);
