/** Options that were given, so that what was not has the default of the library. */

/** Those of `names` that have a value. */
export function given<T, K extends keyof T>(
  flags: T,
  names: readonly K[],
): { [N in K]?: Exclude<T[N], undefined> } {
  const known = names.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]);
  return Object.fromEntries(known) as { [N in K]?: Exclude<T[N], undefined> };
}
