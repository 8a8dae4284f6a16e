// What a node's own listeners show when openssl s_client asks them.

import { textAt } from "../files.ts";
import { type HostModel, type Model, running } from "../model.ts";
import { listens } from "../nature/api.ts";
import { remembered } from "../remembered.ts";
import { mint } from "../x509.ts";
import { type Answer, type Call, said, takes } from "./call.ts";

const refusal =
  "40D7A2C5B27F0000:error:8000006F:system library:BIO_connect:Connection refused:../crypto/bio/bio_sock2.c:117:calling connect()";

export async function servedCertificates(call: Call): Promise<Answer> {
  await takes(call, 70);
  const { host, site } = call;
  if (!host.programs.has("openssl")) {
    return said("drydock-served 1\ntrouble openssl is not installed\ndrydock-served end\n");
  }
  const lines = call.argv.slice(5).map((address) => {
    const pem = shown(site.model, host, address);
    const said = pem === undefined ? `because ${refusal}` : `pem ${body(pem).join(" ")}`;
    return `endpoint ${address}\n${said}\n`;
  });
  // Each waits in the pipe of the one before it: the last that was asked is told of first.
  return said(`drydock-served 1\n${lines.reverse().join("")}drydock-served end\n`);
}

/** Of the first certificate. */
function body(pem: string): readonly string[] {
  const [first = ""] = pem.split("-----END CERTIFICATE-----");
  return first.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
}

/** PEM, or undefined when nothing listens there. */
function shown(model: Model, host: HostModel, address: string): string | undefined {
  const at = address.lastIndexOf(":");
  const [ip, port] = [address.slice(0, at), address.slice(at + 1)];
  const own = ip === "127.0.0.1" || ip === host.address;
  const server = own ? host : [...model.hosts.values()].find((one) => one.address === ip);
  if (server === undefined) return undefined;
  switch (port) {
    case "6443":
      return listens(model, server) ? server.served.apiserver : undefined;
    case "10250":
      return server.kubeletRuns && server.downSince === undefined
        ? textAt(server, "/var/lib/kubelet/pki/kubelet.crt")
        : undefined;
    case "2379":
      return etcdPem(model, server, "server");
    case "2380":
      return etcdPem(model, server, "peer");
    case "10257":
      return inMemory(model, server, "kube-controller-manager");
    case "10259":
      return inMemory(model, server, "kube-scheduler");
    default:
      return undefined;
  }
}

/** etcd reads its files again at every handshake. */
function etcdPem(model: Model, host: HostModel, kind: "server" | "peer"): string | undefined {
  const member = model.etcd.members.find((one) => one.host === host.name);
  if (member?.runs !== true) return undefined;
  return model.topology === "host-etcd"
    ? textAt(host, `/etc/ssl/etcd/ssl/member-${host.name}.pem`)
    : textAt(host, `/etc/kubernetes/pki/etcd/${kind}.crt`);
}

/** Self-signed, from one hour before to one year after the start (k8s.io/apiserver, serving.go). */
function inMemory(model: Model, host: HostModel, component: string): string | undefined {
  const container = running(host, component);
  if (container === undefined || container.listensAt > model.now) return undefined;
  return ownPem(`${host.name} ${container.createdAt} ${container.ownId}`);
}

const ownPem = remembered((words: string): string => {
  const [host = "", created, id] = words.split(" ");
  const [createdAt, hour] = [Number(created), 3_600_000];
  const name = `${host}@${Math.floor(createdAt / 1000)}`;
  const profile = { subject: [["CN", name]], names: [`DNS:${host}`], use: "server" } as const;
  const validity = { notBefore: createdAt - hour, notAfter: createdAt + 365 * 24 * hour };
  return mint(profile, validity, Number(id)).pem;
});
