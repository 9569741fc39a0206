/** What is said of something that was thrown, in a sentence of somebody else. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
