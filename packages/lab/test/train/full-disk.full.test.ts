/** A disk that gets full while a training runs: the last checkpoint stays whole, and is gone on with when there is room. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type TrainOptions, train } from '@figleaf/lab';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawColours } from '../drawn.ts';
import { TINY } from '../tiny.ts';

const exec = promisify(execFile);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-full-disk-'));
  await drawColours(join(folder, 'data'), 12);
});
afterAll(() => rm(folder, { recursive: true }));

/** Mounts a disk of a megabyte; where that is not allowed, as for all but root on Linux, the test is skipped. */
async function mountSmallDisk(place: string): Promise<boolean> {
  await mkdir(place, { recursive: true });
  return exec('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]).then(
    () => true,
    () => false,
  );
}

async function fill(path: string): Promise<void> {
  await using file = await open(path, 'w');
  const isFull = await file.writeFile(Buffer.alloc(2 ** 21)).then(
    () => false,
    () => true,
  );
  expect(isFull).toBe(true);
}

it('leaves the old checkpoint, and goes on from it', async ({ skip }) => {
  const disk = join(folder, 'disk');
  if (!(await mountSmallDisk(disk))) skip('needs a disk that can be filled');
  try {
    const options = (out: string): TrainOptions => ({
      ...{ data: join(folder, 'data'), model: TINY, epochs: 4, batchSize: 8, threads: 1, out },
    });
    const whole = await train(options(join(folder, 'whole/run')));
    const out = join(disk, 'run');
    const last = join(out, 'last.safetensors');
    let before = Buffer.alloc(0);
    const onEpoch: TrainOptions['onEpoch'] = async ({ epoch }) => {
      if (epoch !== 2) return;
      before = await readFile(last);
      await fill(join(disk, 'other files'));
    };
    const failure = await train({ ...options(out), onEpoch }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'output-unwritable',
      message: expect.stringMatching(/cannot write '.*safetensors': .*ENOSPC/),
    });
    expect(await readFile(last)).toEqual(before);
    expect((await readdir(out)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    await rm(join(disk, 'other files'));
    const resumed = await train({ ...options(out), resume: true });
    expect(resumed.resumedAt).toBe(6);
    expect(await readFile(resumed.file)).toEqual(await readFile(whole.file));
  } finally {
    await exec('umount', [disk]);
  }
});
