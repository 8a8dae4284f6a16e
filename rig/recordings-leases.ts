/**
 * What Drydock reads of leases, as it asks for it: recorded on the rig, and asked of the simulator.
 */

const get = [
  "kubectl",
  "--kubeconfig",
  "/etc/kubernetes/admin.conf",
  "--request-timeout=10s",
  "get",
];

/**
 * Leases as `drydock leases` reads them: templates that name the fields which may leave a node,
 * written out for whoever reads what is recorded; a test holds them against the commands
 * themselves.
 */
export const leaseReadings: Readonly<Record<string, readonly string[]>> = {
  "lease-manifests": [
    ...get,
    "-n",
    "lease",
    "manifests.akash.network",
    "-o",
    'go-template={{range .items}}{{urlquery .metadata.name}} {{urlquery .spec.lease_id.owner}} {{urlquery .spec.lease_id.dseq}} {{urlquery .spec.lease_id.gseq}} {{urlquery .spec.lease_id.oseq}} {{urlquery .spec.lease_id.provider}}{{range .spec.group.services}} {{urlquery .name}} {{.count}}{{end}}{{"\\n"}}{{end}}',
  ],
  "lease-namespaces": [
    ...get,
    "namespaces",
    "-l",
    "akash.network/lease.id.provider",
    "-o",
    'go-template={{range .items}}{{urlquery .metadata.name}} {{urlquery (index .metadata.labels "akash.network/lease.id.owner")}} {{urlquery (index .metadata.labels "akash.network/lease.id.dseq")}} {{urlquery (index .metadata.labels "akash.network/lease.id.gseq")}} {{urlquery (index .metadata.labels "akash.network/lease.id.oseq")}} {{urlquery (index .metadata.labels "akash.network/lease.id.provider")}} {{urlquery .status.phase}}{{"\\n"}}{{end}}',
  ],
  "lease-workloads": [
    ...get,
    "deployments.apps,statefulsets.apps,pods,persistentvolumeclaims",
    "--all-namespaces",
    "-l",
    "akash.network/manifest-service",
    "-o",
    'go-template={{range .items}}{{.kind}} {{urlquery .metadata.namespace}} {{urlquery .metadata.name}} {{if eq .kind "Pod"}}{{urlquery .metadata.uid}} {{urlquery .spec.nodeName}} {{urlquery .status.phase}} {{range .status.containerStatuses}}{{.restartCount}},{{end}}{{else if eq .kind "PersistentVolumeClaim"}}{{urlquery .status.phase}}{{else}}{{.spec.replicas}} {{with .status.availableReplicas}}{{.}}{{else}}0{{end}} {{with .status.readyReplicas}}{{.}}{{else}}0{{end}} {{with .status.currentReplicas}}{{.}}{{else}}0{{end}} {{with .status.replicas}}{{.}}{{else}}0{{end}}{{end}}{{"\\n"}}{{end}}',
  ],
  "lease-node-gpus": [
    ...get,
    "nodes",
    "-o",
    'go-template={{range .items}}{{urlquery .metadata.name}} {{range .status.conditions}}{{if eq .type "Ready"}}{{.status}}{{end}}{{end}} {{with index .status.allocatable "nvidia.com/gpu"}}{{.}}{{else}}0{{end}} {{with index .status.allocatable "amd.com/gpu"}}{{.}}{{else}}0{{end}}{{"\\n"}}{{end}}',
  ],
  "provider-settings": [
    ...get,
    "-n",
    "akash-services",
    "statefulsets.apps,configmaps",
    "-o",
    'go-template={{range .items}}{{if eq .kind "StatefulSet"}}{{$set := .metadata.name}}set {{urlquery $set}} {{with .metadata.labels}}{{with index . "helm.sh/chart"}}{{urlquery .}}{{end}}{{end}}{{"\\n"}}{{with .metadata.labels}}{{with index . "app.kubernetes.io/version"}}version {{urlquery $set}} {{urlquery .}}{{"\\n"}}{{end}}{{end}}{{with index .spec.template.spec.containers 0}}image {{urlquery $set}} {{urlquery .image}}{{"\\n"}}{{range .envFrom}}{{with .configMapRef}}from {{urlquery $set}} {{urlquery .name}}{{"\\n"}}{{end}}{{end}}{{range .env}}{{if eq .name "AKASH_MONITOR_MAX_RETRIES" "AP_MONITOR_MAX_RETRIES" "AKASH_MONITOR_RETRY_PERIOD" "AP_MONITOR_RETRY_PERIOD" "AKASH_MONITOR_RETRY_PERIOD_JITTER" "AP_MONITOR_RETRY_PERIOD_JITTER" "AKASH_MONITOR_HEALTHCHECK_PERIOD" "AP_MONITOR_HEALTHCHECK_PERIOD" "AKASH_MONITOR_HEALTHCHECK_PERIOD_JITTER" "AP_MONITOR_HEALTHCHECK_PERIOD_JITTER" "AKASH_NODE" "AP_NODE" "AKASH_FROM" "AKASH_MANIFEST_TIMEOUT" "AP_FROM" "AP_MANIFEST_TIMEOUT" "AKASH_VERSION"}}env {{urlquery $set}} {{.name}} {{urlquery .value}}{{"\\n"}}{{end}}{{end}}{{end}}{{else}}{{$map := .metadata.name}}{{range $name, $value := .data}}{{if eq $name "AKASH_MONITOR_MAX_RETRIES" "AP_MONITOR_MAX_RETRIES" "AKASH_MONITOR_RETRY_PERIOD" "AP_MONITOR_RETRY_PERIOD" "AKASH_MONITOR_RETRY_PERIOD_JITTER" "AP_MONITOR_RETRY_PERIOD_JITTER" "AKASH_MONITOR_HEALTHCHECK_PERIOD" "AP_MONITOR_HEALTHCHECK_PERIOD" "AKASH_MONITOR_HEALTHCHECK_PERIOD_JITTER" "AP_MONITOR_HEALTHCHECK_PERIOD_JITTER" "AKASH_NODE" "AP_NODE" "AKASH_FROM" "AKASH_MANIFEST_TIMEOUT" "AP_FROM" "AP_MANIFEST_TIMEOUT" "AKASH_VERSION"}}data {{urlquery $map}} {{$name}} {{urlquery $value}}{{"\\n"}}{{end}}{{end}}{{end}}{{end}}',
  ],
};
