// What acts by itself on a real node: systemd's timer and a file of cron, paused and put back.

import { beforeEach, describe, expect, test } from "vitest";
import { installTimer, removeTimer } from "../../rig/recordings-automation.ts";
import { codeOn, mended, on } from "./cluster.ts";
import { drydock, freshState } from "./drydock.ts";

beforeEach(mended);

describe("what acts by itself", () => {
  const timer = "k8s-certs-renew.timer";
  const job = "/etc/cron.d/akash-force-new-replicasets";
  const looks = `systemctl is-active ${timer}; cat ${job} 2>/dev/null; stat -c '%a %Y %i' ${job} 2>/dev/null; true`;

  test("rests in the middle of a window, and is as it was at its end", async () => {
    await on("node1", installTimer);
    await on(
      "node1",
      `umask 027; echo '*/5 * * * * root /usr/local/bin/akash-force-new-replicasets.sh' > ${job}`,
    );
    try {
      // As if its hour had passed meanwhile: a Persistent timer would run as soon as it is started.
      await on("node1", `touch -d '40 days ago' /var/lib/systemd/timers/stamp-${timer}`);
      const service = "systemctl show k8s-certs-renew.service -p InvocationID";
      const before = [await on("node1", looks), await on("node1", service)];
      expect(before[0]).toMatch(/^active\n\*\/5 .*\n640 /);
      let during: Promise<string> | undefined;
      const ran = await drydock(freshState(), ["run", "--yes", "--json"], (event) => {
        if (event.kind === "settled" && event.key === "renew-certificates@node2") {
          during ??= on("node1", looks);
        }
      });
      expect(ran.code, ran.stderr).toBe(0);
      expect(await during).toBe("inactive\n");
      expect([await on("node1", looks), await on("node1", service)]).toEqual(before);
      expect(await codeOn("node1", "ls /etc/cron.d/.drydock-*")).not.toBe(0);
    } finally {
      await on("node1", `rm -f ${job}; ${removeTimer}`);
    }
  });
});
