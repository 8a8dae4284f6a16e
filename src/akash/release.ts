// What a release of akash-network/provider does to leases when it starts and stops: rules by
// version, each with its source. What nobody has read is said to be unknown, not assumed to be
// safe.

export interface Release {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** `rc3` in `0.6.10-rc3`; empty for a release. */
  readonly candidate: string;
}

export interface ReleaseRule {
  readonly id:
    | "tears-down-on-start"
    | "tears-down-on-stop"
    | "hangs-without-monitor"
    | "leaks-after-restart"
    | "may-check-no-more"
    | "may-replace-pods"
    | "unread-release";
  /** From this version on, and before that one; undefined: no end. */
  readonly from: string;
  readonly before: string | undefined;
  readonly says: string;
  /** True: a start of it may destroy leases, so that it needs the operator's explicit consent. */
  readonly destructive: boolean;
  readonly source: string;
}

/** The first one that nobody has read. Its candidates too: digits come before letters. */
const afterRead = "0.14.1-0";

/** Read from the tags of cluster/manager.go, v0.1.0 to v0.14.0 and v0.16.0-rc3. */
export const releaseRules: readonly ReleaseRule[] = [
  {
    id: "tears-down-on-stop",
    from: "0.0.0",
    before: "0.6.6",
    says: "stopped while it still deploys a lease, it deletes that lease's namespace",
    destructive: true,
    source:
      "akash-network/provider cluster/manager.go: shutting down unclean, running teardown now",
  },
  {
    id: "tears-down-on-start",
    from: "0.0.0",
    before: "0.6.5",
    says: "started while the API or the RPC node is not well, it deletes tenants' namespaces",
    destructive: true,
    source: "akash-network/provider cluster/manager.go: startTeardown; akash-network/support#270",
  },
  {
    id: "hangs-without-monitor",
    from: "0.6.5",
    before: "0.6.6",
    says: "a lease whose deployment fails at the start is left without a monitor",
    destructive: false,
    source: "akash-network/provider cluster/manager.go at v0.6.5",
  },
  {
    id: "tears-down-on-start",
    from: "0.6.6",
    before: "0.6.10",
    says: "started while the API or the RPC node is not well, it deletes tenants' namespaces",
    destructive: true,
    source: "akash-network/provider cluster/manager.go: startTeardown; akash-network/support#245",
  },
  {
    id: "leaks-after-restart",
    from: "0.6.10",
    before: undefined,
    says: "leases that tenants close while it is stopped keep their workloads when it is back",
    destructive: false,
    source: "akash-network/support#627, seen with v0.12.0",
  },
  {
    id: "may-check-no-more",
    from: afterRead,
    before: undefined,
    says: "it may check no lease again that it has once found well: then the lease clock counts only until it has",
    destructive: false,
    source: "akash-network/provider#418, 2026-07-06; its first tag is not known",
  },
  {
    id: "may-replace-pods",
    from: afterRead,
    before: undefined,
    says: "started, it may replace tenants' pods of which nothing has changed",
    destructive: false,
    source: "akash-network/provider#434, 2026-09-08, of #419; which tags lie between is not known",
  },
  {
    id: "unread-release",
    from: afterRead,
    before: undefined,
    says: "nobody has read what this release does at its start (read: v0.1.0 to v0.14.0, v0.16.0-rc3)",
    destructive: false,
    source: "Drydock's own knowledge ends at v0.14.0",
  },
];

/**
 * `0.6.10`, `v0.6.10-rc3`, or an image's name with such a tag, pinned by its digest or not;
 * undefined when there is none. A machine's architecture is no candidate.
 */
export function parseRelease(text: string): Release | undefined {
  const tagged = text.trim().replace(/@sha256:[0-9a-f]+$/, "");
  const found = /(?:^|[:@])v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:-([0-9A-Za-z.-]+))?$/.exec(tagged);
  if (found === null) return undefined;
  const [, major, minor, patch, suffix = ""] = found;
  const candidate = suffix.replace(/(^|-)(linux-)?(amd64|arm64)$/, "");
  return { major: Number(major), minor: Number(minor), patch: Number(patch), candidate };
}

/** The chart writes the tag of its values there, also where the image is pinned by its digest. */
export const versionVariable = "AKASH_VERSION";

/** Where a release stands: an image's tag is proof, and the other two are the chart's word. */
export type ReleaseSource = "image" | typeof versionVariable | "app.kubernetes.io/version";

/**
 * An image without a tag says nothing: then what its chart says counts (akash-network/helm-charts,
 * charts/akash-provider/templates/_helpers.tpl). A tag that is no version is somebody's own build.
 */
export function releaseOf(seen: {
  readonly image: string;
  readonly variable: string | undefined;
  readonly label: string;
}): { readonly release: Release; readonly source: ReleaseSource } | undefined {
  const { image, variable = "", label } = seen;
  const isPinned = /^(?:[^@]*\/)?[^:@/]+@sha256:[0-9a-f]+$/.test(image.trim());
  const chart = [
    [versionVariable, variable],
    ["app.kubernetes.io/version", label],
  ] as const;
  const said = [["image", image] as const, ...(isPinned ? chart : [])];
  return said
    .map(([source, text]) => ({ source, release: parseRelease(text) }))
    .find((one): one is { source: ReleaseSource; release: Release } => one.release !== undefined);
}

/**
 * The rules that hold for a release. A candidate comes before the release it is a candidate for.
 */
export function rulesOf(release: Release): readonly ReleaseRule[] {
  return releaseRules.filter(
    (rule) =>
      order(release, rule.from) >= 0 &&
      (rule.before === undefined || order(release, rule.before) < 0) &&
      !(rule.id === "unread-release" && showRelease(release) === "0.16.0-rc3"),
  );
}

/** ` (as AKASH_VERSION says: …)` where it is not the image that says it. */
export function showSource(source: ReleaseSource): string {
  return source === "image" ? "" : ` (as ${source} says: its image is pinned by a digest)`;
}

/**
 * Of a release that nobody has read: what is known to have come into one of them, and that it is
 * not read.
 */
export function unreadRules(release: Release): readonly ReleaseRule[] {
  return rulesOf(release).filter((rule) => rule.from === afterRead);
}

export function showRelease({ major, minor, patch, candidate }: Release): string {
  return `${major}.${minor}.${patch}${candidate === "" ? "" : `-${candidate}`}`;
}

function order(release: Release, text: string): number {
  const other = parseRelease(text);
  if (other === undefined) throw new Error(`${text} is not a release`);
  const numbers = [
    release.major - other.major,
    release.minor - other.minor,
    release.patch - other.patch,
  ];
  const differing = numbers.find((one) => one !== 0);
  if (differing !== undefined) return differing;
  const [mine, its] = [release.candidate, other.candidate];
  if (mine === its) return 0;
  if (mine === "" || its === "") return mine === "" ? 1 : -1;
  return mine.localeCompare(its, "en", { numeric: true });
}
