// A user that is not root is played with programs named id and sudo, first in the login's PATH.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { connectHost } from "./host.ts";
import { type LoopbackSshd, noSshd, startSshd } from "./loopback-sshd.ts";

// Logins are slow on a busy machine; no test waits for this long unless something is wrong.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let bin: string;
let sshd: LoopbackSshd;

beforeAll(async () => {
  if (noSshd !== undefined) return;
  bin = await mkdtemp(join(tmpdir(), "drydock-bin-"));
  await writeFile(join(bin, "id"), "#!/bin/sh\necho 1000\n", { mode: 0o755 });
  sshd = await startSshd([`SetEnv SHLVL=1 PATH=${bin}:/usr/bin:/bin`]);
});
afterAll(async () => {
  await sshd?.stop();
  if (bin !== undefined) await rm(bin, { recursive: true, force: true });
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
