import { once } from "node:events";
import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from "vitest";
import type { Command } from "../core/command.ts";
import { connectHost, openHosts, type SshHost } from "./host.ts";
import { freePort, type LoopbackSshd, noSshd, otherConfig, startSshd } from "./loopback-sshd.ts";
import type { SshOptions, SshTarget } from "./target.ts";

// Logins are slow on a busy machine; no test waits for this long unless something is wrong.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

if (noSshd !== undefined) console.log(`skipped: the tests over a real sshd: ${noSshd}`);

let sshd: LoopbackSshd;
let opened: SshHost[] = [];

beforeAll(async () => {
  if (noSshd === undefined) sshd = await startSshd();
});
afterAll(async () => sshd?.stop());
afterEach(async () => {
  await Promise.all(opened.map((host) => host.close()));
  opened = [];
});

function host(change: Partial<SshTarget> = {}, options: Partial<SshOptions> = {}): SshHost {
  return hostOn(sshd, change, options);
}

function hostOn(
  server: LoopbackSshd,
  change: Partial<SshTarget> = {},
  options: Partial<SshOptions> = {},
): SshHost {
  const made = connectHost({ ...server.target, ...change }, { ...server.options, ...options });
  opened.push(made);
  return made;
}

/** Another sshd for one test, which ends with it, also when it fails. */
async function anotherSshd(settings: readonly string[] = []): Promise<LoopbackSshd> {
  const started = await startSshd(settings);
  onTestFinished(() => started.stop());
  return started;
}

/** A look goes through the connection's own session, a change through another one. */
type Kind = "look" | "change";
let kind: Kind = "change";

function command(argv: readonly [string, ...string[]], more: Partial<Command> = {}): Command {
  const reads = kind === "look" ? { reads: true } : {};
  return { argv, timeoutMs: 10_000, ...reads, ...more };
}

function each(title: string, tests: () => void): void {
  for (const one of ["change", "look"] as const) {
    describe.skipIf(noSshd !== undefined)(`${title}, with a ${one}`, () => {
      beforeEach(() => {
        kind = one;
      });
      tests();
    });
  }
}

function sh(script: string, more: Partial<Command> = {}): Command {
  return command(["sh", "-c", script], more);
}

each("a host over ssh", () => {
  test("hands odd words to the program as they are", async () => {
    const words = [
      "",
      " ",
      "a b",
      "'",
      "''x'",
      '"',
      "$HOME",
      "`id`",
      "\\",
      "a\nb",
      "*",
      "~",
      "é✓",
      "-n",
      "!x",
      "#",
      ";",
      "a=b",
    ];
    const outcome = await host().run(command(["printf", "<%s>\\n", ...words]));
    expect(outcome).toMatchObject({ kind: "exited", code: 0 });
    expect(outcome).toHaveProperty("stdout", words.map((word) => `<${word}>\n`).join(""));
  });

  test.each([0, 1, 2, 97, 124, 126, 255])("tells exit code %i of the program", async (code) => {
    const outcome = await host().run(sh(`echo out; echo err >&2; exit ${code}`));
    expect(outcome).toEqual({ kind: "exited", code, stdout: "out\n", stderr: "err\n" });
  });

  test("gives 127 for a program that is not there", async () => {
    const outcome = await host().run(command(["drydock-no-such-program"]));
    expect(outcome).toMatchObject({ kind: "exited", code: 127 });
  });

  test("says on stderr which program is not there", async () => {
    const outcome = await host().run(command(["drydock-no-such-program"]));
    expect(outcome).toHaveProperty("stderr", expect.stringContaining("drydock-no-such-program"));
  });

  test("is not kept waiting by a program that the command left in the background", async () => {
    const script = "sleep 30 </dev/null >/dev/null 2>&1 & echo left $!";
    const outcome = await host().run(sh(script));
    expect(outcome).toHaveProperty("stdout", expect.stringMatching(/^left \d+$/m));
    const pid = outcome.kind === "exited" ? outcome.stdout.replace(/\D/g, "") : "";
    expect(await host().run(command(["kill", pid]))).toHaveProperty("code", 0);
  });

  test("keeps output without a last newline, and empty output, as they are", async () => {
    expect(await host().run(command(["printf", "abc"]))).toHaveProperty("stdout", "abc");
    const nothing = await host().run(command(["true"]));
    expect(nothing).toEqual({ kind: "exited", code: 0, stdout: "", stderr: "" });
  });

  test("feeds stdin, and gives an end of file without it", async () => {
    const stdin = "first\nlast without newline ✓";
    expect(await host().run(command(["cat"], { stdin }))).toHaveProperty("stdout", stdin);
    expect(await host().run(command(["cat"]))).toHaveProperty("stdout", "");
  });

  test("runs in / with a clean environment and what the command adds", async () => {
    const run = await host().run(sh("pwd; exec env", { env: { ODD: "a 'b' $c" } }));
    const lines = run.kind === "exited" ? run.stdout.trim().split("\n").sort() : [];
    expect(lines.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual([
      "/",
      "HOME=/root",
      "LC_ALL=C",
      "ODD=a 'b' $c",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin",
    ]);
  });

  test("takes output up to its limit, and does not know beyond it", async () => {
    const big = sh("head -c 200000 /dev/zero | tr '\\0' x");
    const whole = await host().run({ ...big, outputBytesMax: 200_000 });
    expect(whole.kind === "exited" && whole.stdout.length).toBe(200_000);
    const one = host();
    const cut = await one.run({ ...big, outputBytesMax: 1000 });
    expect(cut).toMatchObject({ kind: "unknown" });
    expect(cut).toHaveProperty("because", expect.stringContaining("longer than the limit"));
    expect(await one.run(command(["echo", "next"]))).toHaveProperty("stdout", "next\n");
  });

  test("ends a program on the host at its time limit, and does not know what it did", async () => {
    const outcome = await host().run(command(["sleep", "30"], { timeoutMs: 300 }));
    expect(outcome).toMatchObject({ kind: "unknown" });
    expect(outcome).toHaveProperty(
      "because",
      expect.stringContaining("after 0.3 s, its time limit"),
    );
  });

  test("takes a time limit that is no whole number of milliseconds", async () => {
    const look = { argv: ["true"], timeoutMs: 10_000.5, reads: true } as const;
    expect(await host().run(look)).toMatchObject({ kind: "exited", code: 0 });
    expect(await host().run(command(["true"], { timeoutMs: 10_000.5 }))).toMatchObject({ code: 0 });
  });

  test("runs forty calls at once over one connection", async () => {
    const { hosts, close } = openHosts([sshd.target], sshd.options);
    const one = hosts.get("node1");
    const numbers = Array.from({ length: 40 }, (_, i) => String(i));
    const all = await Promise.all(numbers.map((n) => one?.run(command(["echo", n]))));
    expect(all.map((each) => each?.kind === "exited" && each.stdout.trim())).toEqual(numbers);
    expect(await readdir(sshd.options.controlFolder)).toHaveLength(1);
    await close();
    expect(await readdir(sshd.options.controlFolder)).toHaveLength(0);
  });

  test("does not run a command after it was closed", async () => {
    const one = host();
    expect(await one.run(command(["true"]))).toHaveProperty("code", 0);
    await one.close();
    expect(await one.run(command(["true"]))).toMatchObject({ kind: "not-sent" });
  });
});

describe.skipIf(noSshd !== undefined)("the connection's own session", () => {
  beforeEach(() => {
    kind = "change";
  });
  const look = (script: string, more: Partial<Command> = {}) =>
    ({ argv: ["sh", "-c", script], timeoutMs: 10_000, reads: true, ...more }) as const;

  /** The number of times that ssh was started, once `does` is through. */
  async function started(does: (one: SshHost) => Promise<void>): Promise<number> {
    const log = await mkdtemp(join(sshd.folder, "started-"));
    const program = join(log, "ssh");
    await writeFile(program, `#!/bin/sh\nmktemp -p ${log} one.XXXXXX >/dev/null\nexec ssh "$@"\n`, {
      mode: 0o700,
    });
    await does(host({}, { program }));
    return (await readdir(log)).filter((name) => name.startsWith("one.")).length;
  }

  test("carries looks one after the other, and no change", async () => {
    const looks = started(async (one) => {
      for (const n of ["1", "2", "3"]) {
        expect(await one.run(look(`echo ${n}`))).toHaveProperty("stdout", `${n}\n`);
      }
    });
    expect(await looks).toBe(1);
    const changes = started(async (one) => {
      expect(await one.run(sh("echo changed"))).toHaveProperty("stdout", "changed\n");
    });
    expect(await changes).toBe(2);
  });

  test("keeps no look waiting for another one", async () => {
    const one = host();
    const fifo = `${sshd.folder}/fifo`;
    const waits = one.run(look(`mkfifo ${fifo}; cat ${fifo}`));
    const wakes = await one.run(look(`until [ -p ${fifo} ]; do :; done; echo awake >${fifo}`));
    expect(wakes).toHaveProperty("code", 0);
    expect(await waits).toHaveProperty("stdout", "awake\n");
  });

  test("is left alone with a look that does not end in time, and the next look goes another way", async () => {
    const one = host();
    const stubborn = "trap '' TERM; echo begun; while :; do sleep 1; done";
    const late = one.run(look(stubborn, { timeoutMs: 100 }));
    expect(await one.run(look("echo quick"))).toHaveProperty("stdout", "quick\n");
    expect(await late).toMatchObject({ kind: "unknown" });
    expect(await one.run(look("echo after"))).toHaveProperty("stdout", "after\n");
  });

  test("has each look begin in the same place, whatever one before it did", async () => {
    const one = host();
    await one.run(look("cd /tmp; FOO=bar; export FOO; exit 3"));
    expect(await one.run(look("pwd; echo $FOO."))).toHaveProperty("stdout", "/\n.\n");
  });
});

each("trouble on the way to a host", () => {
  async function expectTrouble(one: SshHost, kind: string, message: RegExp): Promise<void> {
    expect(await one.reach()).toMatchObject({ kind, message: expect.stringMatching(message) });
    const outcome = await one.run(command(["true"]));
    expect(outcome).toMatchObject({ kind: "not-sent", because: expect.stringMatching(message) });
  }

  test("a refused connection is not sent, and says which port", async () => {
    const port = await freePort();
    await expectTrouble(host({ port }), "refused", new RegExp(`node1 .*127.0.0.1:${port} refused`));
  });

  test("a host that never answers is not sent, within the time given", async () => {
    const silent = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => silent.listen(port, "127.0.0.1", resolve));
    const one = host({ port }, { connectTimeoutSeconds: 1 });
    expect(await one.reach()).toMatchObject({ kind: "timed-out" });
    silent.close();
  });

  test("a name that does not resolve is not sent", async () => {
    const address = "no-such-host.invalid";
    await expectTrouble(host({ address }), "unresolvable", /no-such-host.invalid does not resolve/);
  });

  test("another host key is not sent, and says how to mend it", async () => {
    const other = await anotherSshd();
    const known = `UserKnownHostsFile ${other.folder}/known_hosts`;
    const options = await otherConfig(
      sshd,
      `${known}\nHostKeyAlias [127.0.0.1]:${other.target.port}`,
    );
    await expectTrouble(host({}, options), "host-key", /host key differs/);
    // The name and the file are those under which ssh has looked.
    expect((await host({}, options).reach())?.remedy).toContain(
      `ssh-keygen -f ${other.folder}/known_hosts -R '[127.0.0.1]:${other.target.port}'\n`,
    );
  });

  test("an unknown host key is not sent", async () => {
    const options = await otherConfig(sshd, `UserKnownHostsFile ${sshd.folder}/no_keys_yet`);
    await expectTrouble(host({}, options), "unknown-host-key", /not in known_hosts/);
  });

  test("a host that wants a password is not sent", async () => {
    const strict = await anotherSshd([
      "AuthenticationMethods publickey,password",
      "PasswordAuthentication yes",
    ]);
    const loose = await anotherSshd(["AuthorizedKeysFile none", "PasswordAuthentication yes"]);
    for (const each of [strict, loose]) {
      expect(await hostOn(each).reach()).toMatchObject({ kind: "needs-password" });
    }
  });

  test("a missing ssh program is not sent", async () => {
    await expectTrouble(
      host({}, { program: "/no/such/ssh" }),
      "other",
      /could not be started here/,
    );
  });

  test("arguments that ssh does not take are not sent, and say where they come from", async () => {
    const one = host({ sshArguments: ["-o", "NoSuchOption=1"] });
    await expectTrouble(one, "arguments", /ssh does not take its arguments: .*nosuchoption/);
    expect((await one.reach())?.remedy).toContain("ansible_ssh_common_args");
  });

  test("a connection killed while a command runs leaves the outcome unknown", async () => {
    const one = host();
    await one.reach();
    const running = one.run(sh("echo begun; sleep 20"));
    await one.run(command(["true"]));
    await sshd.kill("connections");
    expect(await running).toMatchObject({
      kind: "unknown",
      because: expect.stringContaining("connection was lost"),
    });
  });

  test("a program whose connection was lost is still ended on the host at its time limit", async () => {
    const one = host();
    const pidFile = `${sshd.folder}/pid-of-a-${kind}`;
    const script = sh(`echo $$ >${pidFile}; sleep 60`, { timeoutMs: 2000 });
    const running = one.run(script);
    await one.run(sh(`until [ -s ${pidFile} ]; do sleep 0.05; done`));
    await sshd.kill("connections");
    await running;
    const gone = sh(`while kill -0 $(cat ${pidFile}) 2>/dev/null; do sleep 0.05; done; echo gone`);
    expect(await one.run(gone)).toHaveProperty("stdout", "gone\n");
  });

  /** Until ssh here has noticed: a change that is sent before that may have arrived. */
  async function lost(which: "connections" | "all"): Promise<void> {
    await sshd.kill(which);
    while ((await readdir(sshd.options.controlFolder)).length > 0) await new Promise(setImmediate);
  }

  test("the next call after a lost connection connects again", async () => {
    const one = host();
    expect(await one.run(command(["true"]))).toHaveProperty("code", 0);
    await lost("connections");
    expect(await one.run(command(["echo", "back"]))).toHaveProperty("stdout", "back\n");
  });

  test("a server that is gone for good is not sent, and back when it is back", async () => {
    const one = host();
    expect(await one.run(command(["true"]))).toHaveProperty("code", 0);
    await lost("all");
    expect(await one.run(command(["true"]))).toMatchObject({ kind: "not-sent" });
    await sshd.start();
    expect(await one.run(command(["true"]))).toHaveProperty("code", 0);
  });

  test("a server with few sessions is served over connections of their own", async () => {
    const narrow = await anotherSshd(["MaxSessions 2"]);
    const one = hostOn(narrow);
    const slow = one.run(sh("sleep 0.5; echo slow"));
    const rest = await Promise.all(["1", "2", "3"].map((n) => one.run(command(["echo", n]))));
    const said = rest.map((each) => (each.kind === "exited" ? each.stdout : each.because));
    expect(said).toEqual(["1\n", "2\n", "3\n"]);
    expect(await slow).toHaveProperty("stdout", "slow\n");
  });

  test("a login that a busy server cuts off is tried again", async () => {
    const busy = await anotherSshd(["MaxStartups 1:100:1"]);
    const stranger = connect(busy.target.port ?? 0, "127.0.0.1");
    await once(stranger, "data");
    const waited: number[] = [];
    const wait = async (ms: number) => {
      waited.push(ms);
      stranger.destroy();
      while ((await busy.serving()) > 0) await new Promise(setImmediate);
    };
    const one = hostOn(busy, {}, { wait });
    expect(await one.run(command(["echo", "in"]))).toHaveProperty("stdout", "in\n");
    expect(waited).toEqual([500]);
  });

  test("words that a login prints do not get into the answer", async () => {
    // A forced command stands for a .bashrc that prints: it runs before ours, on the same streams.
    const noisy = await anotherSshd([
      `ForceCommand echo 7 rules; echo rule >&2; eval "$SSH_ORIGINAL_COMMAND"`,
    ]);
    const one = hostOn(noisy);
    const outcome = await one.run(sh("echo out; echo err >&2; exit 3"));
    expect(outcome).toEqual({ kind: "exited", code: 3, stdout: "out\n", stderr: "err\n" });
  });
});
