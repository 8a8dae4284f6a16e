import { expect, test } from "vitest";
import { staticPodAccess } from "../cluster/etcd.ts";
import type { ReadCommand } from "../core/command.ts";
import type { Outcome } from "../core/outcome.ts";
import { printed } from "../programs/transcript.testkit.ts";
import { readEtcd } from "./read-etcd.ts";

const url = (i: number) => `https://10.0.0.${i}:2379`;
const member = (i: number, more: object = {}) => ({
  ...{ ID: `a${i}`, name: `etcd${i}`, clientURLS: [url(i)] },
  ...more,
});
const health = (i: number) => ({ endpoint: url(i), health: true });

interface Answers {
  readonly members: readonly object[];
  readonly healths: readonly object[];
  readonly alarms: Outcome;
}

const well: Answers = {
  members: [member(1), member(2)],
  healths: [health(1), health(2)],
  alarms: printed(""),
};

/** `unanswered`: words of the question to which no answer comes. */
function seen({ members, healths, alarms }: Answers, unanswered?: string) {
  const run = async ({ argv }: ReadCommand): Promise<Outcome> => {
    const words = argv.join(" ");
    if (unanswered !== undefined && words.includes(unanswered)) {
      return { kind: "unknown", because: "cut off" };
    }
    if (words.includes("alarm list")) return alarms;
    return printed(JSON.stringify(words.includes("member list") ? { members } : healths));
  };
  return readEtcd({ run }, staticPodAccess(""));
}

test.each<[string, Partial<Answers>, readonly string[]]>([
  ["all is well", {}, []],
  [
    "there is an alarm",
    { alarms: printed("memberID:1 alarm:NOSPACE\n") },
    ["alarm memberID:1 alarm:NOSPACE"],
  ],
  [
    "a member learns",
    { members: [member(1), member(2, { isLearner: true })] },
    ["etcd2 is a learner"],
  ],
  ["a member is not asked", { healths: [health(1)] }, ["etcd2 gave no health"]],
])("etcd is looked at whole when %s", async (_, more, value) => {
  expect(await seen({ ...well, ...more })).toEqual({ kind: "read", value });
});

test.each(["member list", "endpoint health", "alarm list"])(
  "etcd that does not answer `%s` is not known to be well",
  async (unanswered) => {
    expect((await seen(well, unanswered)).kind).toBe("unreadable");
  },
);
