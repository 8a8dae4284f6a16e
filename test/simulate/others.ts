// What others, machines and clocks do at a record of the journal, drawn by the seed.

import { leafRows } from "../../src/simulator/build/certificates.ts";
import {
  acceptBid,
  breakOperator,
  closeByTenant,
  deleteMirrorPods,
  fillDisk,
  jumpClock,
  lagMember,
  lagRpc,
  losePowerWithin,
  loseQuorum,
  raiseAlarm,
  reboot,
  removeLock,
  renewByHand,
  replaceFile,
  scaleOperator,
  scaleProvider,
  slowComponent,
  startMember,
  stopMember,
  useUpDeposit,
} from "../../src/simulator/interference.ts";
import { controlPlane } from "../../src/simulator/model.ts";
import type { Site } from "../../src/simulator/site.ts";
import { lockHolders, providerReplicas } from "../scenarios/cluster-seen.ts";
import { drydock, type Sandbox } from "../scenarios/simulated.ts";
import { mayBeStarted, mayFallBehind, mayLoseEtcd } from "./behind.ts";
import type { Play } from "./play.ts";
import type { Random } from "./random.ts";

interface Drawn {
  readonly play: Play;
  readonly random: Random;
  readonly site: Site;
}

export interface Other {
  readonly name: string;
  /**
   * The tool itself stands still meanwhile; else it may happen a moment later, while a command
   * runs.
   */
  readonly pauses?: true;
  /** False where it is nobody's to survive: then it does not happen. */
  may?(drawn: Drawn): boolean;
  does(drawn: Drawn): void | Promise<void>;
}

const hourMs = 3_600_000;

function anyNode({ site, random }: Drawn): string {
  const names = controlPlane(site.model).map((host) => host.name);
  return names[random.between(0, names.length - 1)] ?? "node1";
}

function anyComponent({ random }: Drawn): string {
  return random.pick(["kube-apiserver", "kube-scheduler", "kube-controller-manager"]);
}

function anyOperator({ site, random }: Drawn): string {
  const names = site.model.deployments.map(({ name }) => name);
  return names[random.between(0, names.length - 1)] ?? "operator-inventory";
}

export const others: readonly [Other, ...Other[]] = [
  {
    name: "a node reboots",
    does: (drawn) =>
      reboot(drawn.site, anyNode(drawn), drawn.random.pick([20_000, 60_000, 300_000])),
  },
  {
    name: "a component comes back slowly",
    does: (drawn) => {
      const lateMs = drawn.random.pick([10_000, 15_000, 60_000, 170_000, 400_000]);
      slowComponent(drawn.site, { host: anyNode(drawn), component: anyComponent(drawn), lateMs });
    },
  },
  {
    name: "a component does not come back",
    does: (drawn) =>
      slowComponent(drawn.site, { host: anyNode(drawn), component: anyComponent(drawn) }),
  },
  {
    name: "an etcd member dies",
    may: ({ play }) => mayLoseEtcd(play),
    does: (drawn) => stopMember(drawn.site, anyNode(drawn)),
  },
  {
    name: "etcd has no quorum for a while",
    may: ({ play }) => mayLoseEtcd(play),
    does: withoutQuorum,
  },
  { name: "an etcd member lags", does: (drawn) => lagMember(drawn.site, anyNode(drawn), 900) },
  { name: "etcd raises an alarm", does: ({ site }) => raiseAlarm(site) },
  {
    name: "a node's disk fills up",
    does: (drawn) => {
      const folder = drawn.random.pick(["/var/backups", "/etc/kubernetes"] as const);
      fillDisk(drawn.site, anyNode(drawn), 0, folder);
    },
  },
  {
    name: "a node loses its power while a certificate is written",
    does: (drawn) => {
      const rows = leafRows.filter(({ kind }) => kind === "pair").map(({ name }) => name);
      const row = rows[drawn.random.between(0, rows.length - 1)] ?? "apiserver";
      losePowerWithin(drawn.site, anyNode(drawn), { row });
    },
  },
  {
    name: "the disk here fills up",
    does: ({ play }) => {
      play.box.desk.freeBytes = 1000;
    },
  },
  {
    name: "a node's clock jumps",
    does: (drawn) =>
      jumpClock(drawn.site, anyNode(drawn), drawn.random.pick([-hourMs, -7000, 7000, hourMs])),
  },
  {
    name: "a node's clock is wrong for a while",
    does: (drawn) => wrongForAWhile(drawn, anyNode(drawn)),
  },
  {
    name: "a node comes up with its clock wrong",
    does: (drawn) => {
      const node = anyNode(drawn);
      wrongForAWhile(drawn, node);
      reboot(drawn.site, node, drawn.random.pick([20_000, 60_000]));
    },
  },
  {
    name: "somebody replaces a kubeconfig by another file",
    does: replaceKubeconfig,
  },
  {
    name: "the laptop sleeps for an hour",
    pauses: true,
    does: ({ site }) => site.clock.wait(hourMs),
  },
  { name: "the laptop sleeps, and another takes over", pauses: true, does: takeOver },
  { name: "two drydocks at once", does: secondDrydock },
  { name: "the provider is scaled by hand", does: scale },
  {
    name: "a node's certificates are renewed by hand",
    may: hasRoom,
    does: (drawn) => {
      drawn.play.renewedByHand = true;
      return renewByHand(drawn.site, anyNode(drawn));
    },
  },
  {
    name: "mirror pods are deleted",
    does: (drawn) => deleteMirrorPods(drawn.site, anyComponent(drawn)),
  },
  {
    name: "a tenant closes a lease",
    does: ({ site, random }) => closeByTenant(site, random.between(0, 11)),
  },
  {
    name: "a lease runs out of funds",
    does: ({ site, random }) =>
      useUpDeposit(site, random.between(0, 11), random.pick(["provider", "tenant"])),
  },
  {
    name: "the provider's RPC node falls behind",
    may: ({ play }) => mayFallBehind(play),
    does: ({ site, random }) => lagRpc(site, random.pick([20_000, 300_000, hourMs])),
  },
  {
    name: "an operator breaks",
    does: (drawn) => breakOperator(drawn.site, anyOperator(drawn)),
  },
  {
    name: "somebody scales an operator to 0",
    does: (drawn) => scaleOperator(drawn.site, anyOperator(drawn), 0),
  },
  { name: "a bid is accepted", does: ({ site }) => acceptBid(site) },
  { name: "the lock is removed by hand", does: (drawn) => removeLock(drawn.site, anyNode(drawn)) },
];

/** On a full disk kubeadm would cut off what nobody may have a copy of yet. */
function hasRoom({ site }: Drawn): boolean {
  return controlPlane(site.model).every(({ freeBytes }) => freeBytes.get("/etc/kubernetes") !== 0);
}

/**
 * With the same text, as an editor does it. Whoever was restarted before that keeps the old one in
 * sight.
 */
function replaceKubeconfig(drawn: Drawn): void {
  const { play, random, site } = drawn;
  const reader = random.pick(["kube-vip", "kube-scheduler", "kube-controller-manager"]);
  const file = reader === "kube-vip" ? "admin" : reader.replace("kube-", "");
  const node = anyNode(drawn);
  replaceFile(site, node, `/etc/kubernetes/${file}.conf`);
  play.replaced.push({ node, reader, at: site.model.now });
}

/** Those that were down before stay so. */
function withoutQuorum({ play, random, site }: Drawn): void {
  const ended = loseQuorum(site);
  const back = site.clock.wait(random.pick([8000, 20_000, 150_000, 400_000]));
  const start = () => {
    for (const host of ended) startMember(site, host);
  };
  play.meanwhile.push(back.then(start));
}

/** As after a power loss, until it is set by what tells the time there. */
function wrongForAWhile({ play, random, site }: Drawn, node: string): void {
  const byMs = random.pick([-hourMs, -120_000, 120_000, hourMs]);
  jumpClock(site, node, byMs);
  const set = site.clock.wait(random.between(60_000, hourMs / 2));
  play.meanwhile.push(set.then(() => jumpClock(site, node, -byMs)));
}

async function takeOver({ play, site }: Drawn): Promise<void> {
  const holder = lockHolders(site.model)[0] ?? "";
  const [window = ""] = holder.split(" ");
  await site.clock.wait(hourMs);
  if (!play.box.desk.windows.has(window)) return;
  const { words } = play.scene;
  const broken = await drydock(play.rival, `abandon --break-lock ${window}`);
  play.theirsToSay ||= plansFromTheirs(play);
  const ran = await drydock(play.rival, words);
  play.runs += 2;
  play.log.push(`  rival: break-lock ${broken.code}, ${words} ${ran.code}`);
}

/**
 * Somebody scaled the provider before the window that is taken over has stopped it, or started it
 * since: the next one leaves it so.
 */
function plansFromTheirs({ box, scene }: Play): boolean {
  const records = [...box.desk.windows.values()].at(-1)?.records ?? [];
  const isStopped = records.some(
    (one) => one.kind === "sending" && one.key.startsWith("stop-provider"),
  );
  const [wanted] = providerReplicas(box.site.model).split("/");
  if (isStopped && wanted === "0") return false;
  return wanted !== String(scene.shape.replicas);
}

function secondDrydock({ play }: Drawn): void {
  const started = drydock(play.rival, play.scene.words).then((ran) => {
    play.runs += 1;
    play.log.push(`  rival: ${play.scene.words} ${ran.code}`);
  });
  play.meanwhile.push(started);
}

function scale({ play, random, site }: Drawn): void {
  const [window = "", { records = [] } = {}] = [...play.box.desk.windows].at(-1) ?? [];
  play.scaledIn.add(window);
  // Before its first step it may still be refused, as what it was planned from has changed.
  const isAtWork = records.some((one) => one.kind === "began");
  const isBack = records.some(
    (one) =>
      (one.kind === "began" || one.kind === "settled") && one.key.startsWith("start-provider"),
  );
  // It only resumes what it had paused, if anything.
  const isSuperseded =
    records.some((one) => one.kind === "abandoned" && one.superseded === true) ||
    hasWorkedSince(play.rival, records[0]?.at ?? 0);
  play.theirsToSay ||= !isAtWork || isBack || isSuperseded;
  const wanted = random.pick([0, 1, 3]);
  scaleProvider(site, mayBeStarted(play) ? wanted : 0);
}

function hasWorkedSince({ desk }: Sandbox, since: number): boolean {
  const last = [...desk.windows.values()].map(({ records }) => records.at(-1));
  return last.some((one) => one?.kind === "closed" && one.at > since);
}
