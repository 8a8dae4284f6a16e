import { expect, test } from "vitest";
import { etcdTrouble, staticPodAccess } from "./etcd.ts";

const member = (i: number, more: object = {}) => ({
  name: `etcd${i}`,
  idHex: `a${i}`,
  clientUrl: `https://10.0.0.${i}:2379`,
  learner: false,
  started: true,
  ...more,
});
const health = (i: number, healthy = true, because = "") => ({
  url: `https://10.0.0.${i}:2379`,
  healthy,
  because,
});
const well = { members: [member(1), member(2)], health: [health(1), health(2)], alarms: [] };

test.each([
  ["all is well", well, []],
  [
    "a member is unhealthy",
    { ...well, health: [health(1), health(2, false, "timeout")] },
    ["https://10.0.0.2:2379 is unhealthy: timeout"],
  ],
  ["a member gave no health", { ...well, health: [health(1)] }, ["etcd2 gave no health"]],
  [
    "a member has not joined",
    { ...well, members: [member(1), member(2, { name: "", started: false, clientUrl: "" })] },
    ["member a2 has not joined"],
  ],
  [
    "a member learns",
    { ...well, members: [member(1), member(2, { learner: true })] },
    ["etcd2 is a learner"],
  ],
  [
    "there is an alarm",
    { ...well, alarms: ["memberID:1 alarm:NOSPACE"] },
    ["alarm memberID:1 alarm:NOSPACE"],
  ],
  [
    "there is an alarm, which no member is healthy with",
    {
      ...well,
      health: [1, 2].map((i) => health(i, false, "Active Alarm(s): NOSPACE ")),
      alarms: ["memberID:1 alarm:NOSPACE"],
    },
    ["alarm memberID:1 alarm:NOSPACE"],
  ],
  [
    "there was an alarm a moment ago",
    { ...well, health: [health(1), health(2, false, "Active Alarm(s): NOSPACE ")] },
    ["https://10.0.0.2:2379 is unhealthy: Active Alarm(s): NOSPACE "],
  ],
])("etcd when %s", (_, seen, trouble) => {
  expect(etcdTrouble(seen)).toEqual(trouble);
});

test.each([
  ["10.0.0.1:6443", "https://127.0.0.1:2379"],
  ["[fd00::1]:6443", "https://[::1]:2379"],
  ["", "https://127.0.0.1:2379"],
])("etcd as a static pod beside an API server at '%s' is asked at %s", (advertised, endpoint) => {
  expect(staticPodAccess(advertised)).toMatchObject({
    endpoint,
    cert: "/etc/kubernetes/pki/etcd/healthcheck-client.crt",
  });
});
