import { describe, expect, test } from "vitest";
import { noChain } from "../core/chain.testkit.ts";
import { type RestartComponentGoal, restartComponent } from "./restart-component.ts";
import { container, cutOff, read, said, today, typed } from "./seen.testkit.ts";

const goal: RestartComponentGoal = {
  components: [{ name: "kube-scheduler", container: "old", graceSeconds: 5 }],
  files: ["/etc/kubernetes/scheduler.conf"],
  apiServer: "https://10.0.0.1:6443",
};
const both: RestartComponentGoal = {
  ...goal,
  components: [
    ...goal.components,
    { name: "kube-controller-manager", container: "old-cm", graceSeconds: 5 },
  ],
};

const one = (id: string, createdAt: number, running = true) =>
  container("kube-scheduler", id, { createdAt, running });
const old = one("old", today - 1000);
const fresh = one("new", today + 1);
const written = read(today);
/** Of the node, when it was looked at. */
const clockAt = today + 60_000;
const healthy = read(true);
/** Nothing told: then the clock alone counts. */
const startedAt = read(new Map<string, number>());

describe("a component", () => {
  test.each([
    ["that still runs", [old], undefined, "needed: kube-scheduler is still container old"],
    [
      "that was restarted",
      [fresh],
      healthy,
      "satisfied: kube-scheduler is healthy in container new",
    ],
    [
      "that still runs, whatever the clock says",
      [one("old", today + 1)],
      healthy,
      "needed: kube-scheduler is still container old",
    ],
    [
      "without a health endpoint",
      [fresh],
      undefined,
      "satisfied: kube-scheduler is healthy in container new",
    ],
    ["that is not healthy yet", [fresh], cutOff, "unclear: no answer: cut off"],
    [
      "that was restarted before the renewal",
      [one("other", today - 500)],
      undefined,
      "needed: kube-scheduler started before the renewal: container other",
    ],
    [
      "created in the very moment of the last write",
      [one("other", today)],
      undefined,
      "needed: kube-scheduler started before the renewal: container other",
    ],
    [
      "that is from the future: the clock was set back since",
      [one("other", clockAt + 600_000)],
      healthy,
      "needed: kube-scheduler started before the renewal: container other",
    ],
    [
      "that has exited",
      [one("old", today - 1000, false)],
      undefined,
      "needed: kube-scheduler has exited, and the kubelet backs off",
    ],
    [
      "whose successor is about to start, beside one that exited earlier",
      [
        container("kube-scheduler", "new", {
          createdAt: today + 1,
          running: false,
          starting: true,
        }),
        one("older", today - 1000, false),
      ],
      undefined,
      "unclear: kube-scheduler is about to start",
    ],
    ["that is gone", [], undefined, "unclear: no container of kube-scheduler yet"],
    [
      "that runs beside its exited one",
      [fresh, one("old", today - 1000, false)],
      healthy,
      "satisfied: kube-scheduler is healthy in container new",
    ],
  ])("%s", (_, containers, health, words) => {
    const seen = {
      containers: read(containers),
      writtenAt: written,
      clockAt,
      startedAt,
      health: new Map(health === undefined ? [] : [["kube-scheduler", health]]),
    };
    expect(said(restartComponent.judge(seen, goal))).toBe(words);
  });

  test("is not judged by what could not be read", () => {
    const unread = {
      containers: cutOff,
      writtenAt: written,
      clockAt,
      startedAt,
      health: new Map(),
    };
    expect(restartComponent.judge(unread, goal).kind).toBe("unclear");
    const unstamped = {
      containers: read([fresh]),
      writtenAt: cutOff,
      clockAt: Number.NaN,
      startedAt,
      health: new Map(),
    };
    expect(restartComponent.judge(unstamped, goal).kind).toBe("unclear");
  });
});

describe("where the clock was set back", () => {
  const seen = (writtenAt: number, started: number) => ({
    containers: read([one("new", today + 1)]),
    writtenAt: read(writtenAt),
    clockAt,
    startedAt: read(new Map([["new", started]])),
    health: new Map([["kube-scheduler", healthy]]),
  });

  test("a process that is older than the renewal is restarted, however late it was created by the clock", () => {
    expect(said(restartComponent.judge(seen(today, today - 3_600_000), goal))).toBe(
      "needed: kube-scheduler started before the renewal: container new",
    );
    expect(restartComponent.judge(seen(today, today + 1), goal).kind).toBe("satisfied");
  });

  test("files from the future are dated anew before anything is restarted", () => {
    const [first, second] = typed(restartComponent.change(seen(clockAt + 1, today + 1), goal));
    expect(first).toBe("touch -c /etc/kubernetes/scheduler.conf");
    expect(second).toMatch(/^crictl --timeout 30s stop/);
    expect(typed(restartComponent.change(seen(clockAt, today - 1), goal))[0]).toMatch(/^crictl/);
  });
});

describe("kube-vip, whose health nothing tells", () => {
  const vip: RestartComponentGoal = {
    components: [{ name: "kube-vip", container: "old", graceSeconds: 5 }],
    files: ["/etc/kubernetes/admin.conf"],
    apiServer: "https://10.0.0.1:6443",
  };
  const judged = (createdAt: number, runs = true) =>
    said(
      restartComponent.judge(
        {
          containers: read([container("kube-vip", "new", { createdAt, running: runs })]),
          writtenAt: written,
          clockAt,
          startedAt,
          health: new Map(),
        },
        vip,
      ),
    );

  test("is not believed before it has been running for a while", () => {
    expect(judged(clockAt - 9999)).toBe("unclear: kube-vip has not been running for 10 s yet");
    expect(judged(clockAt - 10_000)).toBe("satisfied: kube-vip runs steadily in container new");
  });

  test("that ended soon after its start is not whole", () => {
    expect(judged(clockAt - 10_000, false)).toBe(
      "needed: kube-vip has exited, and the kubelet backs off",
    );
  });
});

describe("two components at once", () => {
  const manager = (id: string, createdAt: number) =>
    container("kube-controller-manager", id, { createdAt, running: true });
  const seenWith = (containers: readonly ReturnType<typeof one>[]) => ({
    containers: read(containers),
    writtenAt: written,
    clockAt,
    startedAt,
    health: new Map([
      ["kube-scheduler", healthy],
      ["kube-controller-manager", healthy],
    ]),
  });

  test.each([
    [
      "neither restarted",
      [old, manager("old-cm", today - 9)],
      "needed",
      ["crictl --timeout 30s stop --timeout 5 old old-cm", "crictl --timeout 30s rm old old-cm"],
    ],
    [
      "one restarted",
      [fresh, manager("old-cm", today - 9)],
      "needed",
      ["crictl --timeout 30s stop --timeout 5 old-cm", "crictl --timeout 30s rm old-cm"],
    ],
    [
      "one exited",
      [one("ended", today - 9, false), manager("old-cm", today - 9)],
      "needed",
      ["crictl --timeout 30s stop --timeout 5 old-cm", "crictl --timeout 30s rm ended old-cm"],
    ],
    ["one restarted, one on its way", [fresh], "unclear", []],
    ["both restarted", [fresh, manager("new-cm", today + 9)], "satisfied", []],
  ] as const)("%s: %s", (_, containers, kind, touched) => {
    const seen = seenWith(containers);
    expect(restartComponent.judge(seen, both).kind).toBe(kind);
    expect(typed(restartComponent.change(seen, both))).toEqual(touched);
  });
});

describe("restarting", () => {
  const change = (...containers: readonly ReturnType<typeof one>[]) =>
    typed(
      restartComponent.change(
        { containers: read(containers), writtenAt: written, clockAt, startedAt, health: new Map() },
        goal,
      ),
    );

  test("stops the running container gracefully, then removes it", () => {
    expect(change(old)).toEqual([
      "crictl --timeout 30s stop --timeout 5 old",
      "crictl --timeout 30s rm old",
    ]);
  });

  test("removes a container that has exited, so that the kubelet does not back off", () => {
    expect(change(one("old", today - 1000, false))).toEqual(["crictl --timeout 30s rm old"]);
  });

  test("leaves the exited ones of the past alone where one has been running for long", () => {
    const long = one("old", clockAt - 300_000);
    expect(change(long, one("past", clockAt - 900_000, false))).toEqual([
      "crictl --timeout 30s stop --timeout 5 old",
      "crictl --timeout 30s rm old",
    ]);
  });

  test("removes first what exited so lately that the kubelet may still back off", () => {
    const young = one("old", clockAt - 299_000);
    expect(change(young, one("past", clockAt - 900_000, false))).toEqual([
      "crictl --timeout 30s rm past",
      "crictl --timeout 30s stop --timeout 5 old",
      "crictl --timeout 30s rm old",
    ]);
  });
});

describe("looking", () => {
  type State = "CONTAINER_RUNNING" | "CONTAINER_EXITED" | "away";

  /** A node whose container is another one at each look. */
  function node(...states: readonly (readonly [id: string, createdAt: number, state: State])[]) {
    const asked: string[] = [];
    const healthAskedOf: string[] = [];
    let unanswered: string | undefined;
    let looks = 0;
    const list = (): string => {
      const [id, createdAt, state] = states[Math.min(looks++, states.length - 1)] ?? [];
      const labels = { "io.kubernetes.pod.namespace": "kube-system" };
      const metadata = { name: "kube-scheduler", attempt: 0 };
      const created = String(BigInt(createdAt ?? 0) * 1_000_000n);
      if (state === "away") return JSON.stringify({ containers: [] });
      return JSON.stringify({ containers: [{ id, metadata, state, createdAt: created, labels }] });
    };
    const look = {
      host: "node1",
      chain: noChain,
      now: today,
      stored: async () => undefined,
      run: async ({ argv }: { readonly argv: readonly string[] }) => {
        const program = argv[0] === "sh" ? (argv[3] ?? "") : (argv[0] ?? "");
        asked.push(program);
        if (program === "drydock-await") healthAskedOf.push(argv.at(-1) ?? "");
        const answers: Readonly<Record<string, () => string>> = {
          crictl: list,
          "drydock-write-times": () => `${clockAt / 1000}\n${today / 1000}\n`,
          "drydock-await": () => "ok",
          "drydock-process-starts": () => `started new ${(today + 5) / 1000}\n`,
        };
        if (program === unanswered) return { kind: "unknown", because: "cut off" } as const;
        const stdout = answers[program]?.() ?? "";
        return { kind: "exited", code: 0, stdout, stderr: "" } as const;
      },
    };
    const verdict = async (of = goal) =>
      restartComponent.judge(await restartComponent.observe(look, of), of);
    const without = (program: string) => {
      unanswered = program;
      return verdict();
    };
    return { asked, healthAskedOf, verdict, without };
  }

  test("before a restart does not ask for health", async () => {
    const { asked, verdict } = node(["old", today - 5, "CONTAINER_RUNNING"]);
    expect((await verdict()).kind).toBe("needed");
    expect(asked).toEqual(["crictl", "drydock-write-times"]);
  });

  test("after a restart asks for it", async () => {
    const { asked, verdict } = node(["new", today + 5, "CONTAINER_RUNNING"]);
    expect((await verdict()).kind).toBe("satisfied");
    expect(asked).toEqual([
      "crictl",
      "drydock-write-times",
      "drydock-await",
      "drydock-process-starts",
    ]);
  });

  test.each([
    ["an answer about its health", "drydock-await", "unclear: kube-scheduler: no answer: cut off"],
    [
      "one about the age of its process",
      "drydock-process-starts",
      "unclear: processes: no answer: cut off",
    ],
  ])("after a restart is not content without %s", async (_, program, words) => {
    const { without } = node(["new", today + 5, "CONTAINER_RUNNING"]);
    expect(said(await without(program))).toBe(words);
  });

  test("after a restart asks the component itself, where its manifest says that it answers", async () => {
    const { healthAskedOf, verdict } = node(["new", today + 5, "CONTAINER_RUNNING"]);
    const healthUrl = "https://127.0.0.2:4242/healthz";
    await verdict();
    await verdict({ ...goal, components: goal.components.map((one) => ({ ...one, healthUrl })) });
    expect(healthAskedOf).toEqual(["https://127.0.0.1:10259/healthz", healthUrl]);
  });

  test("while it is away waits for it, and then looks which container it is", async () => {
    const { asked, verdict } = node(["", today, "away"], ["new", today + 5, "CONTAINER_RUNNING"]);
    expect(await verdict()).toMatchObject({
      kind: "satisfied",
      because: expect.stringContaining("new"),
    });
    expect(asked.filter((program) => program === "crictl")).toHaveLength(2);
  });

  test("when it has exited does not wait, for the kubelet would back off", async () => {
    const { asked, verdict } = node(["old", today - 5, "CONTAINER_EXITED"]);
    expect((await verdict()).kind).toBe("needed");
    expect(asked).not.toContain("drydock-await");
  });

  test("is not content when something else answers in its place", async () => {
    const { verdict } = node(["", today, "away"]);
    expect((await verdict()).kind).toBe("unclear");
  });
});
