/**
 * What acts by itself, as a survey and the steps that pause it read it. The rig has neither timer
 * nor autoscaler nor Helm release: they are made for the recording, and taken away.
 */

const units = "/etc/systemd/system/k8s-certs-renew";
const timer = "k8s-certs-renew.timer";

/** As kubespray's role writes them with auto_renew_certificates. */
export const installTimer = [
  `printf '%s\\n' '[Unit]' 'Description=Renew K8S control plane certificates' '[Service]' 'Type=oneshot' 'ExecStart=/bin/true' > ${units}.service`,
  `printf '%s\\n' '[Unit]' 'Description=Timer to renew K8S control plane certificates' '[Timer]' 'OnCalendar=Mon *-*-1,2,3,4,5,6,7 03:00:00' 'RandomizedDelaySec=10min' 'FixedRandomDelay=yes' 'Persistent=yes' '[Install]' 'WantedBy=multi-user.target' > ${units}.timer`,
  "systemctl daemon-reload",
  `systemctl enable --now ${timer}`,
].join(" && ");

export const removeTimer = [
  `systemctl disable --now ${timer}`,
  `rm -f ${units}.service ${units}.timer /var/lib/systemd/timers/stamp-${timer}`,
  "systemctl daemon-reload",
].join("; ");

const show = [
  ...["systemctl", "show", timer, "k8s-certs-renew.service"],
  ...["-p", "LoadState,ActiveState,UnitFileState,MainPID,InvocationID"],
];

const kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s";
const ofServices = `${kubectl} -n akash-services`;
const release = (revision: number, status: string) =>
  [
    `${ofServices} create secret generic sh.helm.release.v1.akash-provider.v${revision} --type helm.sh/release.v1 --from-literal=release=none`,
    `${ofServices} label secret sh.helm.release.v1.akash-provider.v${revision} owner=helm name=akash-provider status=${status} version=${revision}`,
  ].join(" && ");

const names =
  'go-template={{range .items}}{{urlquery .metadata.namespace}} {{urlquery .metadata.name}}{{"\\n"}}{{end}}';

export const automationReadings = {
  "automation-scalers": [
    ...kubectl.split(" "),
    ...[
      "get",
      "-n",
      "akash-services",
      "statefulsets.apps,horizontalpodautoscalers.autoscaling,cronjobs.batch",
    ],
    "-o",
    'go-template={{range .items}}{{.kind}} {{urlquery .metadata.name}} {{if eq .kind "StatefulSet"}}{{with .metadata.labels}}{{with index . "argocd.argoproj.io/instance"}}{{urlquery .}}{{else}}-{{end}} {{with index . "kustomize.toolkit.fluxcd.io/name"}}{{urlquery .}}{{else}}-{{end}} {{with index . "helm.toolkit.fluxcd.io/name"}}{{urlquery .}}{{else}}-{{end}} {{with index . "app.kubernetes.io/instance"}}{{urlquery .}}{{else}}-{{end}}{{else}}- - - -{{end}} {{with .metadata.annotations}}{{with index . "argocd.argoproj.io/tracking-id"}}{{urlquery .}}{{else}}-{{end}} {{with index . "meta.helm.sh/release-name"}}{{urlquery .}}{{else}}-{{end}}{{else}}- -{{end}}{{else if eq .kind "CronJob"}}{{urlquery .spec.suspend}}{{else}}{{urlquery .spec.scaleTargetRef.kind}} {{urlquery .spec.scaleTargetRef.name}}{{end}}{{"\\n"}}{{end}}',
  ],
  "automation-releases": [
    ...kubectl.split(" "),
    ...["get", "-n", "akash-services", "secrets", "-l", "owner=helm", "-o"],
    'go-template={{range .items}}{{with .metadata.labels}}{{with index . "name"}}{{urlquery .}}{{else}}-{{end}} {{with index . "status"}}{{urlquery .}}{{else}}-{{end}} {{with index . "version"}}{{urlquery .}}{{else}}-{{end}}{{else}}- - -{{end}}{{"\\n"}}{{end}}',
  ],
  "automation-daemon-sets": [
    ...kubectl.split(" "),
    ...["get", "daemonsets.apps", "--all-namespaces", "-o", names],
  ],
  "automation-upgrade-plans": [
    ...kubectl.split(" "),
    ...["get", "plans.upgrade.cattle.io", "--all-namespaces", "-o", names],
  ],
} as const;

const on = (script: string) => ({ node: "node1", script });

export const automationRecordings = [
  { program: "systemctl", name: "show-no-renew-timer", state: "no timer", argv: show },
  {
    ...{ program: "systemctl", name: "show-renew-timer", argv: show },
    state: "kubespray's timer, enabled and started",
    before: on(installTimer),
    after: on(removeTimer),
  },
  {
    ...{ program: "systemctl", name: "show-renew-timer-stopped", argv: show },
    state: "kubespray's timer, enabled and stopped",
    before: on(`${installTimer} && systemctl stop ${timer}`),
    after: on(removeTimer),
  },
  {
    program: "kubectl",
    name: "automation-scalers",
    state: "an autoscaler on the provider, and Argo CD's label",
    argv: automationReadings["automation-scalers"],
    before: on(
      `${ofServices} autoscale statefulset akash-provider --min=1 --max=1 && ${ofServices} label statefulset akash-provider argocd.argoproj.io/instance=akash-provider`,
    ),
    after: on(
      `${ofServices} delete hpa akash-provider; ${ofServices} label statefulset akash-provider argocd.argoproj.io/instance-`,
    ),
  },
  {
    program: "kubectl",
    name: "automation-releases",
    state: "two revisions of a Helm release, the newer one being installed",
    argv: automationReadings["automation-releases"],
    before: on(`${release(1, "deployed")} && ${release(2, "pending-upgrade")}`),
    after: on(`${ofServices} delete secret -l owner=helm`),
  },
  {
    program: "kubectl",
    name: "automation-daemon-sets",
    state: "fresh three-node cluster, everything healthy",
    argv: automationReadings["automation-daemon-sets"],
  },
  {
    program: "kubectl",
    name: "automation-upgrade-plans",
    state: "no system-upgrade-controller",
    argv: automationReadings["automation-upgrade-plans"],
  },
];
