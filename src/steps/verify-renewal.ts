// The guide's "Step 4: Verify Renewal", which reads files only: here the file, the certificate
// served, the process and an authenticated call must all agree.

import type { Certificate } from "../cluster/certificate.ts";
import type { ComponentName } from "../cluster/component.ts";
import {
  type CertificateEntry,
  certificateAt,
  certificateOf,
} from "../cluster/node-certificates.ts";
import type { NodeFiles } from "../cluster/node-files.ts";
import type { Endpoint } from "../cluster/served.ts";
import type { Reading } from "../core/outcome.ts";
import { defineCheck, type Look, satisfied, unclear } from "../core/step.ts";
import {
  type Container,
  controlPlaneContainers,
  listContainers,
  parseContainers,
} from "../programs/crictl.ts";
import { compareKubeconfigs, isCopyOfAdmin, parseKubeconfigs } from "../programs/kubeconfig.ts";
import { askKubelet, getRaw, parseOk } from "../programs/kubectl.ts";
import {
  parseServedCertificates,
  readServedCertificates,
  type ServedAnswer,
} from "../programs/served-certificates.ts";
import { certificatesOf, readNodeFiles } from "./read-certificates.ts";
import { notRenewed, type PlannedCertificate } from "./renew-certificates.ts";

export type VerifyRenewalGoal = {
  readonly certificates: readonly PlannedCertificate[];
  /** Must run in another container than this one; those that reload may be left out. */
  readonly restarted: readonly { readonly component: ComponentName; readonly container: string }[];
  /**
   * The API server's own listener, never the load balancer's, and the file that it is told to show.
   */
  readonly endpoint: {
    readonly name: "kube-apiserver";
    readonly address: string;
    /** Absent in a plan from before it was noted: then kubeadm's. */
    readonly path?: string;
  };
  readonly node: string;
  /**
   * root's kubeconfig, where the node has one. It counts when it is a copy of admin.conf as one
   * looks.
   */
  readonly kubeconfig: string | null;
};

type NotTried = "is no copy of admin.conf" | "has settings of its own";

interface Seen {
  readonly entries: Reading<readonly CertificateEntry[]>;
  readonly served: readonly ServedAnswer[];
  /** What lies in the file that should be served. */
  readonly toServe: Certificate | undefined;
  readonly containers: Reading<readonly Container[]>;
  readonly calls: readonly Reading<true>[];
  /**
   * Why root's kubeconfig was not tried: what somebody's own does there is no matter of a renewal.
   */
  readonly notTried: NotTried | undefined;
}

export const verifyRenewal = defineCheck<VerifyRenewalGoal, Seen>({
  id: "verify-renewal",
  title: "Verify the renewal",
  guide: "Step 4: Verify Renewal",
  // The API server looks at its files at least once a minute when it misses their change.
  settleMs: 120_000,
  pollMs: 100,
  why: () =>
    "kubeadm's check reads files: it is content while a process still serves the old ones.",
  proof: ({ endpoint, node }) =>
    `files renewed; ${endpoint.address} serves the file's certificate; other containers run; calls as admin reach the API server and, through it, the kubelet of ${node}`,
  observe: (look, goal) => observe(look, goal),
  judge: (seen, goal) => {
    const trouble = [
      ...fileTrouble(seen.entries, goal),
      ...servedTrouble(seen),
      ...processTrouble(seen.containers, goal),
      ...seen.calls.flatMap((call) => (call.kind === "read" ? [] : [call.because])),
    ];
    if (trouble.length > 0) return unclear(trouble.join("; "));
    const serial = seen.served[0]?.seen;
    const short = serial?.kind === "read" ? serial.value.serialHex.slice(0, 8).toLowerCase() : "";
    const own =
      seen.notTried === undefined ? "" : `; ${goal.kubeconfig} ${seen.notTried}: not tried`;
    return satisfied(
      `${goal.certificates.length} files, ${goal.endpoint.address} serves ${short}…, ${goal.restarted.length} other processes, ${seen.calls.length} calls as admin${own}`,
    );
  },
});

async function observe(look: Look, goal: VerifyRenewalGoal): Promise<Seen> {
  const endpoints: readonly Endpoint[] = [goal.endpoint];
  const server = `https://${goal.endpoint.address}`;
  const [files, served, containers, throughKubelet, asRoot] = await Promise.all([
    readNodeFiles(look),
    look.run(readServedCertificates(endpoints)),
    look.run(listContainers(controlPlaneContainers)),
    look.run(askKubelet(goal.node, { server })),
    goal.kubeconfig === null
      ? undefined
      : callAsRoot(look, { server, kubeconfig: goal.kubeconfig }),
  ]);
  const entries = certificatesOf(files);
  return {
    entries,
    served: parseServedCertificates(served, endpoints),
    toServe: toServe(files, entries, goal.endpoint),
    containers: parseContainers(containers),
    calls: [
      parseOk(throughKubelet, `${server}, to the kubelet of ${goal.node}`),
      ...(typeof asRoot === "object" ? [asRoot] : []),
    ],
    notTried: typeof asRoot === "object" ? undefined : asRoot,
  };
}

function toServe(
  files: Reading<NodeFiles>,
  entries: Reading<readonly CertificateEntry[]>,
  { path }: VerifyRenewalGoal["endpoint"],
): Certificate | undefined {
  if (files.kind === "unreadable" || entries.kind === "unreadable") return undefined;
  if (path === undefined) return certificateOf(entries.value, "apiserver");
  return certificateAt(files.value, entries.value, path);
}

/**
 * Only with a copy of admin.conf: what else lies there may be for another cluster, or run a
 * program. With settings of its own it may trust a load balancer's authority only, or go by a
 * proxy; of a server and a namespace none matters.
 */
async function callAsRoot(
  look: Look,
  ask: { readonly server: string; readonly kubeconfig: string },
): Promise<Reading<true> | NotTried | undefined> {
  const seen = parseKubeconfigs(await look.run(compareKubeconfigs(ask.kubeconfig)));
  if (seen.kind === "unreadable") return seen;
  if (seen.value.current === "absent") return undefined;
  if (!isCopyOfAdmin(seen.value)) return "is no copy of admin.conf";
  if (seen.value.own?.includes("more") === true) return "has settings of its own";
  const outcome = await look.run(getRaw("/readyz", ask));
  return parseOk(outcome, `${ask.server} with root's kubeconfig`);
}

function fileTrouble(
  entries: Reading<readonly CertificateEntry[]>,
  goal: VerifyRenewalGoal,
): readonly string[] {
  if (entries.kind === "unreadable") return [entries.because];
  const unsigned = goal.certificates
    .flatMap(({ name }) => certificateOf(entries.value, name) ?? [])
    .filter((one) => one.isSignedByItsAuthority === false)
    .map((one) => `${one.name} is not signed by ${one.caName}`);
  const left = notRenewed(goal, entries.value).map((one) => `${one.name}: ${one.because}`);
  return [...left, ...unsigned];
}

function servedTrouble({ toServe, served }: Seen): readonly string[] {
  return served.flatMap(({ endpoint, seen }) => {
    if (seen.kind === "unreadable") return [`${endpoint.address}: ${seen.because}`];
    if (seen.value.fingerprint256 === toServe?.fingerprint256) return [];
    return [`${endpoint.address} still serves another certificate than the file`];
  });
}

function processTrouble(
  containers: Reading<readonly Container[]>,
  goal: VerifyRenewalGoal,
): readonly string[] {
  if (containers.kind === "unreadable") return [containers.because];
  return goal.restarted.flatMap(({ component, container }) => {
    const running = containers.value.find((one) => one.running && one.name === component);
    if (running === undefined) return [`${component} does not run`];
    return running.id === container ? [`${component} is still the process of before`] : [];
  });
}
