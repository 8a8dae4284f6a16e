// The lease clock: how long the provider waits, once a lease's workload or the API fails its
// checks, until it closes the lease on the chain. Its rules are akash-network/provider's
// cluster/monitor.go.

/** Settings as they stand on the cluster, by the environment's name without its prefix. */
export interface MonitorSettings {
  readonly maxRetries: number;
  readonly retryPeriodMs: number;
  readonly retryJitterMs: number;
  readonly checkPeriodMs: number;
  readonly checkJitterMs: number;
}

export interface LeaseClock extends MonitorSettings {
  /** No lease is closed sooner after the disturbance began. */
  readonly earliestMs: number;
  readonly meanMs: number;
  /** Where a setting came from, and what is not certain, for people. */
  readonly notes: readonly string[];
}

/** The binary's defaults, the same in every release from v0.1.0 to v0.14.0. */
export const monitorDefaults: MonitorSettings = {
  maxRetries: 40,
  retryPeriodMs: 4000,
  retryJitterMs: 15_000,
  checkPeriodMs: 10_000,
  checkJitterMs: 5000,
};

const names: Readonly<Record<keyof MonitorSettings, string>> = {
  maxRetries: "MONITOR_MAX_RETRIES",
  retryPeriodMs: "MONITOR_RETRY_PERIOD",
  retryJitterMs: "MONITOR_RETRY_PERIOD_JITTER",
  checkPeriodMs: "MONITOR_HEALTHCHECK_PERIOD",
  checkJitterMs: "MONITOR_HEALTHCHECK_PERIOD_JITTER",
};

/** The provider binds both prefixes; which of them wins is not known. */
const prefixes = ["AKASH_", "AP_"] as const;

/** Every variable that the clock reads: nothing else of the provider's environment is asked for. */
export const clockVariables: readonly string[] = Object.values(names).flatMap((name) =>
  prefixes.map((prefix) => `${prefix}${name}`),
);

/** From the container's variables, its own before those of its ConfigMaps. */
export function leaseClock(variables: ReadonlyMap<string, string>): LeaseClock {
  const notes: string[] = [];
  const take = (setting: keyof MonitorSettings): number => {
    const given = prefixes.flatMap((prefix) => {
      const name = `${prefix}${names[setting]}`;
      const text = variables.get(name) ?? "";
      // Viper takes an empty variable for one that is not set.
      if (text === "") return [];
      const { value, note } = takenFor(setting, { name, text });
      if (note !== undefined) notes.push(note);
      return [value];
    });
    if (new Set(given).size > 1) {
      notes.push(`AKASH_ and AP_${names[setting]} differ; the shorter is taken`);
    }
    if (given.length > 0) return Math.min(...given);
    notes.push(`AKASH_${names[setting]} is not set; the program's default is taken`);
    return monitorDefaults[setting];
  };
  const settings: MonitorSettings = {
    maxRetries: take("maxRetries"),
    retryPeriodMs: take("retryPeriodMs"),
    retryJitterMs: take("retryJitterMs"),
    checkPeriodMs: take("checkPeriodMs"),
    checkJitterMs: take("checkJitterMs"),
  };
  if (settings.retryJitterMs === 0 || settings.checkJitterMs === 0) {
    notes.push("a jitter of 0 ends the provider with a panic");
  }
  return { ...settings, ...timesOf(settings), notes };
}

/**
 * As the provider takes it: what is not understood is 0 (spf13/viper GetUint and GetDuration,
 * through spf13/cast), and helm writes a large number of yaml as `1e+06`. With 0 retries the first
 * failed check closes; with a period of less than 4 s it does not start
 * (cmd/provider-services/cmd/run.go).
 */
function takenFor(
  setting: keyof MonitorSettings,
  { name, text }: { readonly name: string; readonly text: string },
): { readonly value: number; readonly note: string | undefined } {
  const read = setting === "maxRetries" ? wholeNumber(text) : durationMs(text);
  const value = read ?? 0;
  const is = `${name}=${text.slice(0, 40)}${read === undefined ? " is not understood: the provider takes it for 0" : ""}`;
  const isPeriod = setting === "retryPeriodMs" || setting === "checkPeriodMs";
  if (setting === "maxRetries" && value === 0) {
    return { value, note: `DANGER: ${is}; a lease is closed at its first failed check` };
  }
  if (isPeriod && value < periodMsMin) {
    return { value, note: `${is}; with less than 4 s it does not start` };
  }
  return { value, note: read === undefined ? is : undefined };
}

const periodMsMin = 4000;

/**
 * It closes at failed check number maxRetries + 1 in a row. Between the first and that one are
 * maxRetries waits of retryPeriod + [0, jitter); the first may come at once, and on average comes
 * half a health check's period after the disturbance. How long a check takes is not counted.
 */
export function timesOf(settings: MonitorSettings): {
  readonly earliestMs: number;
  readonly meanMs: number;
} {
  const { maxRetries, retryPeriodMs, retryJitterMs, checkPeriodMs, checkJitterMs } = settings;
  const noticedMs = (checkPeriodMs + checkJitterMs / 2) / 2;
  return {
    earliestMs: maxRetries * retryPeriodMs,
    meanMs: Math.round(noticedMs + maxRetries * (retryPeriodMs + retryJitterMs / 2)),
  };
}

/** Without blanks around it; `40.0` is 40. */
function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}(\.0*)?$/.test(text) ? Number(text) : undefined;
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Go's time.ParseDuration, without signs and blanks: `4s`, `1h30m`, `1.5s`. Undefined when it is
 * none.
 */
export function durationMs(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (unitMs[unit] ?? 0);
  }
  return total;
}

/** `2 h 0 min`, `7.9 min`, `40 s`: as exactly as such a wait is worth saying. */
export function showWait(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 3600) return `${(seconds / 60).toFixed(1)} min`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
