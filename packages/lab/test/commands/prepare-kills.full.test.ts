/** Forty kills of `figleaf data prepare`, and the same result as without. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startIn } from '../../../figleaf/test/command.ts';
import { scene, writeFiles } from '../scenes.ts';
import { killPreparations } from './prepare-kills.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-lab-'));
  for (let index = 0; index < 300; index++)
    await writeFiles(folder, {
      [`web/${index % 3}/${index}.jpg`]: scene(index % 250, 300 + index, 400).jpeg(),
    });
});
afterAll(() => rm(folder, { recursive: true }));

it('ends the same, byte for byte, after forty kills, with other options in between', async () => {
  const args = ['data', 'prepare', '--source', 'web=web', '--workers', '1', '--out'];
  await startIn(folder, [...args, 'whole']).ended;
  const common = { folder, out: 'killed', milliseconds: 2500 };
  const first = await killPreparations({ ...common, args: [...args, 'killed'], seed: 1, kills: 20 });
  const other = [...args, 'killed', '--seed', '2', '--flips'];
  const second = await killPreparations({ ...common, args: other, seed: 2, kills: 10 });
  const third = await killPreparations({ ...common, args: [...args, 'killed'], seed: 3, kills: 10 });
  expect(first.kills + second.kills + third.kills).toBe(40);
  for (const name of ['manifest.jsonl', 'report.json'])
    expect(await readFile(join(folder, 'killed', name))).toEqual(await readFile(join(folder, 'whole', name)));
}, 600_000);
