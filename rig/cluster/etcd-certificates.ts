/** etcd's own certificate authority and certificates: kubespray's names and its 100 years. */
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must } from "../command.ts";
import { nodeRoot, type RigNode, type Settings } from "../settings.ts";

const days = "36500";
const limits = { timeoutMs: 60_000 };
const kinds = ["member", "admin", "node"] as const;

/** Makes them in the run folder, then gives every node its own. */
export async function etcdCertificates(settings: Settings): Promise<void> {
  const dir = join(settings.runDir, "etcd-pki");
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await authority(dir);
  await writeFile(join(dir, "extensions"), extensions(settings.nodes));
  await Promise.all(
    settings.nodes.flatMap((node) => kinds.map((kind) => leaf(dir, kind, node.name))),
  );
  await Promise.all(settings.nodes.map((node) => install(settings, node, dir)));
}

async function authority(dir: string): Promise<void> {
  const files = ["-keyout", join(dir, "ca-key.pem"), "-out", join(dir, "ca.pem")];
  const base = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", days];
  await must([...base, ...files, "-subj", "/CN=etcd-ca"], limits);
}

async function leaf(dir: string, kind: string, host: string): Promise<void> {
  const name = `${kind}-${host}`;
  const [key, request] = [join(dir, `${name}-key.pem`), join(dir, `${name}.csr`)];
  const subject = ["-subj", `/CN=etcd-${kind}-${host}`];
  const fresh = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"];
  await must([...fresh, "-keyout", key, "-out", request, ...subject], limits);
  const signer = ["-CA", join(dir, "ca.pem"), "-CAkey", join(dir, "ca-key.pem")];
  const files = ["-in", request, "-out", join(dir, `${name}.pem`)];
  const extra = ["-days", days, "-extfile", join(dir, "extensions")];
  await must(["openssl", "x509", "-req", ...files, ...signer, ...extra], limits);
}

/** One set of names for all members, as kubespray's script makes it. */
export function extensions(nodes: readonly RigNode[]): string {
  const names = nodes.flatMap((node) => [`DNS:${node.name}`, `IP:${node.address}`]);
  return [
    "basicConstraints=CA:FALSE",
    "keyUsage=nonRepudiation,digitalSignature,keyEncipherment",
    "extendedKeyUsage=clientAuth,serverAuth",
    `subjectAltName=DNS:localhost,IP:127.0.0.1,${names.join(",")}`,
    "",
  ].join("\n");
}

async function install(settings: Settings, node: RigNode, from: string): Promise<void> {
  const to = join(nodeRoot(settings, node), "etc/ssl/etcd/ssl");
  await mkdir(to, { recursive: true, mode: 0o700 });
  const own = kinds.flatMap((kind) => [`${kind}-${node.name}.pem`, `${kind}-${node.name}-key.pem`]);
  for (const name of ["ca.pem", "ca-key.pem", ...own]) {
    await copyFile(join(from, name), join(to, name));
    await chmod(join(to, name), name.endsWith("key.pem") ? 0o600 : 0o644);
  }
}
