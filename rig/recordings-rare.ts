/**
 * What is rarely met: certificates of etcd's that have expired, a machine that falls silent while a
 * connection to it stands, pods that have just been started again, configurations that kubeadm
 * refuses or warns of, and programs that need no room on a full disk. Members' certificates are
 * replaced by expired ones for a moment: etcd reads them at each handshake.
 */
import { checkHealth, listMembers } from "../src/programs/etcdctl.ts";
import { touchFiles } from "../src/programs/files.ts";
import { checkConfig, renewCertificate } from "../src/programs/kubeadm.ts";
import {
  annotateStatefulSet,
  askKubelet,
  get,
  getRaw,
  getWithTemplate,
  readLogs,
  restartDeployment,
  scaleStatefulSet,
} from "../src/programs/kubectl.ts";
import type { Recording } from "./recordings.ts";
import { etcdAccess, etcdEnvironment, noQuorumNoticed, noSpace } from "./recordings-etcd.ts";

type Given = Omit<Recording, "program" | "name" | "argv">;

const folder = "/run/drydock-recording";
const ssl = "/etc/ssl/etcd/ssl";
const config = "/etc/kubernetes/kubeadm-config.yaml";
const own = { server: "https://10.99.0.1:6443" };

const on = (node: string, script: string) => ({ node, script });

function onNode1(state: string, before: readonly string[], after: string): Given {
  return { state, before: on("node1", before.join(" && ")), after: on("node1", after) };
}

/** The same certificate with the same key, its end a day ago. */
function expired(name: string): readonly string[] {
  return [
    `mkdir -p -m 700 ${folder} && cd ${folder}`,
    `openssl x509 -in ${ssl}/${name}.pem -noout -ext subjectAltName | sed -n '2s/IP Address/IP/g; 2s/^ */subjectAltName=/p' >use`,
    "printf 'extendedKeyUsage=clientAuth,serverAuth\\n' >>use",
    `openssl req -new -key ${ssl}/${name}-key.pem -subj /CN=etcd-${name} -out one.csr`,
    `openssl x509 -req -in one.csr -CA ${ssl}/ca.pem -CAkey ${ssl}/ca-key.pem -CAcreateserial -days -1 -extfile use -out ${name}.pem 2>/dev/null`,
  ];
}

const removed = `rm -rf ${folder}`;
const expiredClient = onNode1(
  "the client's certificate has expired",
  expired("admin-node1"),
  removed,
);
const expiredMember = onNode1(
  "the certificate of the node's member has expired",
  [
    ...expired("member-node1"),
    `cp -p ${ssl}/member-node1.pem kept.pem && cat member-node1.pem >${ssl}/member-node1.pem`,
  ],
  `cat ${folder}/kept.pem >${ssl}/member-node1.pem; ${removed}`,
);
const withExpired = { ...etcdAccess, cert: `${folder}/admin-node1.pem` };

const written = (state: string, text: string) =>
  onNode1(state, [`mkdir -p -m 700 ${folder}`, `${text} >${folder}/config.yaml`], removed);
const other = `${folder}/config.yaml`;
const noYaml = written("a configuration that is no YAML", "printf 'kind: [\\n'");
const beta3 = written(
  "a configuration of kubeadm's API version before its newest",
  "printf 'apiVersion: kubeadm.k8s.io/v1beta3\\nkind: ClusterConfiguration\\nkubernetesVersion: v1.33.5\\ncertificatesDir: /etc/kubernetes/ssl\\n'",
);
const unknownField = written(
  "a configuration with a field that kubeadm does not know",
  `sed 's/^kubernetesVersion: /drydockKnowsNot: true\\n&/' ${config}`,
);

const full = onNode1(
  "nothing is free, and the files lie there",
  [
    `mkdir -p -m 700 ${folder} && mount -t tmpfs -o size=8k,mode=700 tmpfs ${folder}`,
    `echo one >${folder}/job && dd if=/dev/zero of=${folder}/filled bs=4k 2>/dev/null || true`,
  ],
  `umount ${folder}; rmdir ${folder}`,
);

/** Its kubelet has answered node1's API server over a connection that is open still. */
function silent(seconds: number): Given {
  const away = seconds + 25;
  return {
    state: `the machine node3 fell silent ${seconds} s ago, while a connection to its kubelet stood`,
    before: [
      on("node1", `kubectl get --raw /api/v1/nodes/node3/proxy/healthz --server ${own.server}`),
      on(
        "node3",
        `setsid sh -c "sleep 1; ip link set host0 down; sleep ${away}; ip link set host0 up" </dev/null >/dev/null 2>&1 &`,
      ),
      on("node1", `sleep ${seconds + 1}`),
    ],
    after: on(
      "node1",
      "until timeout 1 bash -c '</dev/tcp/10.99.0.3/22' 2>/dev/null; do sleep 1; done; until kubectl get --raw /readyz --server https://10.99.0.3:6443 >/dev/null 2>&1; do sleep 1; done",
    ),
  };
}

const serverOf1 = "/etc/kubernetes/manifests/kube-apiserver.yaml";
/** Nobody listens where it listened. */
const stopped: Given = {
  state: "the API server of node1 is stopped; kubectl has kept what kinds there are",
  before: on(
    "node1",
    `kubectl get nodes --server ${own.server} >/dev/null && mv ${serverOf1} /run/kept.yaml && while curl -sk -o /dev/null ${own.server}/livez; do sleep 0.5; done`,
  ),
  after: on(
    "node1",
    `mv /run/kept.yaml ${serverOf1}; until kubectl get --raw /readyz --server ${own.server} >/dev/null 2>&1; do sleep 1; done`,
  ),
};

const serverOf3 = "crictl ps -q --name '^kube-scheduler$'";
const restarted: Given = {
  state: "the scheduler of node3 was stopped a moment ago, and has started again",
  before: [
    on("node3", `crictl --timeout 30s stop --timeout 1 $(${serverOf3})`),
    on(
      "node1",
      "until kubectl -n kube-system get pod kube-scheduler-node3 | grep -qE '1/1 +Running +[0-9]+ .[0-9]+s ago'; do sleep 1; done",
    ),
  ],
};

/** The balancer has found out that no server of its is ready: it takes a connection and ends it. */
const noServer: Given = {
  ...noQuorumNoticed,
  state: "no API server is ready, and the balancer sends to none",
  before: [
    on("node1", "kubectl get nodes >/dev/null"),
    noQuorumNoticed.before ?? [],
    on("node1", "until kubectl get --raw /readyz 2>&1 | grep -q EOF; do sleep 0.5; done"),
  ].flat(),
};

const set = { namespace: "akash-services", name: "akash-node-1" };
const annotate = annotateStatefulSet({ ...set, annotation: "drydock.test/recorded", value: "1" });
const operator = { namespace: "akash-services", name: "operator-inventory" };
const provider = { namespace: "akash-services", pod: "akash-provider-0", seconds: 60 };

/** As Drydock calls it, but of node1's own API server. */
function at({ argv }: { readonly argv: readonly string[] }): readonly string[] {
  const [kubectl = "", ...rest] = argv;
  return [kubectl, "--server", own.server, ...rest];
}

const all: readonly (readonly [string, string, readonly string[], Given])[] = [
  ["etcdctl", "expired-client", listMembers(withExpired).argv, expiredClient],
  ["etcdctl", "expired-client-health", checkHealth(withExpired).argv, expiredClient],
  ["etcdctl", "expired-member", listMembers(etcdAccess).argv, expiredMember],
  ["etcdctl", "expired-member-health", checkHealth(etcdAccess).argv, expiredMember],
  ["kubectl", "livez-no-quorum", getRaw("/livez", own).argv, noQuorumNoticed],
  ["kubectl", "get-no-server-kinds-known", get(["nodes"]).argv, noServer],
  ["kubectl", "get-two-no-server-kinds-known", get(["statefulsets,pods"]).argv, noServer],
  ["kubectl", "readyz-no-server", getRaw("/readyz").argv, noServer],
  ["kubectl", "scale-no-server", scaleStatefulSet({ ...set, replicas: 1 }).argv, noServer],
  ["kubectl", "annotate-no-space", annotate.argv, noSpace],
  ["kubectl", "kubelet-silent", askKubelet("node3", own).argv, silent(2)],
  ["kubectl", "kubelet-silent-longer", askKubelet("node3", own).argv, silent(45)],
  ["kubectl", "get-stopped-kinds-known", get(["nodes"], own).argv, stopped],
  ["kubectl", "get-one-stopped-kinds-known", get(["nodes", "node1"], own).argv, stopped],
  ["kubectl", "get-two-stopped-kinds-known", get(["statefulsets,pods"], own).argv, stopped],
  [
    "kubectl",
    "rows-stopped-kinds-known",
    at(getWithTemplate(["nodes"], "nodes{{range .items}}{{.metadata.name}}{{end}}\n")),
    stopped,
  ],
  ["kubectl", "scale-stopped-kinds-known", at(scaleStatefulSet({ ...set, replicas: 1 })), stopped],
  ["kubectl", "annotate-stopped-kinds-known", at(annotate), stopped],
  ["kubectl", "rollout-stopped-kinds-known", at(restartDeployment(operator)), stopped],
  ["kubectl", "logs-stopped-kinds-known", at(readLogs(provider)), stopped],
  [
    "kubectl",
    "get-two-no-quorum-kinds-known",
    get(["statefulsets,pods"], own).argv,
    noQuorumNoticed,
  ],
  ["kubectl", "annotate-no-quorum-kinds-known", at(annotate), noQuorumNoticed],
  ["kubectl", "rollout-no-quorum-kinds-known", at(restartDeployment(operator)), noQuorumNoticed],
  [
    "kubectl",
    "table-pods-restarted",
    "kubectl -n kube-system get pods -l component=kube-scheduler".split(" "),
    restarted,
  ],
  ["kubectl", "get-no-quorum-kinds-known", get(["nodes"], own).argv, noQuorumNoticed],
  ["kubeadm", "renew-config-no-yaml", renewCertificate("all", other).argv, noYaml],
  ["kubeadm", "config-check-deprecated", checkConfig(other).argv, beta3],
  ["kubeadm", "config-check-unknown-field", checkConfig(other).argv, unknownField],
  ["mv", "full-disk", ["mv", "-n", "-T", "--", `${folder}/job`, `${folder}/aside`], full],
  ["touch", "full-disk", touchFiles([`${folder}/job`]).argv, full],
];

export const rareRecordings: readonly Recording[] = [
  ...all.map(([program, name, argv, given]) => ({ program, name, argv, ...given })),
  {
    program: "kubectl",
    name: "get-no-server",
    argv: get(["nodes"]).argv,
    environment: { KUBECACHEDIR: `${folder}/cache` },
    timeoutMs: 120_000,
    ...noServer,
  },
  {
    program: "etcdctl",
    name: "expired-member-table",
    argv: ["etcdctl", "-w", "table", "endpoint", "health", "--cluster"],
    environment: etcdEnvironment,
    ...expiredMember,
  },
];
