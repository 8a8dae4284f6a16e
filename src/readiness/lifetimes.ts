// How long certificates live, beside what kubeadm would sign now: an authority must outlive that,
// and no leaf may live longer. A renewal that shortens a certificate could never be told from none.

import type { Certificate } from "../cluster/certificate.ts";
import { type ClusterFacts, controlPlaneHosts, type HostFacts } from "../cluster/facts.ts";
import { kubeadmConfigFile } from "../cluster/node-files.ts";
import { signedForMs, signedUntil, yearMs } from "../cluster/validity.ts";
import type { Instant } from "../core/world.ts";
import type { Blocker } from "./blocker.ts";
import { hasFile, useTheClusters } from "./kubeadm.ts";

/**
 * Clocks are not equal, and a certificate may have been renewed a moment ago. One that is ahead by
 * less is renewed to a later end as soon as that time has gone by.
 */
const slackMs = 5 * 60_000;

export function lifetimeBlockers(facts: ClusterFacts): readonly Blocker[] {
  return controlPlaneHosts(facts).flatMap((host): readonly Blocker[] => [
    ...endingAuthorities(host, facts.surveyedAt),
    // Without a file kubeadm asks the API: while that is away nobody knows, and it blocks by
    // itself.
    ...(facts.nodes.kind === "read" || hasFile(host) ? longLeaves(host, facts.surveyedAt) : []),
  ]);
}

function endingAuthorities(host: HostFacts, surveyedAt: Instant): readonly Blocker[] {
  const shorter =
    signedForMs(host) > yearMs
      ? `, or shorten certificateValidityPeriod in ${hasFile(host) ? kubeadmConfigFile : theClusters}`
      : "";
  return present(host, "authorities")
    .filter(({ notAfter }) => notAfter <= surveyedAt + signedForMs(host))
    .map(({ name, notAfter }) => ({
      kind: "other",
      where: host.name,
      because: `certificate authority ${name} expires on ${day(notAfter)}, before what it would sign`,
      remedy: `Rotate the certificate authority first${shorter}.`,
    }));
}

function longLeaves(host: HostFacts, surveyedAt: Instant): readonly Blocker[] {
  const until = signedUntil(host, surveyedAt);
  const [longest, ...others] = present(host, "certificates")
    .filter((one) => one.externallyManaged !== true && one.notAfter > until + slackMs)
    .sort((a, b) => b.notAfter - a.notAfter);
  if (longest === undefined) return [];
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const because = `${longest.name}${more} expires on ${day(longest.notAfter)}, later than what kubeadm would sign in its place, which ends on ${day(until)}`;
  const remedy = `Renew by hand what does expire soon (\`kubeadm certs renew NAME\`), or, with kubeadm 1.31 or later, ${asBefore(host)}; then look again.`;
  return [{ kind: "other", where: host.name, because, remedy }];
}

const theClusters =
  "the cluster's ClusterConfiguration (`kubectl -n kube-system edit configmap kubeadm-config`)";

/**
 * How kubeadm comes to sign for as long as before: by its file where there is one, else by what the
 * cluster keeps.
 */
function asBefore(host: HostFacts): string {
  const live = "the time that these certificates live";
  if (hasFile(host)) {
    return `give certificateValidityPeriod in ${kubeadmConfigFile} of ${host.name} ${live}`;
  }
  return host.kubeadmGoesBy === "cluster"
    ? `give certificateValidityPeriod in ${theClusters} ${live}`
    : `have it sign by what the cluster keeps (certificateValidityPeriod there: ${live}): ${useTheClusters(host.name)}`;
}

function present(host: HostFacts, of: "certificates" | "authorities"): readonly Certificate[] {
  const entries = host.certificates.kind === "read" ? host.certificates.value.entries : [];
  return entries.flatMap(({ table, found }) =>
    table === of && found.kind === "present" ? [found.certificate] : [],
  );
}

function day(at: Instant): string {
  return new Date(at).toISOString().slice(0, 10);
}
