// A key with a passphrase: a person's own login asks for it and succeeds, and ours may not ask.

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { connectHost } from "./host.ts";
import { type LoopbackSshd, noSshd, otherConfig, startSshd } from "./loopback-sshd.ts";
import type { SshOptions } from "./target.ts";
import type { ConnectionTrouble } from "./trouble.ts";

vi.setConfig({ testTimeout: 60_000 });

const passphrase = "open sesame";
// Constants, since the search for unused packages takes a literal for a missing dependency.
const keygen: string = "ssh-keygen";
const add: string = "ssh-add";
const agentProgram: string = "ssh-agent";

async function troubleOn(
  sshd: LoopbackSshd,
  options: SshOptions,
): Promise<ConnectionTrouble | undefined> {
  const host = connectHost(sshd.target, options);
  return await host.reach().finally(() => host.close());
}

/** Whoever is at the terminal, and knows the passphrase. */
async function person(folder: string): Promise<NodeJS.ProcessEnv> {
  const answers = join(folder, "answers");
  await writeFile(answers, `#!/bin/sh\necho '${passphrase}'\n`, { mode: 0o700 });
  return { ...process.env, SSH_ASKPASS: answers, SSH_ASKPASS_REQUIRE: "force", DISPLAY: ":0" };
}

async function startAgent(socket: string): Promise<ChildProcess> {
  const agent = spawn(agentProgram, ["-D", "-a", socket], { stdio: "ignore" });
  while (!existsSync(socket)) await setTimeout(20);
  return agent;
}

test.skipIf(noSshd !== undefined)(
  `the check that is told fails where ours does, until an agent holds the key ${noSshd ?? ""}`,
  async () => {
    const sshd = await startSshd();
    onTestFinished(() => sshd.stop());
    const key = join(sshd.folder, "user_key");
    execFileSync(keygen, ["-q", "-p", "-P", "", "-N", passphrase, "-f", key]);
    const env = await person(sshd.folder);
    const socket = join(sshd.folder, "agent");
    const options = await otherConfig(sshd, `IdentityAgent ${socket}`);

    const trouble = await troubleOn(sshd, options);
    expect(trouble?.remedy).toContain("must be in ssh-agent (ssh-add)");
    const check = trouble?.remedy.split("Then check: ")[1] ?? "false";
    expect(check).toMatch(/^ssh -F .* true$/);
    const checked = () => spawnSync("sh", ["-c", check], { env }).status;
    expect(checked()).toBe(255);

    const agent = await startAgent(socket);
    onTestFinished(() => void agent.kill());
    execFileSync(add, ["-q", key], { env: { ...env, SSH_AUTH_SOCK: socket }, stdio: "ignore" });
    expect(checked()).toBe(0);
    expect(await troubleOn(sshd, options)).toBeUndefined();
  },
);
