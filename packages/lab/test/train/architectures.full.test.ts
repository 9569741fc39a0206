/** The architectures by their names: each learns drawn colours. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train } from '@figleaf/lab';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawColours } from '../drawn.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-architectures-'));
  await drawColours(join(folder, 'data'), 12);
});
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['small-cnn', 16],
  ['mobilenet-v2', 32],
  ['xception', 71],
])('%s', async (model, size) => {
  const { history } = await train({
    ...{ data: join(folder, 'data'), model, size, out: join(folder, model) },
    // 24 pictures make 3 steps an epoch: with ten times this rate networks of this depth run away before they learn.
    ...{ epochs: 4, batchSize: 8, schedule: () => 0.005 },
  });
  expect(history[3]!.loss).toBeLessThan(0.6 * history[0]!.loss);
});
