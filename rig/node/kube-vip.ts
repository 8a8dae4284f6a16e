/**
 * kube-vip as a static pod, with the settings that kubespray gives it where it is to hold the
 * control plane's address by ARP, and with its file's name.
 */
import { stringify } from "yaml";
import { endpointAddress, type RigNode, type Settings } from "../settings.ts";

export function kubeVipImage(version: string): string {
  return `ghcr.io/kube-vip/kube-vip:v${version}`;
}

/**
 * The kubeconfig is mounted as admin.conf. On the first node kubespray takes super-admin.conf for
 * it: since Kubernetes 1.29 the real one may do nothing until the API is there, which is reached
 * through this very address.
 */
export function kubeVipManifest(
  settings: Settings,
  node: RigNode,
  from: { readonly version: string; readonly kubeconfig: string },
): string {
  const environment = {
    address: endpointAddress(settings),
    port: "6443",
    vip_arp: "true",
    vip_interface: "host0",
    vip_nodename: node.name,
    vip_subnet: "32",
    cp_enable: "true",
    cp_namespace: "kube-system",
    vip_leaderelection: "true",
    vip_leasename: "plndr-cp-lock",
    vip_leaseduration: "5",
    vip_renewdeadline: "3",
    vip_retryperiod: "1",
  };
  return stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "kube-vip", namespace: "kube-system", labels: { "k8s-app": "kube-vip" } },
    spec: {
      hostNetwork: true,
      hostAliases: [{ hostnames: ["kubernetes"], ip: "127.0.0.1" }],
      containers: [
        {
          name: "kube-vip",
          image: kubeVipImage(from.version),
          imagePullPolicy: "IfNotPresent",
          args: ["manager"],
          env: Object.entries(environment).map(([name, value]) => ({ name, value })),
          securityContext: { capabilities: { add: ["NET_ADMIN", "NET_RAW"], drop: ["ALL"] } },
          volumeMounts: [{ mountPath: "/etc/kubernetes/admin.conf", name: "kubeconfig" }],
        },
      ],
      volumes: [
        {
          name: "kubeconfig",
          hostPath: { path: `/etc/kubernetes/${from.kubeconfig}` },
        },
      ],
    },
  });
}
