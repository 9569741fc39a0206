/** Manifests: what lines mean, parts and groups, and what is wrong with lines. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SplitOptions } from '../../src/data-set/data-set.ts';
import { readManifest } from '../../src/data-set/manifest.ts';

let folder = '';
let path = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-manifest-'));
  path = join(folder, 'manifest.jsonl');
});
afterAll(() => rm(folder, { recursive: true }));

async function read(lines: readonly (object | string)[], options: Partial<SplitOptions> = {}) {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  await writeFile(path, texts.join('\n'));
  return readManifest(path, { seed: 1, ...options });
}

const many = (className: string, count: number, more: object = {}): object[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `${className}/${index}.png`,
    class: className,
    ...more,
  }));

describe('a manifest', () => {
  it('names pictures from where it lies, and their classes', async () => {
    const data = await read([
      '\uFEFF{"name":"a/1.png","class":"Hat"}',
      '',
      { name: '../b.png', class: 'shoe', size: 7 },
    ]);
    expect(data).toMatchObject({ classes: ['hat', 'shoe'], multiLabel: false });
    expect(data.samples).toEqual([
      { path: join(folder, 'a/1.png'), name: 'a/1.png', labels: [0], part: 'train' },
      { path: join(folder, '../b.png'), name: '../b.png', labels: [1], part: 'train' },
    ]);
  });

  it('says what pictures are for, and the rest is drawn', async () => {
    const { samples } = await read([
      ...many('a', 10, { part: 'train' }),
      ...many('b', 10),
      { name: 'a/t.png', class: 'a', part: 'test' },
    ]);
    const partsOf = (label: number) =>
      samples
        .filter(({ labels }) => labels[0] === label)
        .map(({ part }) => part)
        .sort();
    expect(partsOf(0)).toEqual(['test', ...Array(9).fill('train'), 'validation']);
    expect(partsOf(1)).toEqual([...Array(9).fill('train'), 'validation']);
  });

  it('never draws for the test what is said to be for training', async () => {
    const { samples } = await read([...many('a', 20, { part: 'train' }), ...many('b', 20)], {
      testShare: 0.5,
    });
    expect(samples.filter(({ part }) => part === 'test').map(({ labels }) => labels[0])).toEqual(
      Array(10).fill(1),
    );
  });

  it('keeps groups whole, whatever they are and whatever the shares', async () => {
    const line = fc.record({
      class: fc.constantFrom('a', 'b', 'c'),
      group: fc.constantFrom('1', '2', '3', '4', '5', '6'),
    });
    const share = fc.double({ min: 0, max: 0.9, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 5, maxLength: 60 }),
        share,
        fc.integer(),
        async (lines, testShare, seed) => {
          const named = [
            ...many('a', 1),
            ...many('b', 1),
            ...lines.map((fields, index) => ({ name: `${index}`, ...fields })),
          ];
          const { samples } = await read(named, { testShare, seed });
          expect(samples).toHaveLength(named.length);
          for (const group of ['1', '2', '3', '4', '5', '6']) {
            const own = samples.filter(({ name }) => lines[Number(name)]?.group === group);
            expect(new Set(own.map(({ part }) => part)).size).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the test about its share where groups allow it', async () => {
    const lines = Array.from({ length: 400 }, (_, index) => ({
      name: `${index}`,
      class: index % 2 ? 'a' : 'b',
      group: `${index >> 2}`,
    }));
    const { samples } = await read(lines);
    const tests = samples.filter(({ part }) => part === 'test').length;
    expect(Math.abs(tests - 80)).toBeLessThanOrEqual(4);
  });

  it('puts a group where one of its pictures is said to be', async () => {
    const { samples } = await read([
      ...many('a', 5, { group: 'g' }),
      ...many('b', 5),
      { name: 'x', class: 'b', group: 'g', part: 'validation' },
    ]);
    expect(samples.filter(({ part }) => part === 'validation')).toHaveLength(6);
  });

  it('may give a picture several classes, or none', async () => {
    const { classes, multiLabel, samples } = await read(
      [
        { name: '1', classes: ['Sea', 'hat', 'hat'] },
        { name: '2', classes: [] },
        { name: '3', class: 'sea' },
      ],
      { testShare: 0, validationShare: 0 },
    );
    expect({ classes, multiLabel }).toEqual({ classes: ['hat', 'sea'], multiLabel: true });
    expect(new Map(samples.map(({ name, labels }) => [name, labels]))).toEqual(
      new Map([
        ['1', [0, 1]],
        ['2', []],
        ['3', [1]],
      ]),
    );
  });
});

describe('a manifest that cannot be trained with', () => {
  const good = { name: '1.png', class: 'a' };
  it.each<[string, readonly (object | string)[], string]>([
    ['what is no JSON', [good, '{"name":'], 'line 2 .*: it is not JSON'],
    ['what is no object', [good, '', '[1]'], 'line 3 .*: it is no object'],
    ['no name', [{ class: 'a' }], "line 1 .*: 'name' is the path of a picture"],
    ['no class', [good, { name: '2' }], "line 2 .*: give 'class'"],
    ['class and classes', [{ name: '2', class: 'a', classes: ['b'] }], "line 1 .*: give 'class'"],
    ['a class that is no text', [{ name: '2', class: 7 }], "line 1 .*: give 'class'"],
    ['classes that are no list', [{ name: '2', classes: 'a' }], "line 1 .*: give 'class'"],
    [
      'a part that nobody knows',
      [{ ...good, part: 'val' }],
      "line 1 .*: 'part' is train, validation or test",
    ],
    ['a group that is no text', [{ ...good, group: 3 }], "line 1 .*: 'group' is a text"],
    ['a picture twice', [good, { ...good, name: './1.png' }], "line 2 .*: './1.png' is in line 1 already"],
    [
      'a group in two parts',
      [
        { ...good, part: 'test', group: 'g' },
        { name: '2', class: 'b', part: 'train', group: 'g' },
      ],
      "line 2 .*: the group 'g' is in 'test' since line 1, so it cannot be in 'train' too",
    ],
  ])('is named with its line: %s', async (_, lines, message) => {
    const failure = await read(lines).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'manifest-invalid', message: expect.stringMatching(message) });
  });

  it.each<[string, readonly object[], RegExp]>([
    ['one class', [good], /only the class 'a'/],
    ['nothing', [], /has no class/],
    ['no class in any picture', [{ name: '1', classes: [] }], /has no class/],
  ])('is named: %s', async (_, lines, message) => {
    const failure = await read(lines).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'data-set-invalid', message: expect.stringMatching(message) });
  });

  it('is not there, or is a folder', async () => {
    await expect(readManifest(join(folder, 'none.jsonl'), { seed: 1 })).rejects.toMatchObject({
      code: 'input-not-found',
    });
    await expect(readManifest(folder, { seed: 1 })).rejects.toMatchObject({ code: 'input-unreadable' });
  });

  it('has impossible shares', async () => {
    await expect(read(many('a', 2), { testShare: 1 })).rejects.toMatchObject({ code: 'data-set-invalid' });
    await expect(read([...many('a', 2), ...many('b', 2)], { testShare: 1 })).rejects.toMatchObject({
      code: 'option-invalid',
    });
  });
});
