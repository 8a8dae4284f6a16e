/**
 * The node's other units: the kubelet, and one that exists only because the node is no real one.
 */
import type { Settings } from "../settings.ts";

/** No program needs its flags beyond these: the rest is in the files that kubeadm writes. */
export const kubeletUnit = `[Unit]
Description=Kubernetes Kubelet Server
After=containerd.service
Wants=containerd.service

[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
ExecStart=/usr/local/bin/kubelet $KUBELET_KUBECONFIG_ARGS --config=/var/lib/kubelet/config.yaml $KUBELET_KUBEADM_ARGS
Restart=always
RestartSec=3s

[Install]
WantedBy=multi-user.target
`;

/**
 * nspawn mounts the version 1 hierarchies read-only; containerd and the kubelet write to them. Only
 * the mount is read-only, not the file system: a plain remount answers "mount point is busy".
 */
export const cgroupsUnit = `[Unit]
Description=Rig: writable control groups
DefaultDependencies=no
Before=containerd.service kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash -c 'mount -o remount,bind,rw /sys/fs/cgroup; for c in /sys/fs/cgroup/*/; do mountpoint -q $c && mount -o remount,bind,rw $c; done; true'

[Install]
WantedBy=sysinit.target
`;

export function enabledUnits({ etcdAs }: Settings): readonly string[] {
  return etcdAs === "service" ? ["etcd.service", "kubelet.service"] : ["kubelet.service"];
}

/** What cannot work in such a machine, or would reach for the network by itself. */
export const maskedUnits: readonly string[] = [
  "systemd-networkd-wait-online.service",
  "console-getty.service",
  "systemd-udevd.service",
  "systemd-udev-trigger.service",
  "dev-hugepages.mount",
  "sys-kernel-debug.mount",
  "sys-kernel-config.mount",
  "sys-fs-fuse-connections.mount",
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "systemd-firstboot.service",
];
