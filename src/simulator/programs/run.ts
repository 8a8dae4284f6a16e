// Finds the program that an argv names. Drydock's own scripts are known by the name in argv[3]:
// what they promise is played here, what they say is not run.

import { type Answer, type Call, failed, inner, type Program, said } from "./call.ts";
import { certificateFiles } from "./certificate-files.ts";
import { cat, copy, cronFiles, move, touch } from "./coreutils.ts";
import { crictl } from "./crictl.ts";
import { awaitAnswer, curl } from "./curl.ts";
import { etcdctl, etcdEnvironment } from "./etcdctl.ts";
import { hostBasics } from "./host-basics.ts";
import { afterClock } from "./host-clock.ts";
import { configCheck, kubeadm } from "./kubeadm.ts";
import { compareKubeconfigs, replaceKubeconfig } from "./kubeconfig.ts";
import { kubectl } from "./kubectl.ts";
import { failedChecks } from "./kubectl-logs.ts";
import { fence, readLock, releaseLock, takeLock } from "./lock.ts";
import { servedCertificates } from "./openssl.ts";
import { processStarts } from "./process-starts.ts";
import { renewalFiles } from "./renewal-files.ts";
import { saveSnapshot, snapshotStatus } from "./snapshot.ts";
import { writeTimes } from "./stat.ts";
import { systemctl } from "./systemctl.ts";
import { archive, archiveStatus, createArchive } from "./tar.ts";

const programs: Readonly<Record<string, Program>> = {
  cat,
  cp: copy,
  crictl,
  curl,
  etcdctl,
  kubeadm,
  kubectl,
  mv: move,
  systemctl,
  tar: createArchive,
  touch,
  true: async () => said(""),
};

const scripts: Readonly<Record<string, Program>> = {
  "drydock-archive": archive,
  "drydock-archive-status": archiveStatus,
  "drydock-await": awaitAnswer,
  "drydock-certificates": certificateFiles,
  "drydock-cron-files": cronFiles,
  "drydock-etcd-env": etcdEnvironment,
  "drydock-failed-checks": (call) => failedChecks(call, run),
  "drydock-fence": (call) => fence(call, run),
  "drydock-host-basics": hostBasics,
  "drydock-kubeadm-config": configCheck,
  "drydock-kubeconfig": replaceKubeconfig,
  "drydock-kubeconfigs": compareKubeconfigs,
  "drydock-clock": (call) => afterClock(run)(call),
  "drydock-lock-read": readLock,
  "drydock-lock-release": releaseLock,
  "drydock-lock-take": takeLock,
  "drydock-process-starts": processStarts,
  "drydock-renewal-files": renewalFiles,
  "drydock-served": servedCertificates,
  "drydock-snapshot-save": saveSnapshot,
  "drydock-snapshot-status": snapshotStatus,
  "drydock-twice": twice,
  "drydock-write-times": writeTimes,
};

/** Another program, once more where it does not exit with 0. */
async function twice(call: Call): Promise<Answer> {
  const asked = inner(call, call.argv.slice(4));
  const first = await run(asked);
  return first.code === 0 ? { ...first, stderr: "" } : run(asked);
}

export async function run(call: Call): Promise<Answer> {
  const [program = "", flag, , name = ""] = call.argv;
  if (program === "sh" && flag === "-c") {
    const script = scripts[name];
    if (script === undefined) throw new Error(`the simulator does not know the script "${name}"`);
    return script(call);
  }
  if (!call.host.programs.has(program)) return failed(127, `sh: 1: ${program}: not found`);
  const known = programs[program];
  if (known === undefined) throw new Error(`the simulator does not know the program ${program}`);
  return known(call);
}
