/** Numbers of things, in words. */

/** `1 file`, `2,000 files` */
export function countOf(count: number, what: string, several = `${what}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? what : several}`;
}
