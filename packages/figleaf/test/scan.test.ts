/** The scan on the built package: names, order, broken inputs, back-pressure, and what is left after its end. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createModerator, FigleafError, type ScanItem, type ScanRecord, scan } from 'figleaf';
import { describe, expect, it } from 'vitest';

const picture = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/pictures/${name}`, import.meta.url));
const cat = picture('cat.png');

async function all(records: AsyncIterable<ScanRecord>): Promise<ScanRecord[]> {
  const found: ScanRecord[] = [];
  for await (const record of records) found.push(record);
  return found;
}

/** How many worker threads this process has. */
function watchWorkers(): { alive: number } {
  const count = { alive: 0 };
  process.on('worker', (worker) => {
    count.alive++;
    worker.once('exit', () => count.alive--);
  });
  return count;
}

const workers = watchWorkers();

describe('scan', () => {
  it('judges inputs of every kind in their order, and calls each by its name', async () => {
    const bytes = await readFile(cat);
    const inputs = [
      cat,
      pathToFileURL(cat),
      bytes,
      new File([bytes], 'upload.png'),
      createReadStream(cat),
      { name: 'mine', input: bytes },
    ];
    const records = await all(scan(inputs));
    expect(records.map(({ input }) => input)).toEqual([
      cat,
      pathToFileURL(cat).href,
      'inputs[2]',
      'upload.png',
      'inputs[4]',
      'mine',
    ]);
    expect(records.map(({ verdict }) => verdict)).toEqual(Array<string>(6).fill('allow'));
    expect(new Set(records.map(({ scores }) => scores!.unsafe)).size).toBe(1);
    expect(workers.alive).toBe(0);
  });

  it('turns what cannot be judged into records, and goes on', async () => {
    const problem = new FigleafError('input-unreadable', 'cannot read the folder');
    const nothing = undefined as unknown as string;
    const inputs = [
      'nowhere.png',
      new Uint8Array(3),
      nothing,
      null as unknown as string,
      { name: 'locked', problem },
      cat,
    ];
    const records = await all(scan(inputs, { policy: { scores: { unsafe: { block: 0 } } } }));
    expect(records.map(({ input, error, verdict }) => [input, error?.code, verdict])).toEqual([
      ['nowhere.png', 'input-not-found', null],
      ['inputs[1]', 'not-an-image', null],
      ['inputs[2]', 'input-unsupported', null],
      ['inputs[3]', 'input-unsupported', null],
      ['locked', 'input-unreadable', null],
      [cat, undefined, 'block'],
    ]);
  });

  it('takes inputs only as fast as records are taken, and tells them when it is left', async () => {
    await using moderator = await createModerator({ workers: 1 });
    let taken = 0;
    let told = false;
    function* endless(): Generator<ScanItem> {
      try {
        for (;;) yield { name: `${++taken}`, input: cat };
      } finally {
        told = true;
      }
    }
    let seen = 0;
    for await (const { input } of scan(endless(), { moderator })) {
      expect(input).toBe(`${++seen}`);
      if (seen === 3) break;
    }
    expect(taken).toBeLessThan(40);
    expect(told).toBe(true);
    // It was not the scan's to close.
    expect((await moderator.moderate(cat)).verdict).toBe('allow');
  });

  it('closes the moderator that it made, also when left early', async () => {
    for await (const _ of scan(Array<string>(50).fill(cat))) {
      expect(workers.alive).toBeGreaterThan(0);
      break;
    }
    expect(workers.alive).toBe(0);
  });

  it('ends with the reason of an abort, though the inputs never come', async () => {
    await using moderator = await createModerator();
    const silent: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    const controller = new AbortController();
    const scanning = all(scan(silent, { moderator, signal: controller.signal }));
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 20);
    await expect(scanning).rejects.toBe(reason);
  });

  it('passes options on, and ends where they are wrong', async () => {
    const [leaf] = await all(scan([picture('leaf.gif')], { frames: 2 }));
    expect(leaf).toMatchObject({ frames: 2 });
    await expect(all(scan([cat], { profile: 'wild' as 'fast' }))).rejects.toMatchObject({
      code: 'option-invalid',
    });
    await expect(all(scan(cat))).rejects.toThrow(/is one input; give a list of them/);
    const closed = await createModerator();
    await closed.close();
    await expect(all(scan([cat], { moderator: closed }))).rejects.toMatchObject({ code: 'disposed' });
  });
});
