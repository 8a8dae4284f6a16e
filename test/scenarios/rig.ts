// What a scenario needs of a cluster: the simulator gives it within milliseconds, and a real one
// could.

/** The cluster as it is, read without any of Drydock's code. */
export interface Seen {
  /** `node/certificate` to its serial, kubeadm's rows. */
  readonly serials: ReadonlyMap<string, string>;
  /** `node/component` to the id of the running container. */
  readonly containers: ReadonlyMap<string, string>;
  /** In the order of the nodes; empty where etcd is a static pod. */
  readonly etcdInvocations: readonly string[];
  /** `wanted/ready`. */
  readonly provider: string;
  /** Every tenant's pod with its UID and restarts. */
  readonly tenants: string;
  /** Nodes whose API server shows another certificate than lies in its file. */
  readonly servingOld: readonly string[];
  /**
   * `node/component` where the file it has mounted alone is no longer the one that has its path.
   */
  readonly seeingOld: readonly string[];
  /** Nodes on which somebody holds the lock. */
  readonly lockedNodes: readonly string[];
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** An event of `--json`, as far as scenarios look at it. */
export interface Event {
  readonly kind: string;
  readonly key?: string;
  readonly act?: string;
  readonly planned?: { readonly key: string };
}

export interface Rig {
  readonly nodes: readonly string[];
  /** Runs drydock with these words on the cluster. `"kill"` ends it at once, as kill -9 does. */
  drydock(words: string, meanwhile?: (event: Event) => "kill" | undefined): Promise<Ran>;
  see(): Promise<Seen>;
  /** As somebody else would. */
  scaleProvider(replicas: number): Promise<void>;
  /** Puts a copy of the file in its place, with a rename. */
  replaceFile(node: string, path: string): Promise<void>;
  stopEtcd(node: string): Promise<void>;
  startEtcd(node: string): Promise<void>;
}

export interface Scenario {
  /** Goes on from "a window": a fact in the present tense. */
  readonly title: string;
  /** Where there is nothing to see with fewer. */
  readonly nodesMin: number;
  run(rig: Rig): Promise<void>;
}
