// Where the kubelet finds the manifest of a static pod.

import { textAt } from "../files.ts";
import type { HostModel } from "../model.ts";

/** kubeadm writes `.yaml`, kubespray `kube-vip.yml`; empty when there is none. */
export function manifestOf(host: HostModel, component: string): string {
  const path = `/etc/kubernetes/manifests/${component}`;
  return textAt(host, `${path}.yaml`) || textAt(host, `${path}.yml`);
}
