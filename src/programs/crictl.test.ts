import { describe, expect, test } from "vitest";
import { listContainers, parseContainers, removeContainers, stopContainers } from "./crictl.ts";
import { printed, transcript } from "./transcript.testkit.ts";

describe("a node's containers", () => {
  test("are those of kube-system, newest first, and a tenant's are never among them", () => {
    const seen = parseContainers(transcript("crictl", "ps-all"));
    expect(seen).toEqual({
      kind: "read",
      value: [
        {
          id: expect.stringMatching(/^75b8c9ed4523/),
          name: "kube-scheduler",
          running: true,
          starting: false,
          createdAt: 1_795_849_515_148,
          attempt: 0,
        },
        expect.objectContaining({ name: "kube-controller-manager" }),
        expect.objectContaining({ name: "kube-apiserver", createdAt: 1_795_849_515_002 }),
      ],
    });
  });

  test.each([
    ["CONTAINER_EXITED", false],
    ["CONTAINER_CREATED", true],
  ])("in state %s do not run, and are about to: %s", (state, starting) => {
    const one = {
      id: "a1",
      metadata: { name: "kube-scheduler", attempt: 3 },
      state,
      createdAt: "1795362669337793414",
      labels: { "io.kubernetes.pod.namespace": "kube-system" },
    };
    const seen = parseContainers(printed(JSON.stringify({ containers: [one] })));
    expect(seen).toMatchObject({ value: [{ id: "a1", running: false, starting, attempt: 3 }] });
  });

  test("are those of static pods: a DaemonSet's kube-vip is another", () => {
    const one = (id: string, uid: string) => ({
      id,
      metadata: { name: "kube-vip" },
      state: "CONTAINER_RUNNING",
      createdAt: "1795362669337793414",
      labels: { "io.kubernetes.pod.namespace": "kube-system", "io.kubernetes.pod.uid": uid },
    });
    const all = [
      one("mirrored", "6eee7edee50a0f38a9e763042a9fadf3"),
      one("daemon", "95f18347-9d9b-4833-875c-c7f6bbbc378e"),
    ];
    const seen = parseContainers(printed(JSON.stringify({ containers: all })));
    expect(seen).toMatchObject({ value: [{ id: "mirrored" }] });
  });

  test("are none, or unreadable, but never guessed", () => {
    expect(parseContainers(printed(`{"containers":[]}`))).toEqual({ kind: "read", value: [] });
    expect(parseContainers(printed("{}")).kind).toBe("unreadable");
    expect(parseContainers(printed("not json")).kind).toBe("unreadable");
    expect(parseContainers({ kind: "unknown", because: "cut off" }).kind).toBe("unreadable");
  });

  test("are asked for by their whole name, the exited ones too", () => {
    const { argv } = listContainers("kube-apiserver");
    expect(argv).toContain("^kube-apiserver$");
    expect(argv).toContain("-a");
  });
});

describe("stopping a container", () => {
  test("gives it its grace, and waits longer than that", () => {
    const command = stopContainers(["a1", "b2"], 5);
    expect(command.argv.slice(3)).toEqual(["stop", "--timeout", "5", "a1", "b2"]);
    // One after the other, as crictl does it.
    expect(command.timeoutMs).toBeGreaterThan(10_000);
  });

  test("gives the runtime 30 s to end one that must be killed, and hears crictl's own word", () => {
    const command = stopContainers(["a1"], 1);
    expect(command.argv.slice(0, 3)).toEqual(["crictl", "--timeout", "30s"]);
    expect(command.timeoutMs).toBeGreaterThan(31_000);
  });

  test("removes it by its own id, never by a selector, and gives a slow disk its time", () => {
    const { argv } = removeContainers(["a1", "b2"]);
    expect(argv).toEqual(["crictl", "--timeout", "30s", "rm", "a1", "b2"]);
  });
});
