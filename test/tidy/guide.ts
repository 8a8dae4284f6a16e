// The maintenance guide's headings, and whether each of them is carried out by a step.

/** Every heading of the guide, in its order. */
export const headings = [
  "Stop Provider Services for Maintenance",
  "Stop the Provider",
  "Verify Provider Stopped",
  "Restart Provider After Maintenance",
  "Kubernetes Certificate Rotation",
  "Check Certificate Expiration",
  "Example Output",
  "Backup etcd Database",
  "Backup Current Certificates (Optional)",
  "Renew Certificates",
  "Step 1: Renew All Certificates",
  "Step 2: Update kubeconfig",
  "Step 3: Restart Control Plane Components",
  "Step 4: Verify Renewal",
  "Step 5: Repeat for Other Control Plane Nodes",
  "Related Resources",
] as const;

/** Sentences of the guide that ask for an act, and have no heading of their own. */
const sentences = ["Verify cluster health before proceeding to the next node"] as const;

/** Headings that no step carries out, and why. */
export const withoutStep: Readonly<Record<string, string>> = {
  "Stop Provider Services for Maintenance": "names the chapter",
  "Kubernetes Certificate Rotation": "names the chapter",
  "Example Output": "shows what kubeadm prints",
  "Renew Certificates": "names the chapter of Steps 1 to 5",
  "Step 5: Repeat for Other Control Plane Nodes": "is the order of nodes in runbook.ts",
  "Related Resources": "links to other pages",
};

/** The headings and sentences that a step's `guide` names. */
export function named(guide: string): readonly string[] {
  return [...headings, ...sentences].filter((heading) => guide.includes(heading));
}
