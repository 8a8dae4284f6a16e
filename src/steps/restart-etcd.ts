// The guide's `systemctl restart etcd.service`, only where it is asked for or its certificates
// changed: kubeadm does not renew the certificates of an etcd that runs on the host, and etcd reads
// them again at every handshake. One member at a time, and never while another one is unhealthy.

import type { EtcdAccess } from "../cluster/etcd.ts";
import { act } from "../core/command.ts";
import type { Reading } from "../core/outcome.ts";
import { blocked, defineStep, needed, satisfied, unclear } from "../core/step.ts";
import { parseUnit, restartUnit, showUnit, type UnitSeen } from "../programs/systemctl.ts";
import { readEtcd } from "./read-etcd.ts";

export type RestartEtcdGoal = {
  readonly etcd: EtcdAccess;
  /** systemd's invocation id when the window was planned: another one is another process. */
  readonly invocation: string;
};

interface Seen {
  readonly unit: Reading<UnitSeen>;
  readonly trouble: Reading<readonly string[]>;
}

export const restartEtcd = defineStep<RestartEtcdGoal, Seen>({
  id: "restart-etcd",
  title: "Restart etcd",
  guide: "Step 3: Restart Control Plane Components (systemctl restart etcd.service)",
  settleMs: 120_000,
  why: () => "Asked for with --restart-etcd.",
  proof: () => "another invocation of the unit, every member healthy, no alarm",
  async observe(look, goal) {
    const [unit, trouble] = await Promise.all([
      look.run(showUnit("etcd.service")),
      readEtcd(look, goal.etcd),
    ]);
    return { unit: parseUnit(unit), trouble };
  },
  judge: ({ unit, trouble }, goal) => {
    if (unit.kind === "unreadable") return unclear(unit.because);
    if (trouble.kind === "unreadable") return unclear(trouble.because);
    const restarted = unit.value.invocation !== goal.invocation && unit.value.active === "active";
    const because = trouble.value.join("; ");
    if (restarted)
      return because === "" ? satisfied("another process, all healthy") : unclear(because);
    if (because !== "") {
      return blocked(`etcd is not healthy: ${because}`, "Mend that member first, then run again.");
    }
    return needed(`etcd.service still runs as process ${unit.value.mainPid}`);
  },
  change: () => [act(restartUnit("etcd.service"))],
});
