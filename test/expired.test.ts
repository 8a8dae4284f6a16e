// Certificates that have already expired: the API lets nobody in, so no window can stop the
// provider. Each command says what it is and what to do, and what it tells people to do by hand
// works.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { controlPlane, hostNamed } from "../src/simulator/model.ts";
import { openShell, typed } from "../src/simulator/shell.ts";
import { everything, providerReplicas } from "./scenarios/cluster-seen.ts";
import { drydock, type Sandbox, sandbox } from "./scenarios/simulated.ts";

const section = "When the certificates have already expired";

describe("where all certificates expired yesterday", () => {
  test.each([
    "plan",
    "run --yes",
    "hold -- true",
    "provider stop",
    "provider status",
    "provider start",
  ])("%s says so, since when and what to do, with the exit code of Unauthorized", async (words) => {
    const box = sandbox({ residualDays: -1 });
    const before = everything(box.site.model);
    const ran = await drydock(box, words);
    const said = ran.out + ran.err;
    expect(ran.code).toBe(exitCodes.unauthorized);
    expect(said).toContain("have expired, the first on 2026-11-21 03:00 UTC; kubectl says: ");
    expect(said).toContain("cannot be stopped through the API");
    expect(said).toContain(
      "`drydock backup etcd --inventory inventory.ini` and `drydock backup certs --inventory inventory.ini` still work",
    );
    expect(said).toContain(`docs/guide.md, "${section}".`);
    expect(said).not.toContain("Make `kubectl get nodes` work");
    expect(everything(box.site.model)).toBe(before);
  });

  test.each(["backup etcd", "backup certs"])("%s works", async (words) => {
    const ran = await drydock(sandbox({ residualDays: -1 }), words);
    expect(ran.code, ran.err).toBe(exitCodes.ok);
  });

  test("renewed by hand as the guide says, the provider is stopped and started again", async () => {
    const box = sandbox({ residualDays: -1 });
    for (const host of controlPlane(box.site.model)) {
      await type(box, host.name, renewal());
    }
    for (const host of controlPlane(box.site.model)) await restartByHand(box, host.name);
    await box.site.clock.wait(60_000);
    const stopped = await drydock(box, "provider stop");
    expect(stopped.code, stopped.err).toBe(exitCodes.ok);
    expect(providerReplicas(box.site.model)).toBe("0/0");
    const certs = await drydock(box, "certs");
    expect(certs.out).not.toContain("expired");
    const started = await drydock(box, "provider start");
    expect(started.code, started.err).toBe(exitCodes.ok);
    expect(providerReplicas(box.site.model)).toBe("1/1");
  });
});

test("the files are renewed and nothing was restarted: it is not the files that have expired", async () => {
  const box = sandbox({ residualDays: -1 });
  for (const host of controlPlane(box.site.model)) await type(box, host.name, renewal());
  for (const host of controlPlane(box.site.model)) {
    host.served.apiserver = hostNamed(
      sandbox({ residualDays: -1 }).site.model,
      "node1",
    ).served.apiserver;
  }
  const ran = await drydock(box, "plan");
  expect(ran.code).toBe(exitCodes.unauthorized);
  expect(ran.out).toContain("None of the files has expired: a process serves an older");
});

/** The lines of the guide's own section that are the same on every node. */
function renewal(): readonly string[] {
  const guide = readFileSync(new URL("../docs/guide.md", import.meta.url), "utf8");
  const [, after = ""] = guide.split(`## ${section}\n`);
  return after.split("\n").flatMap((line) => /^ {7}((?:kubeadm|cp) .*)$/.exec(line)?.[1] ?? []);
}

async function type(
  { site }: Sandbox,
  name: string,
  lines: readonly string[],
): Promise<readonly string[]> {
  expect(lines).not.toEqual([]);
  const shell = openShell(hostNamed(site.model, name));
  const printed: string[] = [];
  for (const line of lines) {
    const { code, stdout, stderr } = await typed(site, shell, line);
    expect(code, `${line}: ${stderr}`).toBe(0);
    printed.push(stdout.trim());
  }
  return printed;
}

/** The guide's loop, which the simulated shell does not know. */
async function restartByHand(box: Sandbox, name: string): Promise<void> {
  for (const component of ["kube-apiserver", "kube-scheduler", "kube-controller-manager"]) {
    const [id] = await type(box, name, [`crictl ps -q --name ^${component}$`]);
    await type(box, name, [
      `crictl --timeout 30s stop --timeout 5 ${id}`,
      `crictl --timeout 30s rm ${id}`,
    ]);
  }
}
