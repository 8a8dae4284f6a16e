// What may befall a run of the tool itself. A correct tool survives each, because it never knows
// more than it has looked at: an answer is no proof, and neither is the lack of one.
//
// - not-sent: the connection failed before the command left. It certainly did not happen.
// - never-arrives: the connection was lost while sending. It did not happen, and nobody can know.
// - answer-lost: it happened, and the connection was lost before the answer came back.
// - refused: the program says no, and has changed nothing: etcd elects its leader, a runtime is
//   busy.
// - hangs: the caller's own timeout ends it. What changes something keeps the fence meanwhile, and
//   comes to life again a minute after it was given up.
// - killed: the process on the operator's machine ends (kill -9, power, out of memory). What is at
//   work on a host goes on there. Before or after any record, or while a command runs.
// - interrupted: Ctrl-C. It may end only where running it again goes on, and must end soon.
// - asleep: the operator's laptop stands still, for an hour say, and then goes on as if nothing had
//   been. Another may have taken the lock away and over meanwhile: the hosts refuse what comes then
//   (the fence).
// - rivalled: another drydock starts at any moment. One of them holds the lock; the other changes
//   nothing.
// - meanwhile: somebody or something else acts at that moment: see interference.ts.
//
// Not possible: an answer that was never given, a journal that forgets a record it called durable,
// a disk here that lies. Against those there are checksums and a hash chain, tested where they
// stand.

import type { Site } from "./site.ts";
import type { Tool } from "./tool.ts";

export interface SendFault {
  readonly at: "send";
  readonly of: "change" | "read";
  /** Counted from 1 within one run of the tool. */
  readonly number: number;
  readonly what: "not-sent" | "never-arrives" | "answer-lost" | "refused" | "hangs" | "killed";
}

export interface RecordFault {
  readonly at: "record";
  /** Counted from 1 within one run of the tool. */
  readonly number: number | "each";
  /** `after`: the record is durable, and nothing has come of it yet. */
  readonly moment: "before" | "after";
  readonly does: (on: {
    readonly site: Site;
    readonly tool: Tool;
    readonly number: number;
  }) => void | Promise<void>;
}

export type Fault = SendFault | RecordFault;
