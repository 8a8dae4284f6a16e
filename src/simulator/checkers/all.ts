// Every checker: each stands for a sentence that no crash, lost answer or interference may break.

import { backupBeforeRenewal } from "./backup-before-renewal.ts";
import type { Checker } from "./checker.ts";
import { endedGracefully } from "./ended-gracefully.ts";
import { fenced } from "./fenced.ts";
import { leasesAccounted } from "./leases-accounted.ts";
import { noLeaseClosed } from "./no-lease-closed.ts";
import { nothingOverwritten } from "./nothing-overwritten.ts";
import { oneNodeAtATime } from "./one-node-at-a-time.ts";
import { providerRestored } from "./provider-restored.ts";
import { providerStaysStopped } from "./provider-stays-stopped.ts";
import { recordedBeforeRun } from "./recorded-before-run.ts";
import { secretsStay } from "./secrets-stay.ts";

export const checkers: readonly Checker[] = [
  providerStaysStopped,
  noLeaseClosed,
  leasesAccounted,
  backupBeforeRenewal,
  oneNodeAtATime,
  endedGracefully,
  recordedBeforeRun,
  providerRestored,
  fenced,
  nothingOverwritten,
  secretsStay,
];
