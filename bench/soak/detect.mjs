/** Child process of `soak detect`: one detector of the built package over many files, some of them in tiles. */
import { loadDetector } from 'figleaf';
import { serve } from '../classify/serve.mjs';
import { inParts } from './parts.mjs';

const detector = await loadDetector('nudenet-320n');

async function* outcomes({ whole, tiled, rounds }) {
  for (let round = 0; round < rounds; round++) {
    for await (const outcome of detector.detectAll(whole)) yield wordFor(outcome);
    for await (const outcome of detector.detectAll(tiled, { tiles: 'auto' })) yield wordFor(outcome);
  }
}

function wordFor({ result, error }) {
  if (error) return 'error';
  return result.detections.length > 0 ? 'with boxes' : 'without';
}

serve({
  /** Goes over the files `rounds` times, over those of `tiled` in tiles. */
  detect: ({ whole, tiled, rounds, sampleEvery }) =>
    inParts(outcomes({ whole, tiled, rounds }), { partLength: whole.length + tiled.length, sampleEvery }),
});
