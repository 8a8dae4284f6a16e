import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { connectHost, type SshHost } from "./host.ts";
import { type LoopbackSshd, noSshd, otherConfig, startSshd } from "./loopback-sshd.ts";
import type { SshOptions, SshTarget } from "./target.ts";

// Logins are slow on a busy machine; no test waits for this long unless something is wrong.
vi.setConfig({ testTimeout: 60_000 });

const change = { argv: ["echo", "there"], timeoutMs: 10_000 } as const;
const there = { kind: "exited", code: 0, stdout: "there\n" };

/** A machine of its own with an sshd: ssh takes `home` for ~, which is not what HOME says. */
interface Machine {
  readonly sshd: LoopbackSshd;
  readonly knownHosts: string;
  /** Where an ssh stands that knows that home, and notes each start. */
  readonly bin: string;
  started(): Promise<number>;
  connect(change: Partial<SshTarget>, options: SshOptions): SshHost;
}

async function machine(settings: readonly string[] = []): Promise<Machine> {
  const sshd = await startSshd(settings);
  onTestFinished(() => sshd.stop());
  const home = join(sshd.folder, "home");
  await mkdir(join(home, ".ssh"), { recursive: true });
  const bin = await mkdtemp(join(sshd.folder, "bin-"));
  const program = join(bin, "ssh");
  const real = `PATH='${process.env.PATH}' exec ssh`;
  const script = `#!/bin/bash\nmktemp ${bin}/start.XXXXXX >/dev/null\n${real} "\${@//\\~\\//${home}/}"\n`;
  await writeFile(program, script, { mode: 0o700 });
  await writeFile(join(bin, "says-yes"), "#!/bin/sh\necho yes\n", { mode: 0o700 });
  return {
    sshd,
    bin,
    knownHosts: join(home, ".ssh", "known_hosts"),
    started: async () => (await readdir(bin)).filter((name) => name.startsWith("start.")).length,
    connect: (target, options) => {
      const one = connectHost({ ...sshd.target, ...target }, { ...options, program });
      onTestFinished(() => one.close());
      return one;
    },
  };
}

/** Carries out the command at the end of a remedy, as one who finds the fingerprint right. */
async function obey(remedy: string | undefined, { bin }: Machine): Promise<string> {
  const [, command = ""] = /: (ssh .*)$/.exec(remedy ?? "") ?? [];
  const asked = { SSH_ASKPASS: join(bin, "says-yes"), SSH_ASKPASS_REQUIRE: "force", DISPLAY: ":0" };
  const env = { ...process.env, ...asked, PATH: `${bin}:${process.env.PATH}` };
  const child = spawn("sh", ["-c", `${command} echo by hand`], {
    ...{ env, detached: true, timeout: 20_000 },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  await once(child, "close");
  return said;
}

const pair = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
const pairInConfig = "StrictHostKeyChecking no\nUserKnownHostsFile /dev/null";
const unknown = {
  kind: "unknown-host-key",
  message: expect.stringMatching(/not in .*known_hosts/),
};

describe.skipIf(noSshd !== undefined)("an inventory without host keys", () => {
  test("reaches a host whose key is known, at the cost of no other program", async () => {
    const here = await machine();
    const one = here.connect({ sshArguments: pair }, here.sshd.options);
    expect(await one.reach()).toBeUndefined();
    expect(await here.started()).toBe(1);
    expect(await one.run(change)).toMatchObject(there);
  });

  test("refuses a host whose key is not known, until its remedy has been carried out", async () => {
    const here = await machine();
    const file = join(here.sshd.folder, "empty");
    const options = await otherConfig(here.sshd, `UserKnownHostsFile ${file}`);
    const one = here.connect({ sshArguments: pair }, options);
    const trouble = await one.reach();
    expect(trouble).toMatchObject(unknown);
    expect(trouble?.remedy).not.toContain("/dev/null");
    expect(await obey(trouble?.remedy, here)).toBe("by hand\n");
    expect(await one.run(change)).toMatchObject(there);
  });

  test.each([[["-o", "UserKnownHostsFile=/dev/null"]], [["-F", "CONFIG"]]])(
    "that only ssh itself can make out has those of the home folder: %j",
    async (given) => {
      const here = await machine();
      const { configFile = "" } = await otherConfig(here.sshd, pairInConfig);
      const words = given.map((word) => (word === "CONFIG" ? configFile : word));
      const one = here.connect({ sshArguments: words }, here.sshd.options);
      const trouble = await one.reach();
      expect(trouble).toMatchObject(unknown);
      expect(await obey(trouble?.remedy, here)).toBe("by hand\n");
      expect(await one.run(change)).toMatchObject(there);
    },
  );
});

describe.skipIf(noSshd !== undefined)("an ssh_config without host keys", () => {
  const own = (sshd: LoopbackSshd) => join(sshd.folder, "known_hosts");

  test.each(["/dev/null", "none"])(
    "reaches a host whose key is in the home folder: %s",
    async (file) => {
      // With one session for each connection a change needs a connection of its own.
      const here = await machine(["MaxSessions 1"]);
      await copyFile(own(here.sshd), here.knownHosts);
      const config = `StrictHostKeyChecking no\nUserKnownHostsFile ${file}`;
      const one = here.connect({}, await otherConfig(here.sshd, config));
      expect(await one.reach()).toBeUndefined();
      expect(await one.run(change)).toMatchObject(there);
    },
  );

  test("refuses a host whose key is not known, until its remedy has been carried out", async () => {
    const here = await machine();
    const one = here.connect({}, await otherConfig(here.sshd, pairInConfig));
    expect(await one.reach()).toMatchObject(unknown);
    const trouble = await one.reach();
    expect(trouble?.message).toContain("ssh is set to keep none (UserKnownHostsFile /dev/null)");
    expect(await obey(trouble?.remedy, here)).toBe("by hand\n");
    expect(await one.run(change)).toMatchObject(there);
    const again = here.connect({}, await otherConfig(here.sshd, pairInConfig));
    expect(await again.run(change)).toMatchObject(there);
  });

  test("refuses a host with another key than the home folder says", async () => {
    const here = await machine();
    const good = await readFile(own(here.sshd), "utf8");
    const other = good.replace(/(ssh-ed25519 \S{40})\S{6}/, "$1AAAAAA");
    await writeFile(here.knownHosts, other);
    const one = here.connect({}, await otherConfig(here.sshd, pairInConfig));
    expect(await one.reach()).toMatchObject({ kind: "host-key" });
  });

  test("of its own file is served by the remedies, though it would add no key by itself", async () => {
    const here = await machine();
    const file = join(here.sshd.folder, "its hosts");
    const good = await readFile(own(here.sshd), "utf8");
    await writeFile(file, good.replace(/(ssh-ed25519 \S{40})\S{6}/, "$1AAAAAA"));
    const config = `StrictHostKeyChecking yes\nUserKnownHostsFile "${file}"`;
    const one = here.connect({}, await otherConfig(here.sshd, config));
    const trouble = await one.reach();
    expect(trouble).toMatchObject({ kind: "host-key" });
    const [, forget = ""] = /reinstalled: (ssh-keygen .*)$/m.exec(trouble?.remedy ?? "") ?? [];
    const forgotten = spawn("sh", ["-c", forget], { stdio: "ignore" });
    expect(await once(forgotten, "close")).toEqual([0, null]);
    expect(await readFile(file, "utf8")).toBe("");
    expect(await obey(trouble?.remedy, here)).toBe("by hand\n");
    expect(await one.run(change)).toMatchObject(there);
  });

  test("that checks keys is obeyed: those of the home folder do not count", async () => {
    const here = await machine();
    await copyFile(own(here.sshd), here.knownHosts);
    const config = "StrictHostKeyChecking yes\nUserKnownHostsFile /dev/null";
    const one = here.connect({}, await otherConfig(here.sshd, config));
    expect(await one.reach()).toMatchObject(unknown);
  });
});
