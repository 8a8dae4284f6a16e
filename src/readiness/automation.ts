// What acts by itself and is not ours to pause, and what a window leaves as it is: said, and in the
// way only where it would surely undo the stop.

import { type AutomationSeen, isPending } from "../akash/automation.ts";
import { showRelease, unreadRules } from "../akash/release.ts";
import { componentNamed } from "../cluster/component.ts";
import type { AdminCopy, ClusterFacts, HostBasics, HostFacts } from "../cluster/facts.ts";
import { quote } from "../core/command.ts";
import type { Reading } from "../core/outcome.ts";
import { printable } from "../core/printable.ts";
import { pausable } from "../programs/cron.ts";
import { adminKubeconfig } from "../programs/kubectl.ts";
import { copiesHere } from "./backups.ts";
import type { Blocker, Wanted } from "./blocker.ts";
import { defaultsTaken } from "./kubeadm.ts";
import { releaseSeen } from "./release.ts";
import { unsettled } from "./unsettled.ts";

/**
 * Helm sets the replicas back when it is done: an upgrade under way would start the provider. One
 * that was interrupted stays pending for ever, which only a person can tell from one at work.
 */
export function automationBlockers(facts: ClusterFacts, wanted: Wanted): readonly Blocker[] {
  const pending = pendingRelease(facts);
  if (pending === undefined || wanted.skip?.includes("automation") === true) return [];
  return [
    {
      kind: "other",
      ...pending,
      remedy:
        "Wait until helm has finished. If it was interrupted, mend the release with `helm rollback` and look again, or go on in spite of it with --skip automation.",
    },
  ];
}

function pendingRelease({
  automation,
}: ClusterFacts): Pick<Blocker, "where" | "because"> | undefined {
  const seen = automation?.kind === "read" ? automation.value : undefined;
  if (seen?.release === undefined || !isPending(seen)) return undefined;
  const { name, status, revision } = seen.release;
  const because = `its Helm release is ${printable(status)} at revision ${revision}`;
  return { where: printable(name), because };
}

/** A sentence each, for the survey and the plan; nothing of it is in the way of a window. */
export function beware(facts: ClusterFacts): readonly string[] {
  const { automation } = facts;
  return [
    ...unknownReleases(facts),
    ...unreadReleases(facts),
    ...clockDangers(facts),
    ...illOperators(facts),
    ...unsettled(facts),
    ...copiesHere(facts),
    ...(automation === undefined ? [] : onCluster(facts, automation)),
    ...defaultsTaken(facts),
    ...facts.hosts.flatMap(onHost),
  ];
}

function onCluster(facts: ClusterFacts, automation: Reading<AutomationSeen>): readonly string[] {
  if (automation.kind === "unreadable") {
    return [`what else scales the provider is not known: ${automation.because}`];
  }
  const pending = pendingRelease(facts);
  return [
    ...(pending === undefined
      ? []
      : [`${pending.where}: ${pending.because}, and helm may start the provider when it is done`]),
    ...automation.value.scalers.map(
      (name) => `HorizontalPodAutoscaler ${printable(name)} scales the provider`,
    ),
    ...automation.value.owners.map(
      (mark) => `the provider is kept as it stands in git (${printable(mark)})`,
    ),
    ...beside(automation.value),
  ];
}

function beside({ instance, cronJobs, nodeTools }: AutomationSeen): readonly string[] {
  const tools = nodeTools.kind === "read" ? nodeTools.value : [];
  return [
    ...(instance === undefined
      ? []
      : [
          `the provider is no Helm release here, and has the label app.kubernetes.io/instance=${printable(instance)}: Argo CD 2 knows by it what it keeps as it stands in git`,
        ]),
    ...cronJobs.map((name) => `CronJob ${printable(name)} runs beside the provider`),
    ...tools.map((tool) => `${printable(tool)} by itself, also in a window`),
    ...(nodeTools.kind === "read"
      ? []
      : [`what else reboots or changes nodes is not known: ${nodeTools.because}`]),
  ];
}

function clockDangers({ leases }: ClusterFacts): readonly string[] {
  const notes = leases?.provider.kind === "read" ? leases.provider.value.clock.notes : [];
  return notes.filter((note) => note.startsWith("DANGER")).map(printable);
}

function illOperators({ operators }: ClusterFacts): readonly string[] {
  const seen = operators?.kind === "read" ? operators.value : [];
  return seen.flatMap(({ notReady }) =>
    notReady === undefined
      ? []
      : [
          `${printable(notReady)} already now: the operators' gate excuses that, and the provider may still wait for it when it starts`,
        ],
  );
}

function unknownReleases(facts: ClusterFacts): readonly string[] {
  const seen = facts.providers.kind === "read" ? facts.providers.value : [];
  return seen
    .filter((provider) => releaseSeen(facts, provider).release === undefined)
    .map(
      ({ image }) =>
        `the provider's image names no release (${printable(image)}): what it does to leases when it starts is not known`,
    );
}

function unreadReleases(facts: ClusterFacts): readonly string[] {
  const seen = facts.providers.kind === "read" ? facts.providers.value : [];
  return seen.flatMap((provider) => {
    const { release } = releaseSeen(facts, provider);
    if (release === undefined) return [];
    const name = `the provider's release ${showRelease(release)}`;
    return unreadRules(release).map(({ says, source }) => `${name}: ${says} (${source})`);
  });
}

function onHost({ name, basics, roles }: HostFacts): readonly string[] {
  if (basics.kind === "unreadable") return [];
  const { cronFiles, pausedFiles, renewTimer, adminCopies } = basics.value;
  const elsewhere = cronFiles.filter((path) => pausable(path, "") === undefined);
  return [
    ...elsewhere.map((path) => `${name}: ${path} acts on the cluster, and is not paused`),
    ...pausedFiles.map((path) => `${name}: ${path} was set aside by a window that is lost`),
    ...(renewTimer === "enabled/inactive"
      ? [
          `${name}: k8s-certs-renew.timer is enabled and does not run, as a window that is lost leaves it: systemctl start k8s-certs-renew.timer`,
        ]
      : []),
    ...adminCopies.map(
      (copy) =>
        `${name}: ${printable(copy.path)} is a copy of admin.conf, and a renewal does not reach it: ${roles.controlPlane ? `\`${renewCopy(copy)}\`` : "bring it a control plane node's"} afterwards, and set a namespace or server of its own again`,
    ),
    ...otherReaders(basics.value).map(
      ({ pod, files }) =>
        `${name}: the static pod ${printable(pod)} reads ${files.join(" and ")}, which a rotation renews, and is not restarted: it needs that afterwards, unless it reads files again by itself`,
    ),
  ];
}

/** Static pods that are none of the control plane's components, and read what a rotation renews. */
export function otherReaders({
  reads,
}: HostBasics): readonly { readonly pod: string; readonly files: readonly string[] }[] {
  const pods = [...new Set(reads.map(({ pod }) => pod))];
  return pods
    .filter((pod) => componentNamed(pod) === undefined)
    .map((pod) => ({
      pod,
      files: reads.flatMap((one) => (one.pod === pod ? [one.file] : [])),
    }));
}

/**
 * In the place of the file that is there, which is kept as `config.~1~`: a link that its owner puts
 * there meanwhile is not followed. For the same reason root reads nothing out of it, and its
 * namespace is not carried over.
 */
export function renewCopy({ path, owner, group }: AdminCopy): string {
  const install = ["install", "--backup=numbered", "-m", "600", "-o", owner, "-g", group];
  const words = [...install, adminKubeconfig, path];
  return printable(words.map(quote).join(" "));
}
