/** Numbers of things, in words. */

/** `1 file`, `2 files` */
export function countOf(count: number, what: string, several = `${what}s`): string {
  return `${count} ${count === 1 ? what : several}`;
}
