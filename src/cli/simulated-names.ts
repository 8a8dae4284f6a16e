// What the simulated cluster can be told to be, and what may befall it: names and a sentence each,
// so that --help lists them without loading the simulator.

export const scenarios = {
  healthy: "three nodes, etcd on the hosts, 12 leases, certificates good for 40 days (the default)",
  expiring: "the same, with 5 days left",
  expired: "the same, expired yesterday: nobody gets through to the API",
  "one-node": "a single control plane node",
  "static-etcd": "three nodes, etcd as a static pod, as kubeadm itself sets it up",
  "kube-vip": "three nodes, kube-vip as a static pod on each, as kubespray sets it up",
  workers: "three control plane nodes and two workers",
  "member-down": "the etcd member of node3 has ended",
  "provider-stopped": "the provider was found at 0 replicas",
  "disk-full": "no space for backups on node1",
  "window-left": "a window was killed while it renewed node2",
} as const;

export type ScenarioName = keyof typeof scenarios;

export const demoFaults = {
  kill: "Drydock is killed while node2 is renewed, and run again",
  "answer-lost": "the connection is lost while node2 is renewed: nobody knows whether it was done",
  "provider-scaled-up": "somebody starts the provider in the middle of the window",
  "etcd-member-down": "an etcd member is down before the window: refused, nothing is changed",
  "etcd-member-ends": "an etcd member ends in the middle of the window, and is mended",
  "disk-full": "the disk for backups fills up just before them, and is cleared",
  "api-server-stays-down": "node2's API server does not come back, until somebody mends it",
  "lock-lost":
    "a colleague takes the lock away: this drydock changes nothing more, and is run again",
} as const;

export type DemoFault = keyof typeof demoFaults;

/** Whether `name` is one of `known`, as a type too. */
export function isNamed<Known extends object>(
  known: Known,
  name: string,
): name is keyof Known & string {
  return Object.hasOwn(known, name);
}
