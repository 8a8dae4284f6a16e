// How many of what, in words.

/** `1 node`, `3 nodes`: of words whose plural is an s more. */
export function counted(count: number, word: string): string {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}
