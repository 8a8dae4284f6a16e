// Where docs/guide.md tells people what they have to do by hand.

export const whereCutOff =
  'docs/guide.md, "When an API server does not start after a renewal that was cut off"';
