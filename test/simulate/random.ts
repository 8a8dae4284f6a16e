// The only chance in the search: a number makes everything that is drawn (mulberry32).

export interface Random {
  /** From 0 to 1, 1 excluded. */
  next(): number;
  /** From `least` to `most`, both included. */
  between(least: number, most: number): number;
  chance(of: number): boolean;
  pick<const T>(list: readonly [T, ...T[]]): T;
}

export function randomFrom(seed: number): Random {
  let state = Math.imul(seed, 0x9e37_79b1) ^ 0x5f35_6495;
  const next = () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (of) => next() < of,
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
  };
}
