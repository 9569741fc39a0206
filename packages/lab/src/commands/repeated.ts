/** Options that may be repeated. */

/** For commander: adds a value to those that were given before. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
