// From the files of one node to its certificates: which rows apply there, and what was found for
// each.

import {
  type Certificate,
  commonName,
  isSignedByOneOf,
  parseCertificate,
  publicKey256,
} from "./certificate.ts";
import {
  authorityKeys,
  type CertificateRow,
  certificateRows,
  hostEtcdFamilies,
  hostEtcdFolder,
  kubeletConf,
  otherPlaces,
} from "./certificate-list.ts";
import {
  type CertificateFile,
  hasStaticPod,
  kubeletServerFile,
  type NodeFiles,
  onNode,
  setting,
} from "./node-files.ts";

/** What a node is meant to be, by inventory; what lies on it counts as well. */
export interface NodeRoles {
  readonly controlPlane: boolean;
  readonly etcd: boolean;
  readonly worker: boolean;
}

export type Found =
  | { readonly kind: "present"; readonly certificate: Certificate }
  | { readonly kind: "missing"; readonly because: string }
  /** Not there, and need not be. */
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly because: string };

export interface CertificateEntry {
  readonly name: string;
  /** Names that may stand in one line of a table: `etcd/node-*.pem`. Mostly the name itself. */
  readonly family: string;
  readonly table: CertificateRow["table"];
  readonly path: string;
  readonly found: Found;
}

/** Every certificate that the node has or should have, kubeadm's rows first and in its order. */
export function nodeCertificates(node: NodeFiles, roles: NodeRoles): readonly CertificateEntry[] {
  const places = placesOf(node, roles);
  const authorities = new Map(
    places
      .filter((place) => place.kind === "authority")
      .map((place) => [place.name, node.files.get(place.path)?.certificates ?? []]),
  );
  return places.map((place) => ({
    name: place.name,
    family: place.family,
    table: place.table,
    path: place.path,
    found: find(node, place, authorities),
  }));
}

/** The certificate of one row; undefined when the row does not apply or nothing was found. */
export function certificateOf(
  entries: readonly CertificateEntry[],
  name: string,
): Certificate | undefined {
  const found = entries.find((entry) => entry.name === name)?.found;
  return found?.kind === "present" ? found.certificate : undefined;
}

/** The certificate in the file at `path`, which may be another name of one of `entries`. */
export function certificateAt(
  node: NodeFiles,
  entries: readonly CertificateEntry[],
  path: string,
): Certificate | undefined {
  const target = node.files.get(path)?.resolvedPath ?? path;
  for (const { found } of entries) {
    if (found.kind !== "present") continue;
    if (found.certificate.path === path || found.certificate.resolvedPath === target) {
      return found.certificate;
    }
  }
  const place = { name: path, family: path, table: "others", kind: "leaf", path } as const;
  const known = { caName: undefined, isOptional: false, keyPath: undefined };
  const found = find(node, { ...place, ...known }, new Map());
  return found.kind === "present" ? found.certificate : undefined;
}

interface Place {
  readonly name: string;
  readonly family: string;
  readonly table: CertificateRow["table"];
  readonly kind: CertificateRow["kind"];
  readonly path: string;
  readonly caName: string | undefined;
  readonly isOptional: boolean;
  readonly keyPath: string | undefined;
}

function placesOf(node: NodeFiles, roles: NodeRoles): readonly Place[] {
  const isControlPlane = roles.controlPlane || hasStaticPod(node, "kube-apiserver");
  const applies = {
    "control-plane": isControlPlane,
    "stacked-etcd": hasStaticPod(node, "etcd"),
    "kubernetes-node": isControlPlane || roles.worker || node.configured.has(kubeletConf),
  };
  const rows = certificateRows.filter((row) => applies[row.where]);
  const known = [...rows.map((row) => placeOf(node, row, isControlPlane)), ...hostEtcdPlaces(node)];
  return [...known, ...furtherPlaces(node, known)];
}

/** What lies beside them and holds a certificate; a window changes nothing of it. */
function furtherPlaces(node: NodeFiles, known: readonly Place[]): readonly Place[] {
  const fileAt = (path: string) => node.files.get(path)?.resolvedPath ?? path;
  // The kubelet's own file embeds the certificate that it began with.
  const seen = new Set([...known.map(({ path }) => fileAt(path)), fileAt(kubeletConf)]);
  return [...node.files.values()].flatMap((file) => {
    const family = otherPlaces
      .map((one) => onNode(node, one))
      .find((one) => matches(one, file.path));
    const [pem] = chainIn(node, file).chain;
    if (family === undefined || pem === undefined || seen.has(file.resolvedPath)) return [];
    seen.add(file.resolvedPath);
    const parsed = parseCertificate(pem);
    const isAuthority = parsed.kind === "read" && parsed.value.isAuthority;
    const name = shortName(node, file.path);
    return {
      ...{ name, family: name, table: "others" as const, path: file.path },
      kind: isAuthority ? ("authority" as const) : ("leaf" as const),
      ...{ caName: undefined, isOptional: true, keyPath: undefined },
    };
  });
}

/**
 * As kubeadm calls its own: a kubeconfig by its file, a certificate without what its file ends in.
 */
function shortName(node: NodeFiles, path: string): string {
  const folder = onNode(node, "PKI/");
  return path.startsWith(folder)
    ? path.slice(folder.length).replace(/\.crt$/, "")
    : path.replace(/^.*\//, "");
}

function placeOf(node: NodeFiles, row: CertificateRow, isControlPlane: boolean): Place {
  // kubeadm manages nothing on a worker, where no authority has its key.
  const key = isControlPlane && row.table !== "others" ? authorityKeys[keyOwner(row)] : undefined;
  return {
    name: row.name,
    family: row.name,
    table: row.table,
    kind: row.kind,
    path: actualPath(node, row),
    caName: row.caName,
    isOptional: row.isOptional === true,
    keyPath: key === undefined ? undefined : onNode(node, key),
  };
}

function keyOwner(row: CertificateRow): string {
  return row.kind === "authority" ? row.name : (row.caName ?? "");
}

/** A row's path, or where a configuration file sends us instead. */
function actualPath(node: NodeFiles, row: CertificateRow): string {
  if (row.name === "kubelet-server") return kubeletServerFile(node);
  if (row.name !== "kubelet-client") return onNode(node, row.path);
  const named = setting(node, kubeletConf, "client-certificate");
  if (named !== undefined) return named;
  // Once the kubelet has rotated, it uses its own file whatever kubelet.conf still embeds.
  if (node.files.get(row.path)?.state.kind === "present") return row.path;
  const embedded = node.files.get(kubeletConf)?.clientCertificates ?? [];
  return embedded.length > 0 ? kubeletConf : row.path;
}

function hostEtcdPlaces(node: NodeFiles): readonly Place[] {
  const files = [...node.files.keys()].filter((path) => path.startsWith(`${hostEtcdFolder}/`));
  return files.flatMap((path) => {
    const base = path.slice(hostEtcdFolder.length + 1);
    const family = hostEtcdFamilies.find((pattern) => matches(pattern, base));
    if (family === undefined || node.files.get(path)?.state.kind === "missing") return [];
    const isAuthority = family === "ca.pem";
    return {
      name: `etcd/${base}`,
      family: `etcd/${family}`,
      table: "others" as const,
      kind: isAuthority ? ("authority" as const) : ("leaf" as const),
      path,
      caName: isAuthority ? undefined : "etcd/ca.pem",
      isOptional: false,
      keyPath: undefined,
    };
  });
}

function matches(pattern: string, name: string): boolean {
  const [before = "", after] = pattern.split("*");
  return after === undefined ? name === before : name.startsWith(before) && name.endsWith(after);
}

type Authorities = ReadonlyMap<string, readonly string[]>;

function find(node: NodeFiles, place: Place, authorities: Authorities): Found {
  const file = node.files.get(place.path);
  if (file === undefined) return { kind: "unreadable", because: "the node said nothing about it" };
  if (file.state.kind === "missing") {
    return place.isOptional ? { kind: "absent" } : file.state;
  }
  if (file.state.kind === "unreadable") return file.state;
  const source = chainIn(node, file);
  const [pem, ...chain] = source.chain;
  if (pem === undefined) return { kind: "unreadable", because: "there is no certificate in it" };
  const parsed = parseCertificate(pem);
  if (parsed.kind === "unreadable") return parsed;
  const ca = place.caName === undefined ? [] : (authorities.get(place.caName) ?? []);
  const issuer = commonName(parsed.value.issuer);
  const certificate: Certificate = {
    ...parsed.value,
    name: place.name,
    kind: place.kind,
    path: source.file.path,
    resolvedPath: source.file.resolvedPath,
    modifiedAt: source.file.modifiedAt,
    caName: place.caName ?? (parsed.value.isSelfSigned ? "" : issuer),
    ...(place.keyPath === undefined ? {} : { externallyManaged: !node.keys.has(place.keyPath) }),
    // An intermediate that lies beside the leaf is as good as the authority itself.
    ...(ca.length === 0 ? {} : { isSignedByItsAuthority: isSignedByOneOf(pem, [...ca, ...chain]) }),
    ...(place.kind === "authority" ? { publicKeys256: keysOf(source.chain) } : {}),
  };
  return { kind: "present", certificate };
}

function keysOf(chain: readonly string[]): readonly string[] {
  return chain.flatMap((pem) => publicKey256(pem) ?? []);
}

/** The certificates of a file; of a kubeconfig those embedded in it, or in the file it names. */
function chainIn(
  node: NodeFiles,
  file: CertificateFile,
): { readonly file: CertificateFile; readonly chain: readonly string[] } {
  if (file.clientCertificates.length > 0) return { file, chain: file.clientCertificates };
  const named = setting(node, file.path, "client-certificate");
  const other = named === undefined ? undefined : node.files.get(named);
  return other === undefined
    ? { file, chain: file.certificates }
    : { file: other, chain: other.certificates };
}

/** SHA-256 of the cluster's own authority; undefined where it is not there. */
export function authorityOf(entries: readonly CertificateEntry[]): string | undefined {
  return certificateOf(entries, "ca")?.fingerprint256;
}
