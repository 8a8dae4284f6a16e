/**
 * What the guide types by hand, to the letter: tables, an archive, root's kubeconfig moved aside
 * and copied anew. And Drydock's own programs for files that are there, or are not.
 */
import { renameFile } from "../src/programs/cron.ts";
import { inspectSnapshot } from "../src/programs/etcdctl.ts";
import { readWriteTimes, touchFiles } from "../src/programs/files.ts";
import { inspectArchive } from "../src/programs/tar.ts";
import type { Recording } from "./recordings.ts";

const folder = "/run/drydock-recording";
const own = "/root/.kube/config";

type Given = Omit<Recording, "program" | "name" | "argv">;

const healthy: Given = { state: "everything healthy" };

/** In a folder that is there for the recording alone. */
function inFolder(state: string, ...before: readonly string[]): Given {
  return onNode1(state, [`mkdir -p -m 700 ${folder}`, ...before], `rm -rf ${folder}`);
}

function onNode1(state: string, before: readonly string[], after: string): Given {
  const script = before.join(" && ");
  return { state, before: { node: "node1", script }, after: { node: "node1", script: after } };
}

/** root's kubeconfig is put back as it was, and what was made beside it is taken away. */
function aroundOwn(state: string, ...before: readonly string[]): Given {
  const kept = `mkdir -p -m 700 ${folder} && cp -p ${own} ${folder}/`;
  const back = `cp -p ${folder}/config ${own} && rm -rf ${folder} ${own}.old`;
  return onNode1(state, [kept, ...before], back);
}

const noFile = "there is no such file";
const services = "kubectl -n akash-services";

const typed: readonly (readonly [string, string, string, Given])[] = [
  ["kubectl", "table-statefulsets", `${services} get statefulsets`, healthy],
  ["kubectl", "table-pods", `${services} get pods -l app=akash-provider`, healthy],
  ["kubectl", "table-pods-of-system", "kubectl -n kube-system get pods", healthy],
  ["kubectl", "table-nodes", "kubectl get nodes -l node-role.kubernetes.io/control-plane", healthy],
  ["kubectl", "table-nothing", `${services} get pods -l app=nothing-here`, healthy],
  [
    "kubectl",
    "table-nothing-anywhere",
    "kubectl get pods --all-namespaces -l app=nothing-here",
    healthy,
  ],
  ["kubectl", "get-nothing", `${services} get pods -l app=nothing-here -o json`, healthy],
  [
    "tar",
    "by-hand",
    `tar czf ${folder}/a.tar.gz /etc/kubernetes /etc/ssl/etcd`,
    inFolder("everything healthy"),
  ],
  [
    "tar",
    "by-hand-missing",
    `tar czf ${folder}/a.tar.gz /etc/kubernetes /etc/nothing-here`,
    inFolder("one of two folders is not there"),
  ],
  ["mv", "by-hand", `mv -vi ${own} ${own}.old`, aroundOwn("there is no config.old")],
  [
    "mv",
    "by-hand-again",
    `mv -vi ${own} ${own}.old`,
    aroundOwn("there is a config.old, and nobody answers", `cp ${own} ${own}.old`),
  ],
  ["mv", "by-hand-missing", `mv -vi ${own} ${own}.old`, aroundOwn(noFile, `rm ${own}`)],
  [
    "cp",
    "by-hand",
    `cp -pi /etc/kubernetes/admin.conf ${own}`,
    aroundOwn("root has no kubeconfig", `rm ${own}`),
  ],
  [
    "cp",
    "by-hand-again",
    `cp -pi /etc/kubernetes/admin.conf ${own}`,
    aroundOwn("root has a kubeconfig, and nobody answers"),
  ],
  ["cp", "by-hand-missing", `cp -pi /etc/kubernetes/nothing-here.conf ${own}`, aroundOwn(noFile)],
  ["cat", "missing", "cat /etc/kubernetes/nothing-here.conf", { state: noFile }],
];

const job = `${folder}/job`;
const made = `printf 'x\\n' >${job}`;

const drydocks: readonly (readonly [string, string, readonly string[], Given])[] = [
  [
    "mv",
    "rename",
    renameFile(job, `${job}.aside`).argv,
    inFolder("a file, and no other of the new name", made),
  ],
  [
    "mv",
    "rename-again",
    renameFile(job, `${job}.aside`).argv,
    inFolder("there is a file of the new name", made, `cp ${job} ${job}.aside`),
  ],
  ["mv", "rename-missing", renameFile(job, `${job}.aside`).argv, inFolder(noFile)],
  ["touch", "file", touchFiles([job]).argv, inFolder("a file", made)],
  ["touch", "missing", touchFiles([job]).argv, inFolder(noFile)],
  ["stat", "write-times", readWriteTimes(["/etc/kubernetes/admin.conf"]).argv, healthy],
  [
    "stat",
    "write-times-missing",
    readWriteTimes(["/etc/kubernetes/admin.conf", job]).argv,
    { state: "the second file is not there" },
  ],
  ["tar", "archive-status-absent", inspectArchive(job).argv, inFolder(noFile)],
  [
    "tar",
    "archive-status-no-list",
    inspectArchive(job).argv,
    inFolder("an archive without its list", made),
  ],
  [
    "tar",
    "archive-status-no-archive",
    inspectArchive(job).argv,
    inFolder("a file that is no archive", made, `cp ${job} ${job}.list`),
  ],
  ["etcdctl", "snapshot-status-absent", inspectSnapshot(job).argv, inFolder(noFile)],
  [
    "etcdctl",
    "snapshot-status-no-snapshot",
    inspectSnapshot(job).argv,
    inFolder("a file that is no snapshot", made),
  ],
  [
    "etcdctl",
    "snapshot-status-damaged",
    inspectSnapshot(job).argv,
    inFolder(
      "a snapshot of which the second half is missing",
      `(set -a; . /etc/etcd.env; umask 077; etcdctl snapshot save ${job} 2>/dev/null) && truncate -s 1000000 ${job}`,
    ),
  ],
];

export const guideRecordings: readonly Recording[] = [
  ...typed.map(([program, name, line, given]) => ({
    ...{ program, name, argv: line.split(" "), ...given },
  })),
  ...drydocks.map(([program, name, argv, given]) => ({ program, name, argv, ...given })),
];
