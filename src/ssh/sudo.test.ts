// A user that is not root is played with programs named id and sudo, first in the login's PATH.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { connectHost } from "./host.ts";
import { type LoopbackSshd, noSshd, startSshd } from "./loopback-sshd.ts";

// Logins are slow on a busy machine; no test waits for this long unless something is wrong.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let bin: string;
let sshd: LoopbackSshd;

beforeAll(async () => {
  if (noSshd !== undefined) return;
  bin = await mkdtemp(join(tmpdir(), "drydock-bin-"));
  await writeFile(join(bin, "id"), `#!/bin/sh\ncat ${bin}/uid\n`, { mode: 0o755 });
  sshd = await startSshd([`SetEnv SHLVL=1 PATH=${bin}:/usr/bin:/bin`]);
});
afterAll(async () => {
  await sshd?.stop();
  if (bin !== undefined) await rm(bin, { recursive: true, force: true });
});

beforeEach(async () => {
  if (noSshd === undefined) await writeFile(join(bin, "uid"), "1000\n");
});

async function playSudo(script: string): Promise<void> {
  await writeFile(join(bin, "sudo"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const looks = { reads: true } as const;

describe.skipIf(noSshd !== undefined).each([
  ["a change", {}],
  ["a look", looks],
])("a login that is not root, with %s", (_, kind) => {
  test("runs commands through sudo -n", async () => {
    await playSudo('[ "$1" = -n ] || exit 9; shift; echo became root >&2; exec "$@"');
    const host = connectHost({ ...sshd.target, becomeSudo: true }, sshd.options);
    const outcome = await host.run({ argv: ["printf", "%s", "a 'b'"], timeoutMs: 5000, ...kind });
    expect(outcome).toEqual({ kind: "exited", code: 0, stdout: "a 'b'", stderr: "" });
    await host.close();
  });

  test("that needs a password for sudo is not sent, and says how to mend it", async () => {
    await playSudo("echo 'sudo: a password is required' >&2; exit 1");
    const host = connectHost({ ...sshd.target, becomeSudo: true }, sshd.options);
    const outcome = await host.run({ argv: ["true"], timeoutMs: 5000, ...kind });
    expect(outcome).toMatchObject({
      kind: "not-sent",
      because: expect.stringContaining("sudo does not let this user become root"),
    });
    await host.close();
  });

  test("uses no sudo where the inventory says so", async () => {
    await playSudo("exit 9");
    const host = connectHost({ ...sshd.target, becomeSudo: false }, sshd.options);
    expect(await host.run({ argv: ["true"], timeoutMs: 5000, ...kind })).toHaveProperty("code", 0);
    await host.close();
  });
});

describe.skipIf(noSshd !== undefined)("a connection whose login is not root", () => {
  async function reached() {
    const { becomeSudo: _, ...target } = sshd.target;
    const host = connectHost(target, sshd.options);
    const trouble = await host.reach();
    await host.close();
    return trouble;
  }

  test.each([
    "sudo: a password is required",
    "sudo: interactive authentication is required",
    "Sorry, user ops may not run env on node1.",
    "sudo: I'm sorry ops. I'm afraid I can't do that",
  ])("is not opened where sudo says %j, and says how to mend it", async (says) => {
    await playSudo(`cat >&2 <<'.'\n${says}\n.\nexit 1`);
    expect(await reached()).toMatchObject({
      kind: "needs-sudo-password",
      message: expect.stringContaining("sudo does not let this user become root"),
      remedy: expect.stringContaining("NOPASSWD"),
    });
  });

  test("asks sudo in English, whatever the locale of the login", async () => {
    await playSudo(
      '[ "$LC_ALL" = C ] && echo "sudo: a password is required" >&2 || echo "sudo: Ein Passwort ist notwendig" >&2; exit 1',
    );
    expect(await reached()).toHaveProperty("kind", "needs-sudo-password");
  });

  test("tells a sudo that is not there, and shows words that it does not know", async () => {
    await playSudo("exit 127");
    expect(await reached()).toMatchObject({
      kind: "no-sudo",
      remedy: expect.stringContaining("Install sudo on node1"),
    });
    await playSudo("echo 'sudo: unable to open /etc/sudoers' >&2; exit 1");
    expect(await reached()).toMatchObject({
      kind: "other",
      message: expect.stringContaining("sudo does not work: sudo: unable to open /etc/sudoers"),
      remedy: expect.stringMatching(/ssh .*127\.0\.0\.1 sudo -n true$/),
    });
  });

  test("asks once for all its commands; one as root never asks", async () => {
    const asked = join(bin, "asked");
    await playSudo(`echo "$*" >>${asked}; shift; exec "$@"`);
    for (const [uid, calls] of [
      ["1000", 3],
      ["0", 0],
    ] as const) {
      await writeFile(join(bin, "uid"), `${uid}\n`);
      await writeFile(asked, "");
      const host = connectHost({ ...sshd.target, becomeSudo: true }, sshd.options);
      for (const kind of [looks, {}]) {
        await host.run({ argv: ["true"], timeoutMs: 5000, ...kind });
      }
      await host.close();
      expect((await readFile(asked, "utf8")).match(/^-n env/gm) ?? []).toHaveLength(calls);
    }
  });
});
