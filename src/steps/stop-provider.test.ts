import { describe, expect, test } from "vitest";
import { noChain } from "../core/chain.testkit.ts";
import type { Look } from "../core/step.ts";
import { printed, transcript } from "../programs/transcript.testkit.ts";
import { cutOff, provider, read, said, stoppedProvider, today, typed } from "./seen.testkit.ts";
import { forgetReplicas, startProvider } from "./start-provider.ts";
import { rememberReplicas, stopProvider } from "./stop-provider.ts";

const ref = { namespace: "akash-services", name: "akash-provider" };
const nobody = read(undefined);

describe("a provider to be stopped", () => {
  const other = provider({ namespace: "second", pods: ["akash-provider-0"] });

  test("is blocked by another release in its own namespace, too", () => {
    const beside = provider({ name: "akash-two", pods: ["akash-two-0"] });
    const seen = { provider: read(stoppedProvider), all: read([stoppedProvider, beside]) };
    expect(said(stopProvider.judge(seen, ref))).toBe(
      "blocked: another provider runs: akash-services/akash-two-0",
    );
  });

  test.each([
    ["runs", provider(), "needed: akash-services/akash-provider wants 1 replica"],
    [
      "is stopped",
      stoppedProvider,
      "satisfied: akash-services/akash-provider is at 0 and has no pod",
    ],
    [
      "still has a pod",
      { ...stoppedProvider, pods: ["akash-provider-0"] },
      "unclear: akash-services/akash-provider-0 still exists",
    ],
    [
      "has a controller that has not seen it",
      { ...stoppedProvider, upToDate: false },
      "unclear: akash-services/akash-provider: its controller has not seen the change yet",
    ],
    [
      "is still counted",
      { ...stoppedProvider, currentReplicas: 1 },
      "unclear: akash-services/akash-provider still counts 1",
    ],
  ])("%s", (_, seen, words) => {
    const what = { provider: read(seen), all: read([seen]) };
    expect(said(stopProvider.judge(what, ref))).toBe(words);
  });

  test("is blocked by another release that runs, and not by one that is stopped", () => {
    const seen = (second: ReturnType<typeof provider>) => ({
      provider: read(stoppedProvider),
      all: read([stoppedProvider, second]),
    });
    const verdict = stopProvider.judge(seen(other), ref);
    expect(said(verdict)).toBe("blocked: another provider runs: second/akash-provider-0");
    expect(stopProvider.judge(seen({ ...other, pods: [] }), ref).kind).toBe("satisfied");
  });

  test("is not taken for stopped when it is gone or cannot be asked", () => {
    expect(stopProvider.judge({ provider: nobody, all: read([]) }, ref).kind).toBe("blocked");
    expect(stopProvider.judge({ provider: cutOff, all: read([]) }, ref).kind).toBe("unclear");
    const half = { provider: read(stoppedProvider), all: cutOff };
    expect(stopProvider.judge(half, ref).kind).toBe("unclear");
  });

  describe("looked at", () => {
    const answers = JSON.parse(transcript("kubectl", "get-provider-by-label").stdout) as {
      items: { kind: string; spec: { selector?: object } }[];
    };

    /** How it is seen where the label finds these objects, and what was asked for that. */
    async function seen(items: readonly object[]) {
      const asked: string[] = [];
      const look: Look = {
        host: "node1",
        now: today,
        stored: async () => undefined,
        chain: noChain,
        run: async ({ argv }) => {
          asked.push(argv.includes("-l") ? "by label" : "in its namespace");
          return printed(JSON.stringify({ items: argv.includes("-l") ? items : answers.items }));
        },
      };
      return { seen: await stopProvider.observe(look, ref), asked };
    }

    test("is asked for once, where its selector asks for the label that finds it", async () => {
      expect(await seen(answers.items)).toMatchObject({
        asked: ["by label"],
        seen: { provider: { value: { replicas: 1, pods: ["akash-provider-0"] } } },
      });
    });

    test("is asked for with all pods of its namespace, where the label may miss some or all of it", async () => {
      const whole = { asked: ["by label", "in its namespace"] };
      const provider = { value: { pods: ["akash-provider-0"] } };
      expect(await seen([])).toMatchObject({ ...whole, seen: { provider } });
      const selector = { matchLabels: { app: "akash-provider" } };
      const [set, ...pods] = answers.items;
      const bySelector = [{ ...set, spec: { ...set?.spec, selector } }, ...pods];
      expect(await seen(bySelector)).toMatchObject({ ...whole, seen: { provider } });
    });
  });

  test("is scaled to 0 by its own name", () => {
    const [command] = typed(stopProvider.change({}, ref));
    expect(command).toContain("-n akash-services scale statefulset akash-provider --replicas=0");
  });
});

describe("a provider to be started", () => {
  const goal = { ...ref, replicas: 2 };

  test.each([
    ["is stopped", stoppedProvider, /^needed: .*wants 0 replicas, not 2/],
    ["was scaled", provider({ replicas: 2 }), /^unclear: .*1 of 2 ready/],
    ["is ready", provider({ replicas: 2, readyReplicas: 2 }), /^satisfied: .*2 of 2/],
    [
      "has a controller that has not seen it",
      provider({ replicas: 2, readyReplicas: 2, upToDate: false }),
      /^unclear: .*controller/,
    ],
  ])("%s", (_, seen, words) => {
    expect(said(startProvider.judge(read(seen), goal))).toMatch(words);
  });

  test("stays stopped when it was stopped before", () => {
    const verdict = startProvider.judge(read(stoppedProvider), { ...ref, replicas: 0 });
    expect(verdict.kind).toBe("satisfied");
  });

  test("gets back the replicas it had, not 1", () => {
    expect(typed(startProvider.change(read(stoppedProvider), goal))[0]).toContain("--replicas=2");
  });

  test("that is gone is for a person to find", () => {
    expect(startProvider.judge(nobody, goal).kind).toBe("blocked");
    expect(startProvider.judge(cutOff, goal).kind).toBe("unclear");
  });
});

describe("the note of earlier replicas", () => {
  const goal = { ...ref, replicas: 2 };

  test.each([
    [undefined, "needed", "satisfied"],
    [2, "satisfied", "needed"],
    [1, "needed", "needed"],
  ])("%s: remembering 2 is %s, forgetting is %s", (previousReplicas, remember, forget) => {
    const seen = read(provider({ previousReplicas }));
    expect(rememberReplicas.judge(seen, goal).kind).toBe(remember);
    expect(forgetReplicas.judge(seen, goal).kind).toBe(forget);
  });

  test("stays beside a provider that is at 0", () => {
    const seen = read(provider({ replicas: 0, previousReplicas: 2 }));
    expect(forgetReplicas.judge(seen, goal).kind).toBe("satisfied");
  });

  test("is an annotation of the StatefulSet, which restarts no pod", () => {
    const [noted] = typed(rememberReplicas.change(nobody, goal));
    const [removed] = typed(forgetReplicas.change(nobody, goal));
    expect(noted).toMatch(/annotate --overwrite statefulset akash-provider \S+=2$/);
    expect(removed).toMatch(/annotate --overwrite statefulset akash-provider \S+-$/);
  });
});
