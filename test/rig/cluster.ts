// The rig's cluster as its tests see it: read with plain commands over ssh, by none of Drydock's
// code.

import { waitForMachines } from "../../rig/cluster/join.ts";
import { mustOnNode, onNode } from "../../rig/cluster/ssh.ts";
import { poll } from "../../rig/command.ts";
import { nodeNamed, nodeRoot } from "../../rig/settings.ts";
import { savedSettings } from "../../rig/status.ts";
import { usualRig } from "./rig-command.ts";

usualRig();
const settings = await savedSettings(process.env);

export const nodeNames: readonly string[] = settings.nodes.map((node) => node.name);
export const inventory = `${settings.runDir}/inventory.ini`;
export const sshConfig = `${settings.runDir}/ssh/ssh_config`;
export const cacheDir = settings.cacheDir;
export const etcdVersion = settings.etcd;

/** The node's root folder, as this machine sees it. */
export function rootOf(name: string): string {
  return nodeRoot(settings, nodeNamed(settings, name));
}

/** stdout of a script that must succeed. */
export function on(name: string, script: string): Promise<string> {
  return mustOnNode(settings, nodeNamed(settings, name), script, { timeoutMs: 60_000 });
}

export async function codeOn(name: string, script: string): Promise<number> {
  return (await onNode(settings, nodeNamed(settings, name), script, { timeoutMs: 60_000 })).code;
}

export interface LeafSeen {
  readonly serial: string;
  readonly notAfter: number;
}

/** Where etcd is a service of the host, kubeadm renews nothing of it. */
const etcdFiles = ["server", "peer", "healthcheck-client"].map((name) => `etcd/${name}`);
const certificateFiles = [
  ...["apiserver", "apiserver-kubelet-client", "front-proxy-client"],
  ...(settings.etcdAs === "static-pod" ? ["apiserver-etcd-client", ...etcdFiles] : []),
];
const kubeconfigs = ["admin", "controller-manager", "scheduler"];

/** Serial and end of every certificate that kubeadm renews, by `node/file`. */
export async function leaves(): Promise<ReadonlyMap<string, LeafSeen>> {
  const openssl = "openssl x509 -noout -serial -enddate";
  const script = [
    ...certificateFiles.map((f) => `echo "# ${f}"; ${openssl} -in /etc/kubernetes/pki/${f}.crt`),
    ...kubeconfigs.map(
      (f) =>
        `echo "# ${f}.conf"; sed -n 's/.*client-certificate-data: //p' /etc/kubernetes/${f}.conf | base64 -d | ${openssl}`,
    ),
  ].join("; ");
  const seen = new Map<string, LeafSeen>();
  for (const node of nodeNames) {
    for (const part of (await on(node, script)).split("# ").slice(1)) {
      const [name = "", serial = "", end = ""] = part.split("\n");
      const notAfter = Date.parse(end.replace("notAfter=", ""));
      seen.set(`${node}/${name}`, { serial: serial.replace("serial=", ""), notAfter });
    }
  }
  return seen;
}

export interface ContainerSeen {
  readonly id: string;
  readonly createdAt: number;
}

export const controlPlane = [
  "kube-apiserver",
  "kube-scheduler",
  "kube-controller-manager",
] as const;

/** The running containers of the control plane, by `node/component`. */
export async function containers(): Promise<ReadonlyMap<string, ContainerSeen>> {
  const seen = new Map<string, ContainerSeen>();
  for (const node of nodeNames) {
    const list: unknown = JSON.parse(await on(node, "crictl ps -o json"));
    for (const one of (list as { containers: readonly RawContainer[] }).containers) {
      const createdAt = Number(BigInt(one.createdAt) / 1_000_000n);
      seen.set(`${node}/${one.metadata.name}`, { id: one.id, createdAt });
    }
  }
  return seen;
}

/** Puts a copy of the file in its place, with a rename. */
export async function replaceFile(node: string, path: string): Promise<void> {
  await on(node, `cp -p '${path}' '${path}.new' && mv '${path}.new' '${path}'`);
}

interface RawContainer {
  readonly id: string;
  readonly createdAt: string;
  readonly metadata: { readonly name: string };
}

/** uid, phase and restarts of every tenant's pod, by namespace/name. */
export async function tenants(): Promise<string> {
  const columns =
    "custom-columns=NS:.metadata.namespace,NAME:.metadata.name,UID:.metadata.uid,PHASE:.status.phase,RESTARTS:.status.containerStatuses[*].restartCount";
  const all = await kubectl(
    `get pods -A -l akash.network/manifest-service -o ${columns} --no-headers`,
  );
  return all.split("\n").sort().join("\n");
}

/**
 * Asked once more where an API server was just lost behind the balancer; `words` may take effect
 * twice.
 */
export async function kubectl(
  words: string,
  kubeconfig = "/etc/kubernetes/admin.conf",
): Promise<string> {
  const script = `kubectl --kubeconfig ${kubeconfig} --request-timeout=15s ${words}`;
  try {
    return await on("node1", script);
  } catch {
    await endpointAnswers();
    return on("node1", script);
  }
}

export async function providerReplicas(): Promise<string> {
  const path = "{.spec.replicas}/{.status.readyReplicas}";
  return kubectl(`-n akash-services get statefulset akash-provider -o jsonpath='${path}'`);
}

export async function scaleProvider(replicas: number): Promise<void> {
  await kubectl(`-n akash-services scale statefulset akash-provider --replicas=${replicas}`);
}

/** Waits until the provider shows `replicas` wanted and ready. */
async function providerSettles(replicas: number): Promise<void> {
  const wanted = replicas === 0 ? "0/" : `${replicas}/${replicas}`;
  await poll(`the provider at ${wanted}`, { timeoutMs: 120_000, everyMs: 500 }, async () =>
    (await providerReplicas()) === wanted ? true : undefined,
  );
}

/** systemd's id of the running etcd, by node: another one means that it was restarted. */
export async function etcdInvocations(): Promise<readonly string[]> {
  return Promise.all(
    nodeNames.map((node) => on(node, "systemctl show etcd -p InvocationID --value")),
  );
}

/** SHA-256 of the certificate that a node's own API server serves, as soon as it listens. */
export async function servedByApiServer(node: string): Promise<string> {
  const { address } = nodeNamed(settings, node);
  const script = `openssl s_client -connect ${address}:6443 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null || true`;
  const limits = { timeoutMs: 60_000, everyMs: 500 };
  return poll(`a certificate of ${node}'s API server`, limits, async () => {
    const served = await on(node, script);
    return served === "" ? undefined : served;
  });
}

export async function apiServerFile(node: string): Promise<string> {
  return on(node, "openssl x509 -noout -fingerprint -sha256 -in /etc/kubernetes/pki/apiserver.crt");
}

/** Waits until no API server runs on the node any more. */
export async function apiServerIsGone(node: string): Promise<void> {
  const running = "crictl ps -q --name '^kube-apiserver$'";
  await poll(`no API server on ${node}`, { timeoutMs: 120_000, everyMs: 500 }, async () =>
    (await on(node, running)) === "" ? true : undefined,
  );
}

/** Waits until every API server is ready and no node is NotReady. */
export async function clusterSettles(): Promise<void> {
  await poll("a healthy cluster", { timeoutMs: 300_000, everyMs: 1000 }, async () => {
    const ready = await Promise.all(
      settings.nodes.map(({ name, address }) =>
        codeOn(
          name,
          `kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://${address}:6443 --request-timeout=5s get --raw /readyz`,
        ),
      ),
    );
    if (ready.some((code) => code !== 0)) return undefined;
    const nodes = await kubectl("get nodes --no-headers");
    return nodes.includes("NotReady") ? undefined : true;
  });
}

const manifest = "/etc/kubernetes/manifests/etcd.yaml";
const aside = "/root/etcd.yaml.aside";

/** A static pod's manifest is set aside: else the kubelet would start another one at once. */
export async function stopEtcd(node: string): Promise<void> {
  const isService = settings.etcdAs === "service";
  await on(node, isService ? "systemctl stop etcd" : `mv ${manifest} ${aside}`);
  await poll(`no etcd on ${node}`, { timeoutMs: 120_000, everyMs: 500 }, async () =>
    (await codeOn(node, "pidof etcd")) === 0 ? undefined : true,
  );
  await endpointAnswers();
}

/**
 * Waits until the balancer has left out the API server that lost its etcd. Each read goes to the
 * one with the fewest connections, which its clients make of that one; several in a row, since two
 * may have equally many.
 */
async function endpointAnswers(): Promise<void> {
  const read = `kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s -n kube-system get leases`;
  const inARow = nodeNames.map(() => read).join(" && ");
  await poll("answers through the endpoint", { timeoutMs: 60_000, everyMs: 500 }, async () =>
    (await codeOn("node1", inARow)) === 0 ? true : undefined,
  );
}

/** Does nothing where it runs. */
export async function startEtcd(node: string): Promise<void> {
  const isService = settings.etcdAs === "service";
  // The API server that missed it is in the kubelet's back-off, which a fresh kubelet knows nothing
  // of.
  const putBack = `if [ -e ${aside} ]; then mv ${aside} ${manifest} && systemctl restart kubelet; fi`;
  await on(node, isService ? "systemctl start etcd" : putBack);
}

const apiServer = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const apiServerAside = "/root/kube-apiserver.yaml.aside";

/** Its manifest is set aside; the kubelet ends it after a while. */
export async function setApiServerAside(node: string): Promise<void> {
  await on(node, `mv ${apiServer} ${apiServerAside}`);
}

/** Does nothing where it was not set aside. */
export async function putApiServerBack(node: string): Promise<void> {
  await on(node, `[ ! -e ${apiServerAside} ] || mv ${apiServerAside} ${apiServer}`);
}

/** What an earlier failure left behind must not fail the next test too. */
export async function mended(): Promise<void> {
  // A test may have ended while a node let nobody in.
  await waitForMachines(settings);
  for (const node of nodeNames) {
    await on(node, "rm -f /var/lib/drydock/lock/holder");
    await putApiServerBack(node);
    await startEtcd(node);
  }
  // Its watches of an API server that was restarted again and again would be back after a minute
  // only.
  await Promise.all(nodeNames.map((node) => on(node, "systemctl restart kubelet")));
  await clusterSettles();
  if ((await providerReplicas()).startsWith("0")) await scaleProvider(1);
  await providerSettles(1);
}
