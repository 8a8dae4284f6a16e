// The note that `drydock provider stop` leaves on the StatefulSet: it stands for a provider that is
// meant to be at 0, so it must not stand beside one that is not.

import { describe, expect, test } from "vitest";
import { previousReplicasAnnotation } from "../src/akash/provider.ts";
import { exitCodes } from "../src/cli/exit.ts";
import { newDesk } from "../src/simulator/desk.ts";
import { scaleProvider } from "../src/simulator/interference.ts";
import { lockHolders, providerReplicas } from "./scenarios/cluster-seen.ts";
import {
  type Circumstances,
  drydock,
  killedCode,
  type Sandbox,
  sandbox,
  swift,
} from "./scenarios/simulated.ts";

function noteOf({ site }: Sandbox): string | undefined {
  const set = site.model.sets.find((one) => one.name === "akash-provider");
  return set?.annotations.get(previousReplicasAnnotation);
}

function rivalOf(box: Sandbox): Sandbox {
  return { site: box.site, desk: newDesk("rival@laptop") };
}

function killedAt(words: string): Circumstances {
  return { told: (text) => (text.includes(words) ? "kill" : undefined) };
}

/** Ctrl-C as soon as that is on its screen. */
function interruptedAt(words: string): Circumstances {
  let interrupt = () => {};
  return {
    opened: (tool) => {
      interrupt = () => {
        tool.interrupted = true;
      };
    },
    told: (text) => {
      if (text.includes(words)) interrupt();
      return undefined;
    },
  };
}

/** A `provider stop` that was killed between its note and the scale. */
async function killedBeforeScale(box: Sandbox): Promise<Sandbox> {
  const ran = await drydock(box, "provider stop", killedAt("remember-replicas@node1: ok"));
  expect([ran.code, noteOf(box), providerReplicas(box.site.model)]).toEqual([
    killedCode,
    "1",
    "1/1",
  ]);
  return box;
}

describe("a provider stop that ends before the scale was sent", () => {
  test("takes its note back when it is interrupted", async () => {
    const box = sandbox(swift);
    const ran = await drydock(box, "provider stop", interruptedAt("remember-replicas@node1: ok"));
    expect([ran.code, noteOf(box)]).toEqual([exitCodes.interrupted, undefined]);
    expect(ran.err).not.toContain("provider start");
    expect(providerReplicas(box.site.model)).toBe("1/1");
    expect(lockHolders(box.site.model)).toEqual([]);
    expect(box.site.violations).toEqual([]);
  });

  test.each(["backup etcd", "abandon", "hold -- true"])(
    "and is killed, has its note taken back by %s",
    async (words) => {
      const box = await killedBeforeScale(sandbox(swift));
      expect((await drydock(box, words)).code).toBe(0);
      expect([noteOf(box), providerReplicas(box.site.model)]).toEqual([undefined, "1/1"]);
      expect(box.site.violations).toEqual([]);
    },
  );

  test("and is killed, leaves the note to whoever has stopped the provider since", async () => {
    const box = await killedBeforeScale(sandbox(swift));
    const [window = ""] = [...box.desk.windows.keys()];
    const rival = rivalOf(box);
    await drydock(rival, `abandon --break-lock ${window}`);
    expect((await drydock(rival, "provider stop")).code).toBe(0);
    expect((await drydock(box, "backup etcd")).code).toBe(0);
    expect([noteOf(box), providerReplicas(box.site.model)]).toEqual(["1", "0/0"]);
  });
});

describe("a provider stop that ends after the scale was sent", () => {
  test("says that the provider may be at 0 soon, and how to start it", async () => {
    const box = sandbox(swift);
    const ran = await drydock(box, "provider stop", interruptedAt("stop-provider@node1: kubectl"));
    expect([ran.code, noteOf(box)]).toEqual([exitCodes.interrupted, "1"]);
    expect(ran.err).toContain(
      "and may want 0 replicas now. To start it: drydock provider start --",
    );
    expect((await drydock(box, "provider start")).code).toBe(0);
    expect([noteOf(box), providerReplicas(box.site.model)]).toEqual([undefined, "1/1"]);
  });
});

describe("a note beside a provider that runs", () => {
  /** As an older release leaves it, or a machine that is lost. */
  async function noted(): Promise<Sandbox> {
    const lost = await killedBeforeScale(sandbox(swift));
    const [window = ""] = [...lost.desk.windows.keys()];
    const box = rivalOf(lost);
    expect((await drydock(box, `abandon --break-lock ${window}`)).code).toBe(0);
    expect(noteOf(box)).toBe("1");
    return box;
  }

  test("does not keep an abandoned window from giving the provider back", async () => {
    const box = await noted();
    await drydock(box, "run --yes", killedAt("renew-certificates@node2: kubeadm"));
    const [window = ""] = [...box.desk.windows.keys()].slice(-1);
    const colleague = rivalOf(box);
    await drydock(colleague, `abandon --break-lock ${window}`);
    expect((await drydock(colleague, "backup etcd")).code).toBe(0);
    const abandoned = await drydock(box, "abandon");
    expect(abandoned.code, abandoned.err).toBe(0);
    expect(abandoned.err).not.toContain("was not touched");
    expect(providerReplicas(box.site.model)).toBe("1/1");
  });

  test("does not outlive a window, and tell a later start how many replicas there were", async () => {
    const box = await noted();
    scaleProvider(box.site, 2);
    await box.site.clock.wait(60_000);
    expect((await drydock(box, "run --yes")).code).toBe(0);
    expect([noteOf(box), providerReplicas(box.site.model)]).toEqual([undefined, "2/2"]);
    scaleProvider(box.site, 0);
    await box.site.clock.wait(60_000);
    const started = await drydock(box, "provider start");
    expect(started.code).toBe(exitCodes.usage);
    expect(started.err).toContain("nothing says how many replicas it had");
    expect(box.site.violations).toEqual([]);
  });
});
