// What a window says of the leases at its end: sentence, lines, exit code, and what status keeps of
// it.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import type { Outside } from "../src/cli/outside.ts";
import { runProgram } from "../src/cli/program.ts";
import type { Chain } from "../src/core/chain.ts";
import { unreadable } from "../src/core/outcome.ts";
import type { RecordFault } from "../src/simulator/faults.ts";
import { closeLease } from "../src/simulator/nature/provider.ts";
import type { Site } from "../src/simulator/site.ts";
import { newTool } from "../src/simulator/tool.ts";
import {
  drydock,
  outsideFor,
  quietTerminal,
  type Sandbox,
  sandbox,
} from "./scenarios/simulated.ts";
import { whenRecorded } from "./scenarios/when-recorded.ts";

const kept = "12 of 12 leases kept, no tenant pod restarted";

function keysOf({ site }: Sandbox): readonly string[] {
  return [...site.model.leases.keys()];
}

/** In the middle of a window of one node, while the provider is stopped. */
function meanwhile(does: (site: Site) => void): RecordFault {
  return { at: "record", number: 20, moment: "after", does: ({ site }) => does(site) };
}

/** The survey's question gets no answer, and all later ones do. */
function silentAtFirst(open: Outside["openCluster"]): Outside["openCluster"] {
  let asked = 0;
  return async (where, on) => {
    const cluster = await open(where, on);
    const ask: Chain["ask"] = async (provider) => {
      asked += 1;
      return asked === 1 ? unreadable("no answer in time") : cluster.chain.ask(provider);
    };
    return { ...cluster, chain: { ...cluster.chain, ask } };
  };
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

describe("the report of a window ends with what became of the leases", () => {
  test("when nothing did", async () => {
    const box = sandbox({ controlPlane: 1 });
    const ran = await drydock(box, "run --yes");
    expect([ran.code, lastLine(ran.out)]).toEqual([0, kept]);
    const status = await drydock(box, "status");
    expect(lastLine(status.out)).toBe(kept);
  });

  test("when a tenant closed one meanwhile: by name, and it is no loss", async () => {
    const box = sandbox({ controlPlane: 1 });
    const [key = ""] = keysOf(box);
    const ran = await drydock(box, "run --yes", {
      faults: [meanwhile((site) => closeLease(site, key, 1))],
    });
    expect(ran.code).toBe(0);
    expect(ran.out.trimEnd().split("\n").slice(-2)).toEqual([
      `${key}: closed by its tenant; its workload is still here (leaked)`,
      "11 of 12 leases kept, 1 closed by its tenant, 1 workload left behind (leaked), no tenant pod restarted",
    ]);
  });

  test("when the provider closed one: with an exit code of its own", async () => {
    const box = sandbox({ controlPlane: 1 });
    const [key = ""] = keysOf(box);
    const ran = await drydock(box, "run --yes --json", {
      faults: [meanwhile((site) => closeLease(site, key, 10_000))],
    });
    expect(ran.code).toBe(exitCodes.leasesLost);
    expect(JSON.parse(lastLine(ran.out))).toMatchObject({
      kind: "report",
      leases: {
        kind: "lost",
        countedBy: "chain",
        lines: [`${key}: closed by this provider as unstable (reason 10000)`].map((line) =>
          expect.stringContaining(line),
        ),
      },
    });
    const status = JSON.parse((await drydock(box, "status --json")).out);
    expect(status).toMatchObject({ closed: "completed", leases: { kind: "lost" } });
  });

  test("when the chain gave no answer to the plan's survey: it is asked about what is gone all the same", async () => {
    const box = sandbox({ controlPlane: 1 });
    const [key = ""] = keysOf(box);
    const closing = whenRecorded(box, "settled", "check-provider@node1", () =>
      closeLease(box.site, key, 1),
    );
    let said = "";
    const out = (text: string) => {
      said += text;
    };
    const outside = outsideFor(box, newTool([closing]), {
      ...quietTerminal({ out: "", err: "" }),
      out,
    });
    const silent = { ...outside, openCluster: silentAtFirst(outside.openCluster) };
    expect(await runProgram(["run", "--yes"], async () => silent)).toBe(0);
    expect(said.trimEnd().split("\n").slice(-2)).toEqual([
      expect.stringContaining(`${key}: closed by its tenant`),
      expect.stringMatching(
        /^11 of 12 leases kept, 1 closed by its tenant.*counted by Manifest objects$/,
      ),
    ]);
  });

  test("when the chain is not to be asked: counted by what the cluster has", async () => {
    const ran = await drydock(sandbox({ controlPlane: 1 }), "run --yes --no-chain");
    expect(ran.code).toBe(0);
    expect(lastLine(ran.out)).toBe(
      `${kept}, the chain was not read both times: counted by Manifest objects`,
    );
  });

  test("of a provider that was stopped before, too", async () => {
    const ran = await drydock(sandbox({ controlPlane: 1, replicas: 0 }), "run --yes");
    expect(ran.code).toBe(0);
    expect(ran.out).toContain(`\n${kept}\nBeware: the provider is at 0`);
  });
});

describe("the other commands that start the provider say it too", () => {
  test("hold", async () => {
    const ran = await drydock(sandbox(), "hold -- mend");
    expect([ran.code, lastLine(ran.out)]).toEqual([0, kept]);
    const { out } = await drydock(sandbox(), "hold --json -- mend");
    expect(JSON.parse(lastLine(out))).toMatchObject({
      kind: "report",
      leases: { kind: "kept", sentence: kept, lines: [] },
    });
  });

  test("hold, which gives the operator's command every word of its own", async () => {
    const held: (readonly string[])[] = [];
    const runHere = async (argv: readonly string[]) => held.push(argv) - 1;
    const command = "helm -i other.ini --version 1 --skip all -h --json";
    const ran = await drydock(sandbox(), `hold --skip workloads ${command}`, {
      terminal: { runHere },
    });
    expect([ran.code, held]).toEqual([0, [command.split(" ")]]);
    expect(lastLine(ran.out)).toBe(kept);
  });

  test("provider start, and not provider stop", async () => {
    const box = sandbox();
    expect((await drydock(box, "provider stop")).out).not.toContain("leases");
    const ran = await drydock(box, "provider start");
    expect([ran.code, lastLine(ran.out)]).toEqual([0, kept]);
  });

  test("abandon, of the window's own plan", async () => {
    const box = sandbox();
    const [key = ""] = keysOf(box);
    const failed = { runHere: async () => 1 };
    await drydock(box, "hold -- mend", { terminal: failed });
    closeLease(box.site, key, 20_000);
    const ran = await drydock(box, "abandon");
    expect(ran.code).toBe(0);
    expect(ran.out).toContain(`${key}: out of funds`);
    expect(lastLine(ran.out)).toContain("11 of 12 leases kept, 1 out of funds");
  });
});

describe("a release that is known to destroy leases", () => {
  test.each(["run --yes", "hold -- mend", "plan"])("keeps %s from beginning", async (words) => {
    const box = sandbox({ controlPlane: 1, release: "0.6.9" });
    const ran = await drydock(box, words);
    expect(ran.code).toBe(exitCodes.providerVersion);
    expect(ran.out + ran.err).toContain("--accept-provider-version 0.6.9");
    expect(box.desk.windows.size).toBe(0);
  });

  test("may be stopped, and not started without being named exactly", async () => {
    const box = sandbox({ release: "0.6.9" });
    expect((await drydock(box, "provider stop")).code).toBe(0);
    for (const words of ["provider start", "provider start --accept-provider-version 0.6.8"]) {
      expect((await drydock(box, words)).code).toBe(exitCodes.providerVersion);
    }
    const started = await drydock(box, "provider start --accept-provider-version 0.6.9");
    expect([started.code, lastLine(started.out)]).toEqual([0, kept]);
  });
});
