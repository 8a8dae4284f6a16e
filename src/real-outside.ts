// The real world behind the commands: OpenSSH, this machine's disk, clock and terminal.

import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import process, { cwd, env, pid } from "node:process";
import { openChain } from "./chain/rest.ts";
import { Failure } from "./cli/exit.ts";
import { sayAgain } from "./cli/finish.ts";
import type {
  AtWork,
  OpenCluster,
  Opening,
  Outside,
  Terminal,
  Where,
  WindowFolder,
} from "./cli/outside.ts";
import { type Caller, configName, initConfig, readCluster } from "./config.ts";
import { quote } from "./core/command.ts";
import { claimFolder, claimOn, type Held } from "./disk/claim.ts";
import { makeFolder } from "./disk/durable.ts";
import { freeBytes } from "./disk/free-bytes.ts";
import { openJournal } from "./disk/journal.ts";
import { openStore } from "./disk/store.ts";
import { stateFolder, type WindowPlace, windowPlace } from "./disk/windows.ts";
import { endpointsOf } from "./endpoints.ts";
import { explained, halted, newConfig, newFolder, openWindowIn } from "./explained.ts";
import type { ClusterConfig, HostConfig } from "./inventory/cluster.ts";
import { trustedOwners } from "./inventory/trust.ts";
import {
  type Kept,
  lookAtWindows,
  othersOpen,
  readWindows,
  sayUnnamed,
  sayUnread,
} from "./kept-windows.ts";
import { type Reachable, reach, unreached } from "./reach.ts";
import { makeControlFolder, removeControlFolder } from "./ssh/folder.ts";
import { openHosts, type SshHost } from "./ssh/host.ts";
import { byHand } from "./ssh/target.ts";
import type { ConnectionTrouble } from "./ssh/trouble.ts";
import type { SurveyedHost } from "./survey.ts";
import { realClock } from "./system/clock.ts";
import { holderName, newWindowId } from "./system/ids.ts";
import { thisMachine } from "./system/machine.ts";
import { openTerminal } from "./system/terminal.ts";

export function realOutside(interrupted: () => boolean): Outside {
  const terminal = openTerminal();
  return {
    clock: realClock,
    terminal,
    holder: holderName(env),
    newWindowId: () => newWindowId(realClock.now()),
    interrupted,
    openCluster: (where, on) => openCluster(where, on, terminal),
    initConfig: (where) =>
      explained(() => initConfig(where, caller()), newConfig(where.config ?? configName)),
  };
}

async function openCluster(where: Where, on: Opening, terminal: Terminal): Promise<OpenCluster> {
  const config = await explained(() => readCluster(where, caller()));
  const endpoints = endpointsOf(where, config.chain);
  const state = await explained(async () => where.state ?? stateFolder(env));
  const source = sourceOf(where);
  const kept = { state, cluster: config.name, source };
  if (where.inventoryCmd !== undefined && where.cluster === undefined && on.connect !== "none") {
    await sayUnnamed(kept, terminal.err);
  }
  // A damaged journal is said before any host is contacted.
  if (on.looks === true) sayUnread((await lookAtWindows(kept)).unread, terminal.err);
  else if (on.connect !== "none") await readWindows(kept);
  // After all that may throw: only close takes away what it makes.
  const links = await openLinks(config);
  const { connect } = on;
  const { close } = links;
  const away = await reach(reachables(config, links), { connect, close, notes: config.notes });
  return {
    ...{ name: config.name, source, certificates: config, machine: thisMachine() },
    hosts: config.hosts.map((one) => openHost(one, links, away.get(one.name))),
    chain: openChain({ endpoints, now: realClock.now }),
    freeBytesHere: () => explained(() => freeBytesIn(state, on), newFolder(state)),
    ...windowsOf(kept, on, links.fetchInto),
    unreached: () => unreached(troublesOf(config.hosts, links.hosts), config),
    close,
  };
}

interface Links {
  readonly hosts: ReadonlyMap<string, SshHost>;
  readonly ownConfig: { readonly configFile?: string };
  /** Files are fetched into this folder from now on. */
  fetchInto(folder: string): void;
  close(): Promise<void>;
}

/** Contacts nobody yet. */
async function openLinks({ hosts, sshConfig }: ClusterConfig): Promise<Links> {
  const controlFolder = await makeControlFolder(env.XDG_RUNTIME_DIR);
  // Whoever interrupts a look at the cluster ends this process at once.
  process.once("exit", () => rmSync(controlFolder, { recursive: true, force: true }));
  const ownConfig = sshConfig === undefined ? {} : { configFile: sshConfig };
  let store: string | undefined;
  const { wait } = realClock;
  const options = { controlFolder, storeFolder: () => store, wait, ...ownConfig };
  const ssh = openHosts(hosts.map(targetOf), options);
  return {
    ...{ hosts: ssh.hosts, ownConfig },
    fetchInto: (folder) => {
      store = folder;
    },
    close: async () => {
      await ssh.close();
      await removeControlFolder(controlFolder);
    },
  };
}

function reachables(config: ClusterConfig, { hosts }: Links): readonly Reachable[] {
  return config.hosts.map(({ name, roles }) => ({
    ...{ name, isControlPlane: roles.controlPlane },
    reach: () => present(hosts.get(name)).reach(),
  }));
}

function openHost(
  config: HostConfig,
  { hosts, ownConfig }: Links,
  trouble: ConnectionTrouble | undefined,
): SurveyedHost {
  return {
    host: present(hosts.get(config.name)),
    address: config.ip ?? config.address,
    roles: config.roles,
    login: byHand(targetOf(config), ownConfig),
    ...awayOf(trouble),
    trouble: () => hosts.get(config.name)?.trouble(),
  };
}

/** Windows of this cluster on this machine. `fetchInto`: told the folder of one that is open. */
function windowsOf(
  kept: Kept,
  { looks }: Opening,
  fetchInto: Links["fetchInto"],
): Pick<OpenCluster, "windows" | "unread" | "kept" | "atWork" | "createWindow" | "openWindow"> {
  const { state, cluster, source } = kept;
  const placeOf = (id: string) => windowPlace(state, cluster, id);
  const take = async (place: WindowPlace, trouble = openWindowIn(place.folder, place.id)) => {
    const goOn = sayAgain("status", source);
    const folder = await explained(() => claimWindow(place, goOn), trouble);
    fetchInto(place.folder);
    return folder;
  };
  return {
    windows: async () => (looks === true ? (await lookAtWindows(kept)).read : readWindows(kept)),
    unread: async () => (await lookAtWindows(kept)).unread,
    kept: { folder: resolve(state, cluster), othersOpen: () => othersOpen(kept) },
    atWork: (id) => atWork(placeOf(id)),
    createWindow: (id) => take(placeOf(id), newFolder(state)),
    openWindow: (id) => take(placeOf(id)),
  };
}

/** What kept us from control plane nodes, by name. */
function troublesOf(
  configured: readonly HostConfig[],
  hosts: ReadonlyMap<string, SshHost>,
): ReadonlyMap<string, ConnectionTrouble> {
  const nodes = configured.filter(({ roles }) => roles.controlPlane);
  return new Map(
    nodes.flatMap(({ name }) => {
      const trouble = hosts.get(name)?.trouble();
      return trouble === undefined ? [] : [[name, trouble] as const];
    }),
  );
}

function caller(): Caller {
  return { cwd: cwd(), trusted: trustedOwners(process.getuid?.(), env.SUDO_UID) };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a configured host has no connection");
  return value;
}

function targetOf(host: HostConfig) {
  const { name, address, port, user, sudo, identityFile, sshArguments } = host;
  return {
    name,
    address,
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(sudo === undefined ? {} : { becomeSudo: sudo }),
    ...(identityFile === undefined ? {} : { identityFile }),
    ...(sshArguments === undefined ? {} : { sshArguments }),
  };
}

/** The options with which the same cluster is found again. */
function sourceOf(where: Where): string {
  const words: readonly (readonly [string, string | undefined])[] = [
    ["--inventory", where.inventory],
    ["--inventory-cmd", where.inventoryCmd],
    ["--config", where.config],
    ["--cluster", where.cluster],
    ["--ssh-config", where.sshConfig],
    ["--state", where.state],
    ...chainWords(where),
  ];
  return words
    .flatMap(([flag, value]) =>
      value === undefined ? [] : [value === "" ? flag : `${flag} ${quote(value)}`],
    )
    .join(" ");
}

function chainWords({ chain }: Where): readonly (readonly [string, string])[] {
  if (chain === false) return [["--no-chain", ""]];
  return Array.isArray(chain) ? chain.map((url: string) => ["--chain", url] as const) : [];
}

function awayOf(trouble: ConnectionTrouble | undefined): { readonly away?: string } {
  return trouble === undefined ? {} : { away: trouble.message };
}

/** Where windows cannot be kept, a command that would open one ends before it asks. */
async function freeBytesIn(folder: string, { looks }: Opening): Promise<number> {
  if (looks !== true) await makeFolder(folder);
  return freeBytes(folder);
}

function claimant() {
  return { pid, holder: holderName(env), machine: hostname() };
}

async function atWork({ folder }: WindowPlace): Promise<AtWork | undefined> {
  const held = await claimOn(folder, claimant());
  return held === undefined ? undefined : saidOf(held);
}

function saidOf({ because, file, alive, by }: Held): AtWork {
  const remedy = alive
    ? `Wait for it, or stop it: Ctrl-C where it runs, or kill ${by.pid}.`
    : `Wait for it, or stop it there. If it is gone for certain, remove ${file}.`;
  return { because, remedy };
}

/** `goOn`: what to run when the journal cannot be written in the middle of a window. */
async function claimWindow(place: WindowPlace, goOn: string): Promise<WindowFolder> {
  await makeFolder(place.folder);
  const claimed = await claimFolder(place.folder, claimant());
  if (claimed.kind === "held") {
    const { because, remedy } = saidOf(claimed);
    throw new Failure("locked", `window ${place.id}: ${because}`, remedy);
  }
  const journal = await openJournal(place.journal);
  return {
    id: place.id,
    journal: {
      records: () => journal.records(),
      append: (at, body) => journal.append(at, body).catch((error) => halted(error, goOn)),
    },
    store: openStore(place.folder),
    release: async () => {
      await journal.close();
      // A full disk may keep it from being written. A process that has ended claims nothing any
      // more.
      await claimed.release().catch(() => undefined);
    },
  };
}
