import { expect, test } from "vitest";
import { staticPodAccess } from "../cluster/etcd.ts";
import { type RestartEtcdGoal, restartEtcd } from "./restart-etcd.ts";
import { cutOff, read, said, typed } from "./seen.testkit.ts";

const goal: RestartEtcdGoal = { etcd: staticPodAccess(""), invocation: "before" };

function unit(invocation: string, active = "active") {
  return read({ load: "loaded", active, enabled: "enabled", mainPid: 63, invocation });
}

const well = read([]);
const ill = read(["https://10.0.0.3:2379 is unhealthy: timeout"]);

test.each([
  ["still runs", unit("before"), well, "needed: etcd.service still runs as process 63"],
  ["was restarted", unit("after"), well, "satisfied: another process, all healthy"],
  [
    "starts again",
    unit("after", "activating"),
    well,
    "needed: etcd.service still runs as process 63",
  ],
  ["joins again", unit("after"), ill, /^unclear: .*10\.0\.0\.3/],
  ["has an ill neighbour", unit("before"), ill, /^blocked: etcd is not healthy: .*10\.0\.0\.3/],
  ["cannot be asked", cutOff, well, "unclear: no answer: cut off"],
  ["does not tell its health", unit("before"), cutOff, "unclear: no answer: cut off"],
])("etcd that %s", (_, seen, trouble, words) => {
  expect(said(restartEtcd.judge({ unit: seen, trouble }, goal))).toEqual(
    typeof words === "string" ? words : expect.stringMatching(words),
  );
});

test("etcd is restarted as a unit of its host", () => {
  const seen = { unit: unit("before"), trouble: well };
  expect(typed(restartEtcd.change(seen, goal))).toEqual(["systemctl restart etcd.service"]);
});
