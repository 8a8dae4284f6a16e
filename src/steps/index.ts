// The steps by id, in the order of the guide: how a plan that was read from a journal finds its
// code.

import type { Registry } from "../core/plan.ts";
import { accountForLeases } from "./account-for-leases.ts";
import { backupCertificates, bringArchive } from "./backup-certificates.ts";
import { backupEtcd, bringSnapshot } from "./backup-etcd.ts";
import { checkClusterHealth } from "./check-cluster-health.ts";
import { checkExpiration } from "./check-expiration.ts";
import { checkInventory } from "./check-inventory.ts";
import { checkLeasesSettled } from "./check-leases-settled.ts";
import { checkOperators } from "./check-operators.ts";
import { checkProvider } from "./check-provider.ts";
import { checkRpc } from "./check-rpc.ts";
import { checkWorkloads } from "./check-workloads.ts";
import { finishRenewal } from "./finish-renewal.ts";
import { pauseCronFiles, resumeCronFiles } from "./pause-cron-files.ts";
import { pauseTimer, resumeTimer } from "./pause-timer.ts";
import { renewCertificates } from "./renew-certificates.ts";
import { restartComponent } from "./restart-component.ts";
import { restartEtcd } from "./restart-etcd.ts";
import { forgetReplicas, startProvider } from "./start-provider.ts";
import { rememberReplicas, stopProvider } from "./stop-provider.ts";
import { updateKubeconfig } from "./update-kubeconfig.ts";
import { verifyRenewal } from "./verify-renewal.ts";

const all = [
  checkRpc,
  rememberReplicas,
  checkLeasesSettled,
  pauseTimer,
  pauseCronFiles,
  stopProvider,
  checkExpiration,
  checkClusterHealth,
  backupEtcd,
  bringSnapshot,
  backupCertificates,
  bringArchive,
  finishRenewal,
  renewCertificates,
  updateKubeconfig,
  restartComponent,
  restartEtcd,
  verifyRenewal,
  checkOperators,
  checkInventory,
  checkWorkloads,
  startProvider,
  checkProvider,
  resumeCronFiles,
  resumeTimer,
  accountForLeases,
  forgetReplicas,
];

export const steps: Registry = new Map(all.map((step) => [step.id, step]));
