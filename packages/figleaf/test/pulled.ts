/** Which pulled models the tests have. */
import { existsSync } from 'node:fs';
import { pulledPath } from '../src/models/folder.node.ts';

/** Whether the files of all these models are there. With `FIGLEAF_REQUIRE_MODELS=1` their absence is an error, not a skip. */
export function hasPulled(...ids: readonly string[]): boolean {
  const missing = ids.filter((id) => !existsSync(pulledPath(id)));
  if (missing.length === 0) return true;
  const message = `there is no ${missing.map(pulledPath).join(', no ')}; pull ${missing.join(' ')}, or set FIGLEAF_MODELS to their folder`;
  if (process.env.FIGLEAF_REQUIRE_MODELS === '1') throw new Error(message);
  console.warn(`skipping tests of pulled models: ${message}`);
  return false;
}
