/** Child process of `soak scan`: one long scan with the built package, and what its memory does meanwhile. */
import { createModerator, scan } from 'figleaf';
import { serve } from '../classify/serve.mjs';

const moderator = await createModerator({ profile: 'balanced' });

function* repeated(files, times) {
  for (let round = 0; round < times; round++) yield* files;
}

serve({
  /** Goes over the files `rounds` times; samples the memory after every `sampleEvery` records. */
  async scan({ files, rounds, sampleEvery }) {
    const parts = [];
    const samples = [];
    let outcomes = {};
    let count = 0;
    let start = performance.now();
    for await (const { verdict, error } of scan(repeated(files, rounds), { moderator })) {
      const outcome = error ? 'error' : verdict;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      count++;
      if (count % sampleEvery === 0) samples.push(process.memoryUsage.rss());
      if (count % files.length !== 0) continue;
      const now = performance.now();
      parts.push({ seconds: (now - start) / 1000, outcomes });
      outcomes = {};
      start = now;
    }
    return { count, parts, samples };
  },
});
