// Lets a limited number of calls through at once; the others wait in the order in which they came.

export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

export function makeGate(placesMax: number): Gate {
  const waiting: (() => void)[] = [];
  let free = placesMax;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place is handed on directly, so that nobody who comes now can overtake.
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
