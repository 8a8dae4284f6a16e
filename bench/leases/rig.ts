/** The rig's cluster, with the stand-in chain beside it and a provider whose clock goes faster. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { putBack, waitForWorkloads } from "../../rig/akash/apply.ts";
import { leaseNamespace } from "../../rig/akash/lease.ts";
import { openRigChain, type RigChain } from "../../rig/akash/rig-chain.ts";
import { usualPace } from "../../rig/akash/services.ts";
import { ready } from "../../rig/cluster/join.ts";
import { mustOnNode, onNode } from "../../rig/cluster/ssh.ts";
import { poll, RigError } from "../../rig/command.ts";
import { balancerAddress, firstNode, type RigNode, type Settings } from "../../rig/settings.ts";
import { guideOn } from "../../src/demo/guide-commands.ts";
import { drydock } from "../drydock-process.ts";
import { healthy } from "../window/settle.ts";
import { type LeaseCluster, type Left, laterMs, maxRetries } from "./scenarios.ts";

/** Ten times as fast as its settings say. */
export const clock = 0.1;

export interface RigCluster extends LeaseCluster {
  /** As `rig up` leaves it; nothing keeps running. */
  close(): Promise<void>;
}

export async function rigCluster(settings: Settings): Promise<RigCluster> {
  const chain = await openRigChain();
  const pace = { maxRetries, clock };
  const all = { settings, chain };
  let before: Pods = new Map();
  return {
    name: "rig",
    begin: async () => {
      chain.renew();
      await putBack(settings, pace);
      before = await podsOf(settings);
    },
    outage: (ms) => outage(settings, ms * clock),
    guide: (part) => guide(settings, part),
    window: () => completes(all),
    killedWindow: () => killedWindow(all),
    left: async () => {
      await healthy(settings);
      await waitForWorkloads(settings);
      // One more check of each lease, which sets its count back.
      await pause(20_000 * clock);
      return left(all, before);
    },
    close: async () => {
      chain.renew();
      await putBack(settings, usualPace).finally(() => chain.close());
    },
  };
}

interface All {
  readonly settings: Settings;
  readonly chain: RigChain;
}

const aside = "/root/kube-apiserver.yaml.bench";
const inPlace = "/etc/kubernetes/manifests/kube-apiserver.yaml";

/** From the moment when none answers any more. */
async function outage(settings: Settings, ms: number): Promise<void> {
  const stop = `mv ${inPlace} ${aside} && crictl stop --timeout 1 $(crictl ps -q --name '^kube-apiserver$')`;
  try {
    await onAll(settings, stop);
    await poll("no API server", { timeoutMs: 60_000, everyMs: 200 }, async () =>
      (await ready(balancerAddress)) ? undefined : true,
    );
    await pause(ms);
  } finally {
    await onAll(settings, `[ ! -e ${aside} ] || mv ${aside} ${inPlace}`);
  }
}

const guideTimeoutMs = 500_000;
const written =
  "/root/node1.etcd.backup /root/etc_kubernetes_ssl_etcd_bkp.tar.gz /root/.kube/config.old";

/**
 * Nobody sits at the keyboard to answer, and no exit code stops anybody. kubectl was seen to wait
 * on and on for mirror pods whose successors were there: whoever types it presses Ctrl-C, here
 * after 15 s.
 */
async function guide(settings: Settings, part: "whole" | "renewal"): Promise<void> {
  for (const { host, lines } of guideOn<RigNode>(settings.nodes, part)) {
    const script = lines.map((line) => line.replace(/^kubectl /, "timeout -s INT 15 kubectl "));
    await onNode(settings, host, script.join("\n"), { timeoutMs: guideTimeoutMs });
  }
  await onAll(settings, `rm -f ${written}`);
}

async function completes({ settings, chain }: All, state?: string): Promise<void> {
  const folder = state ?? (await newState());
  const ran = await drydock(settings, folder, words(chain));
  if (ran.code !== 0) {
    const abandoned = await drydock(settings, folder, ["abandon"]);
    const said = `${ran.stderr}\n${ran.stdout}`.trim().slice(-2000);
    throw new RigError(`drydock run: exit ${ran.code}; abandon: exit ${abandoned.code}\n${said}`);
  }
  await rm(folder, { recursive: true, force: true });
}

async function killedWindow(all: All): Promise<void> {
  const folder = await newState();
  const ran = await drydock(all.settings, folder, words(all.chain), (line, kill) => {
    const isPlace = line.includes("restart-component:kube-apiserver@node2");
    if (isPlace && line.startsWith('{"kind":"acting"')) kill();
  });
  if (ran.code !== null) throw new RigError(`drydock was not killed: exit ${ran.code}`);
  await pause(laterMs * clock);
  await completes(all, folder);
}

function words({ urls }: RigChain): readonly string[] {
  return ["run", "--yes", "--json", ...urls.flatMap((url) => ["--chain", url])];
}

function newState(): Promise<string> {
  return mkdtemp(join(tmpdir(), "drydock-bench-state-"));
}

/** By namespace/name: UID and restarts. */
type Pods = ReadonlyMap<string, string>;

const podLines =
  '{{range .items}}{{.metadata.namespace}}/{{.metadata.name}} {{.metadata.uid}} {{range .status.containerStatuses}}{{.restartCount}}{{end}}{{"\\n"}}{{end}}';

async function podsOf(settings: Settings): Promise<Pods> {
  const ask = `kubectl get pods -A -l akash.network/manifest-service -o go-template='${podLines}'`;
  const lines = (await fromFirst(settings, ask)).split("\n").filter((line) => line !== "");
  return new Map(lines.map((line): [string, string] => [line.split(" ")[0] ?? "", line]));
}

async function left({ settings, chain }: All, before: Pods): Promise<Left> {
  const here = new Set((await fromFirst(settings, "kubectl get namespaces -o name")).split("\n"));
  const rows = chain.entries.map(({ id, state }) => {
    const namespace = leaseNamespace(id);
    return { namespace, closed: state !== "active", gone: !here.has(`namespace/${namespace}`) };
  });
  const kept = new Set(rows.filter((row) => !row.closed).map(({ namespace }) => namespace));
  const after = await podsOf(settings);
  const changed = [...before].filter(
    ([name, line]) => kept.has(name.split("/")[0] ?? "") && after.get(name) !== line,
  );
  return {
    leases: rows.length,
    closed: rows.filter((row) => row.closed).length,
    tornDown: rows.filter((row) => row.gone).length,
    restartedPods: changed.length,
  };
}

function fromFirst(settings: Settings, script: string): Promise<string> {
  return mustOnNode(settings, firstNode(settings), script, { timeoutMs: 30_000 });
}

async function onAll(settings: Settings, script: string): Promise<void> {
  const limit = { timeoutMs: 60_000 };
  await Promise.all(settings.nodes.map((node) => mustOnNode(settings, node, script, limit)));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
