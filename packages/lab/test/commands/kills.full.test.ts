/** `figleaf train` through many kills at any moment: the weights and the model end as those of a run that nobody disturbed. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startIn } from '../../../figleaf/test/command.ts';
import { readCheckpoint } from '../../src/train/checkpoint.ts';
import { drawColours } from '../drawn.ts';
import { killUntilDone } from './kills.ts';

let folder = '';
const argsFor = (out: string): string[] => [
  ...['train', 'data', '--model', 'small-cnn', '--size', '16', '--dropout', '0.5', '--epochs', '12'],
  ...['--batch-size', '8', '--threads', '2', '--checkpoint-seconds', '0', '--augment', 'nudenet-2019'],
  ...['--out', out],
];
/** The same bytes say less than a comparison element by element, but say it of megabytes at once. */
async function isSame(name: string, out: string): Promise<boolean> {
  const [a, b] = await Promise.all([out, 'whole/run'].map((run) => readFile(join(folder, run, name))));
  return a!.equals(b!);
}

/** Bytes of all weights and of the optimiser's state. */
async function weightsOf(out: string): Promise<Buffer> {
  const { values } = (await readCheckpoint(join(folder, out, 'last.safetensors')))!;
  return Buffer.concat(
    [...values].flatMap(([name, { data }]) => [Buffer.from(name), Buffer.from(data.buffer)]),
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-kills-'));
  await drawColours(join(folder, 'data'), 12);
  const { code, stderr } = await startIn(folder, argsFor('whole/run')).ended;
  expect(code, stderr).toBe(0);
}, 600_000);
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['at any moment', 1, false],
  ['at any moment, with other moments', 2, false],
  ['while a checkpoint is written', 3, true],
] as const)(
  'killed %s',
  async (_, seed, inWriting) => {
    const out = `killed-${seed}/run`;
    const milliseconds = inWriting ? 50 : 400;
    const options = { folder, out, args: argsFor(out), seed, kills: 8, milliseconds, inWriting };
    const { kills, leftovers } = await killUntilDone(options);
    expect(kills).toBeGreaterThanOrEqual(4);
    if (inWriting) expect(leftovers).toBeGreaterThan(0);
    expect((await readdir(join(folder, out))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect((await weightsOf(out)).equals(await weightsOf('whole/run'))).toBe(true);
    expect(await isSame('model.onnx', out)).toBe(true);
  },
  300_000,
);
