/** Augmentations from files and callers: what is left out, and what is refused. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAugmentation } from '../../src/augment/fields.ts';
import { readAugmentation } from '../../src/augment/presets.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-augmentation-'));
});
afterAll(() => rm(folder, { recursive: true }));

const refusal = (...operations: unknown[]): unknown => {
  try {
    return checkAugmentation({ operations });
  } catch (error) {
    return error;
  }
};

describe('checkAugmentation', () => {
  it('names what was left out, in the same order whatever the order was', () => {
    const one = checkAugmentation({ operations: [{ probability: 0.5, rows: 3, type: 'distort' }] });
    expect(JSON.stringify(one)).toBe(
      '{"operations":[{"type":"distort","probability":0.5,"columns":4,"rows":3,"pixels":8}]}',
    );
  });

  it.each([
    [{}, /operations\[0\] has no type; give one of: rotate, zoom/],
    [{ type: 'rotat', probability: 1 }, /the type 'rotat'/],
    [{ type: 'constructor', probability: 1 }, /the type 'constructor'/],
    [{ type: 'rotate' }, /needs a probability from 0 to 1, not nothing/],
    [{ type: 'rotate', probability: 1.5 }, /not 1\.5/],
    [{ type: 'rotate', probability: 1, angle: 3 }, /\(rotate\) has no 'angle'; it has: degrees/],
    [
      { type: 'rotate', probability: 1, degrees: 20 },
      /degrees is a list of the lowest and the highest.* not 20/,
    ],
    [{ type: 'rotate', probability: 1, degrees: [5, -5] }, /not \[5,-5\]/],
    [{ type: 'zoom', probability: 1, factor: [0.5, 1.5] }, /each from 1 to 100/],
    [{ type: 'distort', probability: 1, columns: 2.5 }, /columns is a whole number from 2 to 64, not 2\.5/],
    [{ type: 'skew', probability: 1, magnitude: 0 }, /a number above 0, up to 1, not 0/],
    [{ type: 'flip', probability: 1, axis: 'both' }, /axis is one of: horizontal, vertical, not "both"/],
    [{ type: 'mixup', probability: 1, alpha: Number.NaN }, /alpha is a number from 0\.01 to 1/],
    ['flip', /is an object with a type and a probability/],
  ])('refuses %j', (operation, message) => {
    expect(refusal(operation)).toMatchObject({
      code: 'augmentation-invalid',
      message: expect.stringMatching(message),
    });
  });

  it('refuses what is no list, another key, and two mixups', () => {
    for (const value of [null, [], { operations: {} }, { operations: [], more: 1 }]) {
      expect(() => checkAugmentation(value)).toThrow(/operations/);
    }
    const mixup = { type: 'mixup', probability: 1 };
    expect(refusal(mixup, mixup)).toMatchObject({ message: expect.stringMatching(/twice/) });
  });
});

describe('readAugmentation', () => {
  it('reads names and files', async () => {
    const path = join(folder, 'mine.json');
    await writeFile(path, '{"operations": [{"type": "flip", "probability": 0.5}]}');
    const { operations } = await readAugmentation(path);
    expect(operations).toEqual([{ type: 'flip', probability: 0.5, axis: 'horizontal' }]);
    expect((await readAugmentation('nudenet-2019')).operations).toHaveLength(7);
  });

  it('says what is wrong', async () => {
    const path = join(folder, 'broken.json');
    await writeFile(path, '{"operations": [');
    await expect(readAugmentation(path)).rejects.toMatchObject({ code: 'augmentation-invalid' });
    await expect(readAugmentation(join(folder, 'none.json'))).rejects.toMatchObject({
      code: 'input-not-found',
    });
    await expect(readAugmentation('nudenet')).rejects.toMatchObject({
      code: 'option-invalid',
      message: expect.stringMatching(/give nudenet-2019, or a file/),
    });
    await expect(readAugmentation('toString')).rejects.toMatchObject({ code: 'option-invalid' });
  });
});
