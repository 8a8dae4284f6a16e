// The provider's operators, as a window's plan remembers them.

/** One that wanted replicas before a window, and must want as many at its end. */
export type OperatorBefore = {
  readonly name: string;
  readonly replicas: number;
};

/** A line for each that wants less than before, or is gone. */
export function notWantedAsBefore(
  before: readonly OperatorBefore[],
  now: readonly OperatorBefore[],
): readonly string[] {
  return before.flatMap(({ name, replicas }) => {
    const seen = now.find((one) => one.name === name);
    if (seen === undefined) return [`${name} is gone, and wanted ${replicas} before`];
    return seen.replicas < replicas
      ? [`${name} wants ${seen.replicas} replica(s), and ${replicas} before`]
      : [];
  });
}
