import { describe, expect, test } from "vitest";
import { previousReplicasAnnotation } from "../akash/provider.ts";
import { findProviders, getProvider, parseProvider, parseProviders } from "./provider-objects.ts";
import { printed, transcript } from "./transcript.testkit.ts";

const provider = { namespace: "akash-services", name: "akash-provider" };
const recorded = transcript("kubectl", "get-akash-services");

type Loose = { [key: string]: unknown; metadata: { [key: string]: unknown } };

/** The recorded objects, changed. */
function changed(change: (item: Loose) => Loose | undefined) {
  const { items }: { items: Loose[] } = JSON.parse(recorded.stdout);
  return printed(JSON.stringify({ items: items.flatMap((item) => change(item) ?? []) }));
}

describe("the provider", () => {
  test("is told with its replicas, its image and its pods, and no other's pods", () => {
    expect(parseProvider(recorded, provider)).toEqual({
      kind: "read",
      value: {
        ...provider,
        replicas: 1,
        currentReplicas: 1,
        readyReplicas: 1,
        upToDate: true,
        image: expect.stringMatching(/provider/),
        previousReplicas: undefined,
        pods: ["akash-provider-0"],
      },
    });
  });

  test("that is not there is told so, and not as stopped", () => {
    const other = { ...provider, name: "nobody" };
    expect(parseProvider(recorded, other)).toEqual({ kind: "read", value: undefined });
  });

  test.each([
    ["2", 2],
    ["two", undefined],
    ["", undefined],
    ["1.5", undefined],
  ])("has the replicas it had before noted on it: %j", (note, previousReplicas) => {
    const noted = changed((item) => {
      const annotations = { [previousReplicasAnnotation]: note };
      return { ...item, metadata: { ...item.metadata, annotations } };
    });
    expect(parseProvider(noted, provider)).toMatchObject({ value: { previousReplicas } });
  });

  test("is not up to date before its controller has seen the change", () => {
    const newer = changed((item) => ({ ...item, metadata: { ...item.metadata, generation: 2 } }));
    expect(parseProvider(newer, provider)).toMatchObject({ value: { upToDate: false } });
  });

  test("that counts no replicas in its status has none: Kubernetes leaves zeros out", () => {
    const silent = changed((item) =>
      item.kind === "Pod" ? undefined : { ...item, status: { observedGeneration: 1 } },
    );
    expect(parseProvider(silent, provider)).toMatchObject({
      value: { currentReplicas: 0, readyReplicas: 0, pods: [] },
    });
  });

  test("still has a pod whose labels somebody took away, and one that nobody owns", () => {
    const unlabelled = changed((item) => ({
      ...item,
      metadata: { ...item.metadata, labels: item.kind === "Pod" ? {} : item.metadata.labels },
    }));
    expect(parseProvider(unlabelled, provider)).toMatchObject({
      value: { pods: ["akash-provider-0"] },
    });
    const orphaned = changed((item) => ({
      ...item,
      metadata: { ...item.metadata, ownerReferences: [] },
    }));
    expect(parseProvider(orphaned, provider)).toMatchObject({
      value: { pods: ["akash-provider-0"] },
    });
  });

  test("of another namespace with the same name keeps its own pods", () => {
    const moved = changed((item) =>
      item.kind === "Pod"
        ? { ...item, metadata: { ...item.metadata, namespace: "elsewhere" } }
        : item,
    );
    expect(parseProvider(moved, provider)).toMatchObject({ value: { pods: [] } });
  });

  test("is looked for by its label in all namespaces, and by its name in its own", () => {
    expect(findProviders.argv.join(" ")).toContain(
      "statefulsets,pods --all-namespaces -l app.kubernetes.io/name=provider",
    );
    expect(getProvider(provider).argv.join(" ")).toContain(
      "get -n akash-services statefulsets,pods -o json",
    );
  });

  test("of a real cluster is found by its label alone", () => {
    const seen = parseProviders(transcript("kubectl", "get-provider-by-label"));
    expect(seen).toMatchObject({
      value: [{ namespace: "akash-services", name: "akash-provider", replicas: 1 }],
    });
  });

  test("is unreadable when kubectl is not let in", () => {
    const refused = transcript("kubectl", "get-unauthorized");
    expect(parseProvider(refused, provider).kind).toBe("unreadable");
    expect(parseProviders(refused).kind).toBe("unreadable");
  });
});

describe("all providers", () => {
  test("are every StatefulSet that the label found, each with its own pods", () => {
    const { items }: { items: Loose[] } = JSON.parse(recorded.stdout);
    const ours = items.filter((item) => String(item.metadata.name).startsWith("akash-provider"));
    const others = ours.map((item) => ({
      ...item,
      metadata: { ...item.metadata, namespace: "other" },
    }));
    const seen = parseProviders(printed(JSON.stringify({ items: [...ours, ...others] })));
    expect(seen).toMatchObject({
      value: [
        { namespace: "akash-services", pods: ["akash-provider-0"] },
        { namespace: "other", pods: ["akash-provider-0"] },
      ],
    });
    expect(parseProviders(printed(`{"items":[]}`))).toEqual({ kind: "read", value: [] });
  });
});
