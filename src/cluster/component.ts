// The control plane's components, as data: what each reads, where it answers, and whether it reloads.

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
  /**
   * True when it takes a renewed certificate up by itself. Those that hold a kubeconfig with an
   * embedded certificate do not (client-go reads it once); the API server watches its files.
   */
  readonly reloads: boolean;
  /**
   * Between SIGTERM and SIGKILL. The API server closes its port at once, ends its requests, and would
   * then wait up to a minute for watches, which clients open again elsewhere (k8s#131052).
   */
  readonly graceSeconds: number;
  /** Where it tells its health on its own node; undefined where there is no such place. */
  readonly healthUrl: string | undefined;
  /** True where clients are cut off meanwhile: nothing else of its node is restarted before it is back. */
  readonly alone: boolean;
}

/** In the guide's order of restarts. kube-vip is not in the guide: it holds admin.conf, and dies with it. */
export const components: readonly Component[] = [
  {
    name: "kube-apiserver",
    graceSeconds: 1,
    reads: ["pki/apiserver.crt", "pki/apiserver-kubelet-client.crt", "pki/front-proxy-client.crt"],
    reloads: true,
    healthUrl: undefined,
    alone: true,
  },
  {
    name: "kube-scheduler",
    graceSeconds: 5,
    reads: ["scheduler.conf"],
    reloads: false,
    healthUrl: "https://127.0.0.1:10259/healthz",
    alone: false,
  },
  {
    name: "kube-controller-manager",
    graceSeconds: 5,
    reads: ["controller-manager.conf"],
    reloads: false,
    healthUrl: "https://127.0.0.1:10257/healthz",
    alone: false,
  },
  {
    name: "kube-vip",
    graceSeconds: 5,
    reads: ["admin.conf"],
    reloads: false,
    healthUrl: undefined,
    alone: true,
  },
  {
    // Only where it is a static pod: there kubeadm renews its certificates, and it rereads them itself.
    name: "etcd",
    graceSeconds: 10,
    reads: ["pki/etcd/server.crt", "pki/etcd/peer.crt"],
    reloads: true,
    healthUrl: undefined,
    alone: true,
  },
];

export function componentNamed(name: string): Component | undefined {
  return components.find((one) => one.name === name);
}
