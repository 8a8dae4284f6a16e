// What follows from a text alone need be worked out once: a search asks for the same thousands of
// times.

const resultsMax = 4096;

/**
 * The same function, which keeps its last results. Only for what depends on nothing but its words.
 */
export function remembered<Word, Result>(work: (word: Word) => Result): (word: Word) => Result {
  const results = new Map<Word, Result>();
  return (word) => {
    const known = results.get(word);
    if (known !== undefined) return known;
    const result = work(word);
    if (results.size >= resultsMax) results.clear();
    results.set(word, result);
    return result;
  };
}

/**
 * The same for values that are replaced and never changed: as long as a value is used, its result
 * is kept.
 */
export function rememberedOf<Value extends object, Result>(
  work: (value: Value) => Result,
): (value: Value) => Result {
  const results = new WeakMap<Value, { readonly result: Result }>();
  return (value) => {
    const known = results.get(value);
    if (known !== undefined) return known.result;
    const result = work(value);
    results.set(value, { result });
    return result;
  };
}
