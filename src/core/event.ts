// What the engine tells while it works; terminal, plain and json views are folds over these.

import type { OutcomeNote } from "./journal.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import type { Verdict } from "./step.ts";
import type { Instant } from "./world.ts";

export type EventBody =
  | {
      readonly kind: "opened";
      readonly window: string;
      readonly plan: Plan;
      readonly resumed: boolean;
    }
  | { readonly kind: "began"; readonly planned: PlannedStep; readonly title: string }
  | { readonly kind: "acting"; readonly key: string; readonly act: string }
  | {
      readonly kind: "acted";
      readonly key: string;
      readonly outcome: OutcomeNote;
      readonly ms: number;
    }
  | { readonly kind: "waiting"; readonly key: string; readonly because: string }
  | { readonly kind: "lost"; readonly key: string; readonly because: string }
  | {
      readonly kind: "settled";
      readonly key: string;
      readonly verdict: Verdict;
      readonly ms: number;
    }
  | {
      readonly kind: "stopped";
      readonly key: string;
      readonly because: string;
      readonly remedy: string;
    }
  | { readonly kind: "interrupted"; readonly key: string }
  | { readonly kind: "closed"; readonly how: "completed" | "abandoned" };

export type WindowEvent = EventBody & { readonly at: Instant };

export type Reporter = (event: WindowEvent) => void;
