/** Forty kills of `figleaf data prepare`, and the same result as without. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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

it('ends the same, byte for byte, after forty kills, whatever was in the folder before', async () => {
  const args = ['data', 'prepare', '--source', 'web=web', '--workers', '1', '--out'];
  const others = ['--seed', '2', '--flips', '--test-share', '0.4'];
  await startIn(folder, [...args, 'whole']).ended;
  await startIn(folder, [...args, 'other', ...others]).ended;
  const common = { folder, out: 'killed', kills: 8, milliseconds: 1200 };
  let kills = 0;
  for (let round = 0; kills < 40; round++) {
    // Two rounds on one folder, with other options each, then a new one.
    if (round % 3 === 0) await rm(join(folder, 'killed'), { recursive: true, force: true });
    const isOther = round % 2 === 1;
    const own = [...args, 'killed', ...(isOther ? others : [])];
    kills += (await killPreparations({ ...common, args: own, seed: round })).kills;
    for (const name of ['manifest.jsonl', 'report.json'])
      expect(await readFile(join(folder, 'killed', name))).toEqual(
        await readFile(join(folder, isOther ? 'other' : 'whole', name)),
      );
    const lines = (await readFile(join(folder, 'killed/manifest.jsonl'), 'utf8')).trim().split('\n');
    const files = await readdir(join(folder, 'killed'), { recursive: true });
    expect(files.filter((name) => /^(train|validation|test).*\.jpg$/.test(name))).toHaveLength(lines.length);
  }
  expect(kills).toBeGreaterThanOrEqual(40);
}, 900_000);
