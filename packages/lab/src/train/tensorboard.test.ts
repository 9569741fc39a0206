/** Event files hold what TensorBoard's own writer would have written, and those of a resumed run leave no point twice. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEvents, shownOf } from '../../test/events.ts';
import { crc32c, EventFile, masked } from './tensorboard.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-events-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What TensorBoard 2.21 writes for `epoch/loss` of 0.25 at step 7, at 1700000000.5 seconds. */
const GOLDEN =
  '200000000000000029eda9500900002040fc54d94110072a130a110a0a65706f63682f6c6f7373150000803e1b12b91c';

const AT = new Date(1_700_000_000_500);

describe('CRC-32C', () => {
  // RFC 3720, B.4.
  it.each([
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 times 255', Buffer.alloc(32, 255), 0x62a8ab43],
    ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)), 0x46dd794e],
    ['nothing', Buffer.alloc(0), 0],
  ])('of %s', (_, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum);
  });

  it('is masked', () => {
    expect(masked(0)).toBe(0xa282ead8);
    expect(masked(0xffffffff)).toBe(0xa282ead7);
  });
});

describe('an event file', () => {
  it('is what TensorBoard would have written', async () => {
    const own = join(folder, 'golden');
    const file = await EventFile.begin(own, 0, AT);
    const [name] = await readdir(own);
    expect(name).toBe('events.out.tfevents.1700000000.figleaf.500');
    const head = await readFile(join(own, name!));
    await file.add(7, { 'epoch/loss': 0.25 }, AT);
    const whole = await readFile(join(own, name!));
    expect(whole.subarray(head.length).toString('hex')).toBe(GOLDEN);
    expect(parseEvents(whole)).toMatchObject([
      { fileVersion: 'brain.Event:2', step: 0, wallTime: 1_700_000_000.5 },
      { sessionLog: { status: 1 }, step: 1 },
      { step: 7, summary: { value: [{ tag: 'epoch/loss', simpleValue: 0.25 }] } },
    ]);
  });

  it('of a resumed run takes the place of what a killed one wrote after its checkpoint', async () => {
    const own = join(folder, 'resumed');
    const killed = await EventFile.begin(own, 0, AT);
    for (const step of [10, 20, 30, 40]) await killed.add(step, { loss: step });
    const resumed = await EventFile.begin(own, 20, new Date(AT.getTime() + 1));
    for (const step of [30, 40, 50]) await resumed.add(step, { loss: -step });
    expect((await shownOf(own)).get('loss')).toEqual([
      [10, 10],
      [20, 20],
      [30, -30],
      [40, -40],
      [50, -50],
    ]);
  });

  it('that cannot be written is an error that says so', async () => {
    await writeFile(join(folder, 'taken'), '');
    await expect(EventFile.begin(join(folder, 'taken'), 0)).rejects.toMatchObject({
      code: 'output-unwritable',
    });
  });
});
