/** Choosing parameters by their names: `block1_*`, `*kernel`, all but the head. */

/**
 * A parameter's name, in which each `*` stands for any run of characters, slashes too. With `!` before it, it takes
 * back what patterns before it chose.
 */
export type NamePattern = string;

/**
 * Whether patterns choose a name. The last one that fits decides.
 *
 * @example
 * ```ts
 * isChosen('block1_conv1/kernel', ['*kernel']); // true
 * isChosen('predictions/kernel', ['*', '!predictions/*']); // false
 * ```
 */
export function isChosen(name: string, patterns: readonly NamePattern[]): boolean {
  const last = patterns.findLast((pattern) => fits(name, pattern.replace(/^!/, '')));
  return last !== undefined && !last.startsWith('!');
}

function fits(name: string, pattern: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  if (others.length === 0) return name === pattern;
  const last = others.pop()!;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const part of others) {
    const found = name.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
