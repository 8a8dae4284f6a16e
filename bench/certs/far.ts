/**
 * The loopback hosts as they are from far away: a relay before each that hands on every packet
 * later. The relay knows no packets of TCP, only what is in them; a connection is made as late as a
 * handshake takes.
 */
import { readFile, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LoopbackHosts } from "./loopback.ts";

export interface FarHosts {
  readonly inventory: string;
  readonly sshConfig: string;
  stop(): Promise<void>;
}

/** Its relays run in this process. `roundTripMs`: there and back. */
export async function moveAway(hosts: LoopbackHosts, roundTripMs: number): Promise<FarHosts> {
  const servers = await Promise.all(
    hosts.addresses.map((address) =>
      relay({ from: far(address), to: address, port: hosts.port, roundTripMs }),
    ),
  );
  const knownHosts = join(hosts.folder, "known_hosts");
  const moved = async (path: string, name: string): Promise<string> => {
    const copy = join(hosts.folder, name);
    const text = await readFile(path, "utf8");
    await writeFile(copy, far(text).replaceAll(knownHosts, join(hosts.folder, "far_hosts")));
    return copy;
  };
  await moved(knownHosts, "far_hosts");
  return {
    inventory: await moved(hosts.inventory, "far.ini"),
    sshConfig: await moved(hosts.sshConfig, "far_ssh_config"),
    stop: async () => {
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    },
  };
}

function far(text: string): string {
  return text.replaceAll("127.0.2.", "127.0.3.");
}

interface Way {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly roundTripMs: number;
}

function relay({ from, to, port, roundTripMs }: Way): Promise<Server> {
  const oneWayMs = roundTripMs / 2;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const away = connect({ host: to, port, allowHalfOpen: true, noDelay: true });
    // What the server says first comes after a handshake and one way more.
    pass(away, near, { firstMs: roundTripMs, oneWayMs });
    pass(near, away, { firstMs: roundTripMs, oneWayMs });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, from, () => resolve(server));
  });
}

/** In the order in which it came; the first waits for the handshake as well. */
function pass(
  from: Socket,
  to: Socket,
  late: { readonly firstMs: number; readonly oneWayMs: number },
): void {
  const openAt = performance.now() + late.firstMs;
  let queue = Promise.resolve();
  const later = (does: () => void) => {
    const due = Math.max(performance.now(), openAt) + late.oneWayMs;
    queue = queue.then(async () => {
      await sleep(Math.max(0, due - performance.now()));
      does();
    });
  };
  from.on("data", (chunk) => later(() => to.writable && to.write(chunk)));
  from.on("end", () => later(() => to.end()));
  from.on("error", () => to.destroy());
  from.on("close", () => later(() => to.destroy()));
}
