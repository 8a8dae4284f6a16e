// What stands in the way of signing anew: authorities and certificates that are missing, cannot be
// read, have no key, or do not belong together. A node is renewed with its own authority, which the
// others must take.

import { type ClusterFacts, controlPlaneHosts } from "../cluster/facts.ts";
import { type CertificateEntry, certificateOf } from "../cluster/node-certificates.ts";
import { isAdminRefused } from "./api.ts";
import type { Blocker } from "./blocker.ts";
import { notSignedBy, unsignedOf } from "./unsigned.ts";

/**
 * By table; what stands in neither is no window's. An authority that is made anew is another one.
 */
const unsoundRemedies: Readonly<Partial<Record<CertificateEntry["table"], string>>> = {
  authorities:
    "Put it back from a backup, or from another control plane node, then look again. Do not make it anew: that would be another authority.",
  certificates:
    "Put it back from a backup, or move it aside and make it anew with `kubeadm init phase certs` or `kubeconfig`, then look again.",
};

export function authorityBlockers(facts: ClusterFacts): readonly Blocker[] {
  return controlPlaneHosts(facts).flatMap((host): readonly Blocker[] => {
    const where = host.name;
    // Of a host that was not reached hostBlockers tell.
    if (host.basics.kind === "unreadable") return [];
    if (host.certificates.kind === "unreadable") {
      const { because } = host.certificates;
      return [
        { kind: "other", where, because, remedy: "Run `drydock certs` and mend what it shows." },
      ];
    }
    const { entries } = host.certificates.value;
    const single = entries.flatMap(({ name, table, found }): readonly Blocker[] => {
      if (found.kind === "missing" && table === "certificates") {
        const remedy =
          "Make it anew with `kubeadm init phase certs` or `kubeconfig`, then look again.";
        return [{ kind: "other", where, because: `${name} is missing`, remedy }];
      }
      // Of an admin.conf with which nobody gets in the nodes' blocker tells already.
      const isTold = name === "admin.conf" && facts.nodes.kind === "unreadable";
      if ((found.kind === "missing" || found.kind === "unreadable") && !isTold) {
        const remedy = unsoundRemedies[table];
        if (remedy === undefined) return [];
        return [{ kind: "other", where, because: `${name}: ${found.because}`, remedy }];
      }
      if (found.kind !== "present" || table !== "certificates") return [];
      if (found.certificate.externallyManaged !== true) return [];
      const because = `${name}: its authority's key is not on the node, so kubeadm cannot renew it`;
      return [{ kind: "other", where, because, remedy: "Renew it where its authority is kept." }];
    });
    // With Unauthorized it is one cause, which the nodes' blocker tells.
    const isTold = where === facts.primary && isAdminRefused(facts);
    return [...single, ...(isTold ? [] : unsignedBlockers(where, unsignedOf(entries)))];
  });
}

/** Once for each authority: a wrong one has signed none of them. */
function unsignedBlockers(
  where: string,
  unsigned: ReturnType<typeof unsignedOf>,
): readonly Blocker[] {
  return [...new Set(unsigned.map(({ caName }) => caName))].map((caName): Blocker => {
    const own = unsigned.filter((one) => one.caName === caName).map(({ name }) => name);
    return { kind: "other", where, ...notSignedBy(caName, own) };
  });
}

/** kubeadm's own: each is one and the same on all control plane nodes. */
const shared = ["ca", "front-proxy-ca", "etcd-ca"] as const;

interface OnNode {
  readonly where: string;
  /** Of its file: it signs with the first, and takes what any of them has signed. */
  readonly keys: readonly string[];
}

/** What a node with another authority would sign, nobody else would take. */
export function foreignBlockers(facts: ClusterFacts): readonly Blocker[] {
  return shared.flatMap((name): readonly Blocker[] => {
    const found = controlPlaneHosts(facts).flatMap(({ name: where, certificates }) => {
      const entries = certificates.kind === "read" ? certificates.value.entries : [];
      const authority = certificateOf(entries, name);
      if (authority === undefined) return [];
      return [{ where, keys: authority.publicKeys256 ?? [authority.fingerprint256] }];
    });
    const times = ({ keys: [signing] }: OnNode) =>
      found.filter(({ keys }) => keys[0] === signing).length;
    // Where as many have one as the other, the first node's.
    const [usual] = [...found].sort((a, b) => times(b) - times(a));
    if (usual === undefined) return [];
    return found
      .filter((one) => !takes(one, usual) || !takes(usual, one))
      .map(({ where }) => ({
        kind: "other",
        where,
        because: `its ${name} is another one than that of ${usual.where}`,
        remedy: `Find out which of the two the cluster trusts (\`sha256sum\` of the files, and certificate-authority-data in kubelet.conf), put that one back with its key, then look again. Do not make it anew.`,
      }));
  });
}

/**
 * In the middle of a change of authorities their files hold the old one and the new, in either
 * order.
 */
function takes({ keys }: OnNode, { keys: [signing = ""] }: OnNode): boolean {
  return keys.includes(signing);
}
