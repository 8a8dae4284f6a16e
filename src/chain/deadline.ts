// How long an answer may take. The timer is our own: Node 20 forgets the one of
// AbortSignal.timeout() inside AbortSignal.any() (nodejs/node#57736), and the question then waits
// for ever.

export interface Deadline<T> {
  readonly limitMs: number;
  /** The answer when there is none in time. */
  readonly late: T;
  /** Ends the work as well: that of which it is a part is over. */
  readonly outer?: AbortSignal | undefined;
}

/** Ends in time whatever the work does with its signal, and leaves no timer behind. */
export async function within<T>(
  { limitMs, late, outer }: Deadline<T>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const end = () => stop.abort();
  if (outer?.aborted === true) return late;
  outer?.addEventListener("abort", end);
  let timer: NodeJS.Timeout | undefined;
  const isLate = new Promise<T>((resolve) => {
    timer = setTimeout(() => {
      resolve(late);
      end();
    }, limitMs);
  });
  try {
    return await Promise.race([work(stop.signal), isLate]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", end);
  }
}
