/** Numbers of things, in words. */

/** `1 file`, `2 files` */
export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
