/** Child process of `soak scan`: one long scan with the built package. */
import { createModerator, scan } from 'figleaf';
import { serve } from '../classify/serve.mjs';
import { inParts, repeated } from './parts.mjs';

const moderator = await createModerator({ profile: 'balanced' });

async function* verdicts(files) {
  for await (const { verdict, error } of scan(files, { moderator })) yield error ? 'error' : verdict;
}

serve({
  /** Goes over the files `rounds` times. */
  scan: ({ files, rounds, sampleEvery }) =>
    inParts(verdicts(repeated(files, rounds)), { partLength: files.length, sampleEvery }),
});
