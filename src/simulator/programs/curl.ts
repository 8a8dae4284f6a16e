// curl of a health endpoint, on the node's own loopback or of an API server.

import { textAt } from "../files.ts";
import { clockOf, controlPlane, type HostModel, running } from "../model.ts";
import { isReady, listens, trusts } from "../nature/api.ts";
import { isSignedBy } from "../x509.ts";
import { type Answer, type Call, failed, inner, said, takes } from "./call.ts";

const ports: Readonly<Record<string, string>> = {
  "10259": "kube-scheduler",
  "10257": "kube-controller-manager",
};

const distrust = `More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the web page mentioned above.`;

const cannotConnect = 7;
const errorStatus = 22;

export async function curl(call: Call): Promise<Answer> {
  await takes(call, 30);
  const url = new URL(call.argv.at(-1) ?? "");
  if (url.port === "6443") return apiServer(call, url);
  const name = ports[url.port] ?? "";
  const container = running(call.host, name);
  if (container === undefined || container.listensAt > call.site.model.now) return refused(url);
  if (url.hostname !== boundTo(call.host, name)) return refused(url);
  return container.readyAt > call.site.model.now ? status(500) : said("ok");
}

/** As its manifest says. */
function boundTo(host: HostModel, name: string): string | undefined {
  const manifest = textAt(host, `/etc/kubernetes/manifests/${name}.yaml`);
  return /--bind-address=(\S+)/.exec(manifest)?.[1];
}

/** Another program, until it exits with 0 or was tried so often. */
export async function awaitAnswer(call: Call): Promise<Answer> {
  const [tries = "", ...words] = call.argv.slice(4);
  for (let left = Number(tries); ; left--) {
    const answer = await curl(inner(call, words));
    if (answer.code === 0 || left <= 0 || /error: 401/.test(answer.stderr)) return answer;
    await takes(call, 100);
  }
}

function apiServer(call: Call, url: URL): Answer {
  const { model } = call.site;
  const server = controlPlane(model).find((host) => host.address === url.hostname);
  if (server === undefined || !listens(model, server)) return refused(url);
  const because = distrusted(call, server);
  if (because !== undefined) {
    return failed(60, `curl: (60) SSL certificate problem: ${because}\n${distrust}`);
  }
  if (!model.anonymousMayAsk) return status(401);
  return isReady(model, server) ? said("ok") : status(500);
}

/** It goes by the cluster's own authority, whose file stands on each node. */
function distrusted({ site, host }: Call, server: HostModel): string | undefined {
  if (!trusts(server, clockOf(site.model, host))) return "certificate has expired";
  const isKnown = isSignedBy(server.served.apiserver, textAt(host, "/etc/kubernetes/pki/ca.crt"));
  return isKnown ? undefined : "unable to get local issuer certificate";
}

function refused({ hostname, port }: URL): Answer {
  const because = `Failed to connect to ${hostname} port ${port} after 0 ms: Couldn't connect to server`;
  return failed(cannotConnect, `curl: (7) ${because}`);
}

function status(code: number): Answer {
  return failed(errorStatus, `curl: (22) The requested URL returned error: ${code}`);
}
