/** Where the real test files are, and what a test does when they are not there. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));

/** The folder of shared test files: `FIGLEAF_DATA`, else `../shared/data` beside the checkout. */
export const dataRoot = process.env.FIGLEAF_DATA ?? join(root, '..', 'shared', 'data');

/** Whether the shared test files are there. With `FIGLEAF_REQUIRE_DATA=1` their absence is an error, not a skip. */
export const hasData = existsSync(join(dataRoot, 'MANIFEST.md'));

if (!hasData) {
  const message = `no shared test data in ${dataRoot}; set FIGLEAF_DATA to its folder`;
  if (process.env.FIGLEAF_REQUIRE_DATA === '1') throw new Error(message);
  console.warn(`skipping tests on real files: ${message}`);
}

/** The path of a shared test file. */
export function dataPath(...parts: string[]): string {
  return join(dataRoot, ...parts);
}
