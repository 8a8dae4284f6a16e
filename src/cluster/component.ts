// The control plane's components, as data: what each reads, where it answers, and whether it
// reloads.

export type ComponentName =
  | "kube-apiserver"
  | "kube-scheduler"
  | "kube-controller-manager"
  | "kube-vip"
  | "etcd";

export interface Component {
  readonly name: ComponentName;
  /** Files under /etc/kubernetes whose renewal it must see; `ssl/…` and `pki/…` are one folder. */
  readonly reads: readonly string[];
  /** The same of files that not every node has. */
  readonly readsWherePresent: readonly string[];
  /**
   * True when it takes a renewed certificate up by itself. Those that hold a kubeconfig with an
   * embedded certificate do not (client-go reads it once); the API server watches its files.
   */
  readonly reloads: boolean;
  /**
   * Between SIGTERM and SIGKILL. The API server closes its port at once, ends its requests, and
   * would then wait up to a minute for watches, which clients open again elsewhere (k8s#131052).
   */
  readonly graceSeconds: number;
  /** Where it tells its health on its own node; undefined where there is no such place. */
  readonly healthUrl: string | undefined;
  /**
   * Where no address tells its health: how long a new container must have been running to be
   * believed. One that cannot read its kubeconfig ends at once, and would end on the next node too.
   */
  readonly steadyMs: number;
  /**
   * True where clients are cut off meanwhile: nothing else of its node is restarted before it is
   * back.
   */
  readonly alone: boolean;
}

/**
 * In the guide's order of restarts. kube-vip is not in the guide: it read admin.conf when it
 * started, on kubespray's first node since 1.29 super-admin.conf, and loses the API's address when
 * that expires. Before the API server it would gain nothing: it gives its lease back and may well
 * take it again as it starts, and then ends a second time with the API server beside it, into the
 * kubelet's back-off (rig).
 */
export const components: readonly Component[] = [
  {
    name: "kube-apiserver",
    graceSeconds: 1,
    reads: ["pki/apiserver.crt", "pki/apiserver-kubelet-client.crt", "pki/front-proxy-client.crt"],
    readsWherePresent: [],
    reloads: true,
    healthUrl: undefined,
    steadyMs: 0,
    alone: true,
  },
  {
    name: "kube-scheduler",
    graceSeconds: 5,
    reads: ["scheduler.conf"],
    readsWherePresent: [],
    reloads: false,
    healthUrl: "https://127.0.0.1:10259/healthz",
    steadyMs: 0,
    alone: false,
  },
  {
    name: "kube-controller-manager",
    graceSeconds: 5,
    reads: ["controller-manager.conf"],
    readsWherePresent: [],
    reloads: false,
    healthUrl: "https://127.0.0.1:10257/healthz",
    steadyMs: 0,
    alone: false,
  },
  {
    name: "kube-vip",
    graceSeconds: 5,
    reads: ["admin.conf"],
    readsWherePresent: ["super-admin.conf"],
    reloads: false,
    healthUrl: undefined,
    steadyMs: 10_000,
    // Where it held the API's address, that moves to another node, which takes seconds.
    alone: true,
  },
  {
    // Only where it is a static pod: there kubeadm renews its certificates, and it rereads them
    // itself.
    name: "etcd",
    graceSeconds: 10,
    reads: ["pki/etcd/server.crt", "pki/etcd/peer.crt"],
    readsWherePresent: [],
    reloads: true,
    healthUrl: undefined,
    steadyMs: 0,
    alone: true,
  },
];

/** Of each of these one works at a time, whichever holds the lock of its name. */
export const leaderNames = ["kube-scheduler", "kube-controller-manager"] as const;

export function componentNamed(name: string): Component | undefined {
  return components.find((one) => one.name === name);
}
