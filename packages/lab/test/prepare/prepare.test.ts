/** Tests of a preparation from end to end: what stays, where it goes, and what is said of the rest. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PrepareOptions, type PrepareReport, prepare, readManifest } from '@figleaf/lab';
import { decodeImage, digest, parseBlockList, pdq, toHex } from 'figleaf';
import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scene, writeFiles } from '../scenes.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-prepare-'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (...names: string[]): string => join(folder, ...names);
const source = (name: string, map?: string) => ({ name, path: at(name), ...(map && { map: at(map) }) });
const run = (names: readonly string[], options: Partial<PrepareOptions> = {}): Promise<PrepareReport> =>
  prepare({ sources: names.map((name) => source(name)), out: at('out'), workers: 2, ...options });

interface Line {
  readonly name: string;
  readonly class: string;
  readonly part: string;
  readonly group?: string;
  readonly source: string;
  readonly original: string;
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
  readonly originalSha256: string;
  readonly pdq: string;
}

async function manifest(out = 'out'): Promise<Line[]> {
  const text = await readFile(at(out, 'manifest.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

const originals = async (): Promise<string[]> => (await manifest()).map(({ original }) => original).sort();

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      join(parentPath, name)
        .slice(path.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((name) => !name.startsWith('.prepare/'))
    .sort();
}

/** So many different scenes of a class. */
function scenes(name: string, from: number, count: number): Record<string, Sharp> {
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  return Object.fromEntries(numbers.map((seed) => [`${name}/${seed}.jpg`, scene(seed, 60, 80).jpeg()]));
}

describe('prepare', () => {
  it('puts each picture into the folder of its part and class, small and upright, and lists them', async () => {
    await writeFiles(at('web'), {
      ...scenes('Cat', 1, 5),
      ...scenes('Dog', 11, 4),
      'Dog/large.png': scene(20, 300, 400).png(),
      'Dog/deep/turned.jpg': scene(21, 200, 100).withMetadata({ orientation: 6 }).jpeg(),
      'Dog/notes.txt': 'none',
      'README.md': 'about',
    });
    const report = await run(['web'], { height: 100, testShare: 0.2, validationShare: 0.25 });
    const lines = await manifest();
    expect(lines.map(({ name }) => name)).toEqual(
      (await filesBelow(at('out'))).filter((name) => /jpg$/.test(name)),
    );
    expect(report).toMatchObject({
      classes: ['cat', 'dog'],
      pictures: { train: 7, validation: 2, test: 2 },
      passedOver: 1,
      broken: [],
      duplicates: [],
      conflicts: [],
    });
    for (const line of lines) {
      const bytes = await readFile(at('out', line.name));
      const { width, height, format, orientation = 1 } = await sharp(bytes).metadata();
      expect({ width, height, format, orientation }).toEqual({
        width: line.width,
        height: line.height,
        format: 'jpeg',
        orientation: 1,
      });
      expect(toHex(await digest('sha256', bytes))).toBe(line.sha256);
      const original = await readFile(at('web', line.original));
      expect(toHex(await digest('sha256', original))).toBe(line.originalSha256);
      expect(line.pdq).toBe(toHex(pdq((await decodeImage(original)).frames[0]!).hash));
      expect(line.name).toBe(`${line.part}/${line.class}/web-${/([^/]+)\.\w+$/.exec(line.original)![1]}.jpg`);
      // A JPEG that is low enough stays as it is.
      expect(bytes.equals(original)).toBe(/\d\.jpg$/.test(line.original));
    }
    const sizeOf = (name: string) => lines.find(({ original }) => original === name);
    expect(sizeOf('dog/large.png') ?? sizeOf('Dog/large.png')).toMatchObject({ width: 75, height: 100 });
    expect(sizeOf('Dog/deep/turned.jpg')).toMatchObject({ width: 50, height: 100 });
    const data = await readManifest(at('out', 'manifest.jsonl'), { seed: 1 });
    expect(data.classes).toEqual(['cat', 'dog']);
    expect(data.samples).toHaveLength(11);
    expect(JSON.parse(await readFile(at('out', 'report.json'), 'utf8'))).toEqual(report);
  });

  it('keeps the largest of those that are the same, to the last pixel or nearly, and no others', async () => {
    const photo = scene(1, 300, 400);
    await writeFiles(at('a'), {
      'x/exact.png': photo.clone().png(),
      'x/small.jpg': scene(1, 150, 200).jpeg(),
      'x/worse.jpg': photo.clone().jpeg({ quality: 40 }),
      'x/other.jpg': scene(2, 300, 400).jpeg(),
      'y/one.jpg': scene(3, 100, 100).jpeg(),
    });
    await writeFiles(at('b'), {
      'x/again.webp': photo.clone().webp({ lossless: true }),
      'x/larger.jpg': scene(1, 330, 440).jpeg(),
      'y/mirrored.jpg': scene(3, 100, 100).flop().jpeg(),
    });
    const report = await run(['a', 'b']);
    expect(await originals()).toEqual(['x/larger.jpg', 'x/other.jpg', 'y/mirrored.jpg', 'y/one.jpg']);
    const of = { source: 'b', path: 'x/larger.jpg' };
    expect(report.duplicates).toMatchObject([
      { source: 'a', path: 'x/exact.png', kind: 'near', of },
      { source: 'a', path: 'x/small.jpg', kind: 'near', of },
      { source: 'a', path: 'x/worse.jpg', kind: 'near', of },
      { source: 'b', path: 'x/again.webp', kind: 'near', of },
    ]);
    for (const { distance } of report.duplicates) expect(distance).toBeLessThanOrEqual(31);
    const flipped = await run(['a', 'b'], { flips: true });
    expect(await originals()).toEqual(['x/larger.jpg', 'x/other.jpg', 'y/one.jpg']);
    expect(flipped.duplicates).toHaveLength(5);
    await rm(at('b', 'x', 'larger.jpg'));
    expect((await run(['a', 'b'])).duplicates).toMatchObject([
      { path: 'x/small.jpg', kind: 'near', of: { source: 'a', path: 'x/exact.png' } },
      { path: 'x/worse.jpg', kind: 'near' },
      { path: 'x/again.webp', kind: 'exact', distance: 0, of: { source: 'a', path: 'x/exact.png' } },
    ]);
  });

  it('leaves out what is the same in two classes, after the label maps, and reports it', async () => {
    await writeFiles(folder, {
      'a/porn/1.jpg': scene(1, 90, 90).jpeg(),
      'a/sexy/2.jpg': scene(2, 90, 90).jpeg(),
      'b/hentai/1.jpg': scene(1, 80, 80).jpeg(),
      'b/neutral/2.jpg': scene(2, 80, 80).jpeg(),
      'b/neutral/3.jpg': scene(3, 80, 80).jpeg(),
      'b/odd/4.jpg': scene(4, 80, 80).jpeg(),
      'map.json': '{"porn": "nude", "sexy": "nude", "hentai": "nude", "neutral": "safe", "odd": null}',
    });
    const report = await run(['a', 'b'], { map: at('map.json') });
    expect(await originals()).toEqual(['neutral/3.jpg', 'porn/1.jpg']);
    expect(report.conflicts).toEqual([
      {
        pictures: [
          { source: 'a', path: 'sexy/2.jpg', class: 'nude' },
          { source: 'b', path: 'neutral/2.jpg', class: 'safe' },
        ],
      },
    ]);
    expect(report).toMatchObject({ leftOut: 1, duplicates: [{ path: 'hentai/1.jpg' }] });
    expect(report.warnings).toEqual([
      expect.stringMatching(/class 'nude' has 1 picture left/),
      expect.stringMatching(/class 'safe' has 1 picture left/),
    ]);
  });

  it('takes a folder without folders for one class, renamed by the map of its source', async () => {
    await writeFiles(at('cats'), { '1.jpg': scene(1, 60, 60).jpeg(), '2.jpg': scene(2, 60, 60).jpeg() });
    await writeFiles(at('more'), {
      'cat/3.jpg': scene(3, 60, 60).jpeg(),
      'loose.jpg': scene(4, 60, 60).jpeg(),
    });
    await writeFiles(folder, { 'map.json': '{"cats": "cat"}' });
    const report = await prepare({ sources: [source('cats', 'map.json'), source('more')], out: at('out') });
    expect(report.classes).toEqual(['cat']);
    expect(await originals()).toEqual(['1.jpg', '2.jpg', 'cat/3.jpg']);
    expect(report.warnings[0]).toMatch(/'loose.jpg' of 'more' lies beside the class folders/);
  });

  it('takes as many of a source as are wished, evenly and always the same', async () => {
    await writeFiles(at('web'), { ...scenes('a', 1, 12), ...scenes('b', 21, 12), ...scenes('c', 41, 2) });
    const report = await run(['web'], { maxPerSource: 10 });
    expect(report.counts.map(({ found, taken }) => [found, taken])).toEqual([
      [12, 4],
      [12, 4],
      [2, 2],
    ]);
    const before = await originals();
    await run(['web'], { maxPerSource: 14 });
    expect(await originals()).toEqual(expect.arrayContaining(before));
    await run(['web'], { maxPerSource: 10, seed: 2 });
    expect(await originals()).not.toEqual(before);
    await run(['web'], { maxPerSource: 10 });
    expect(await originals()).toEqual(before);
  });

  it('keeps groups and chains of duplicates in one part', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `${index}.jpg`);
    await writeFiles(
      at('m'),
      Object.fromEntries(names.map((name, index) => [name, scene(index, 40, 40).jpeg()])),
    );
    const lines = names.map((name, index) => ({
      name,
      class: index % 2 ? 'odd' : 'even',
      group: `shop ${Math.floor(index / 4)}`,
    }));
    await writeFiles(at('m'), { 'list.jsonl': lines.map((line) => JSON.stringify(line)).join('\n') });
    const sources = [{ name: 'm', path: at('m', 'list.jsonl') }];
    const report = await prepare({ sources, out: at('out'), testShare: 0.3, validationShare: 0.3 });
    const all = await manifest();
    expect(all).toHaveLength(40);
    expect(new Set(all.map(({ group }) => group)).size).toBe(10);
    const parts = new Set(all.map(({ group, part }) => `${group} ${part}`));
    expect(parts.size).toBe(10);
    for (const count of Object.values(report.pictures)) expect(count).toBeGreaterThan(0);
  });

  it('says which classes have no pictures to measure by', async () => {
    await writeFiles(at('web'), { ...scenes('a', 1, 12), ...scenes('b', 21, 20), ...scenes('c', 51, 2) });
    const { warnings } = await run(['web'], { testShare: 0.04, validationShare: 0.02 });
    expect(warnings).toEqual([
      expect.stringMatching(/class 'a' has no pictures for validation and for the test/),
      expect.stringMatching(/class 'b' has no pictures for validation, so/),
      expect.stringMatching(/class 'c' has 2 pictures left/),
    ]);
    const asWished = await run(['web'], { testShare: 0, validationShare: 0 });
    expect(asWished.warnings).toHaveLength(1);
  });

  it('draws parts anew, or keeps those of the source: then what is in two stays in the test', async () => {
    await writeFiles(at('web'), {
      ...scenes('train/a', 1, 8),
      ...scenes('train/b', 11, 8),
      'test/a/1.jpg': scene(1, 30, 40).jpeg(),
      'test/b/99.jpg': scene(99, 60, 80).jpeg(),
      'val/a/98.jpg': scene(98, 60, 80).jpeg(),
    });
    const report = await run(['web'], { keepParts: true });
    const parts = new Map((await manifest()).map(({ original, part }) => [original, part]));
    expect(parts.get('test/a/1.jpg')).toBe('test');
    expect(parts.get('val/a/98.jpg')).toBe('validation');
    expect(report.duplicates).toMatchObject([{ path: 'train/a/1.jpg', of: { path: 'test/a/1.jpg' } }]);
    expect(report.pictures).toEqual({ train: 15, validation: 1, test: 2 });
    const anew = await run(['web']);
    expect(anew.duplicates).toMatchObject([{ path: 'test/a/1.jpg', of: { path: 'train/a/1.jpg' } }]);
    expect(anew.pictures.test).toBe(4);
  });

  it('takes `train` for a class where it has pictures of its own beside other classes', async () => {
    await writeFiles(at('web'), {
      ...scenes('bus', 1, 2),
      ...scenes('Train', 11, 2),
      ...scenes('test', 21, 1),
    });
    const report = await run(['web'], { keepParts: true });
    expect(report.classes).toEqual(['bus', 'test', 'train']);
    expect(await originals()).toHaveLength(5);
    await writeFiles(at('flat'), { ...scenes('train', 31, 2), ...scenes('test', 41, 1) });
    await expect(run(['flat'], { out: at('none') })).rejects.toMatchObject({
      code: 'data-set-invalid',
      message: expect.stringMatching(
        /no pictures in the source 'flat'.*'test\/41\.jpg' and 2 more .* beside the class/,
      ),
    });
  });

  it('passes over videos, but reports one that is called a picture', async () => {
    const video = Buffer.from('000000186674797069736f6d0000020069736f6d6d703431', 'hex');
    await writeFiles(at('web'), {
      ...scenes('a', 1, 2),
      'a/clip.mp4': video,
      'b/clip': video,
      'a/clip.jpg': video,
    });
    await writeFiles(at('web'), { 'a/unnamed': scene(3, 60, 80).jpeg() });
    const report = await run(['web']);
    expect(report).toMatchObject({
      passedOver: 2,
      broken: [{ path: 'a/clip.jpg', code: 'video-unsupported' }],
      warnings: [expect.stringMatching(/'b' .* has no pictures/), expect.stringMatching(/3 pictures left/)],
    });
    expect(await originals()).toEqual(['a/1.jpg', 'a/2.jpg', 'a/unnamed']);
  });

  it('reports files that are broken, and goes on', async () => {
    const whole = await scene(5, 200, 200).jpeg({ quality: 95 }).toBuffer();
    await writeFiles(at('web'), {
      ...scenes('a', 1, 2),
      'a/cut.jpg': whole.subarray(0, whole.length * 0.8),
      'a/empty.jpg': '',
      'a/text.png': 'this is no picture',
      'a/stopped.png': (await scene(6, 200, 200).png().toBuffer()).subarray(0, 60),
    });
    const report = await run(['web']);
    expect(report.broken.map(({ path, code }) => [path, code])).toEqual([
      ['a/cut.jpg', 'image-truncated'],
      ['a/empty.jpg', 'input-empty'],
      ['a/stopped.png', expect.stringMatching(/^image-(truncated|corrupt)$/)],
      ['a/text.png', 'not-an-image'],
    ]);
    expect(report.counts).toMatchObject([{ found: 6, broken: 4 }]);
    expect(await originals()).toEqual(['a/1.jpg', 'a/2.jpg']);
  });

  it.skipIf(process.platform === 'win32')('does not go round in circles of links', async () => {
    await writeFiles(at('web'), scenes('a', 1, 2));
    await symlink(at('web'), at('web', 'loop'));
    await symlink(at('web', 'a'), at('web', 'a', 'deeper'));
    await symlink('circle.jpg', at('web', 'a', 'circle.jpg'));
    await symlink('gone', at('web', 'a', 'nowhere.jpg'));
    await writeFiles(at('elsewhere'), scenes('.', 5, 1));
    await symlink(at('elsewhere'), at('web', 'linked'));
    const report = await run(['web']);
    expect(report.broken.map(({ path, code }) => [path, code])).toEqual([
      ['loop', 'input-unreadable'],
      ['a/circle.jpg', 'input-unreadable'],
      ['a/nowhere.jpg', 'input-not-found'],
    ]);
    expect(await originals()).toEqual(['a/1.jpg', 'a/2.jpg', 'linked/5.jpg']);
    expect(report.warnings[0]).toMatch(
      /^'a\/deeper' of 'web' is a link to a folder, not followed within a class/,
    );
    await symlink(at('elsewhere'), at('web', 'a', 'more'));
    await symlink(at('elsewhere'), at('web', 'a', '.hidden'));
    const again = await run(['web']);
    expect(again.warnings[0]).toMatch(/^'a\/deeper' and 1 more of 'web' are links to folders, not followed/);
  });

  it('links to originals that need no change where asked to', async () => {
    await writeFiles(at('web'), { ...scenes('a', 1, 1), 'a/high.jpg': scene(2, 300, 900).jpeg() });
    const inodeOf = async (path: string): Promise<number> => (await stat(path)).ino;
    await run(['web'], { link: true, testShare: 0, validationShare: 0 });
    expect(await inodeOf(at('out/train/a/web-1.jpg'))).toBe(await inodeOf(at('web/a/1.jpg')));
    expect((await stat(at('web/a/high.jpg'))).nlink).toBe(1);
    await run(['web'], { testShare: 0, validationShare: 0 });
    expect((await stat(at('web/a/1.jpg'))).nlink).toBe(1);
    expect(await readFile(at('out/train/a/web-1.jpg'))).toEqual(await readFile(at('web/a/1.jpg')));
  });
});

describe('a block list', () => {
  it.each(['sha256', 'md5', 'pdq'] as const)('keeps what it knows by %s out of everything', async (kind) => {
    await writeFiles(at('web'), { ...scenes('a', 1, 3), 'a/secret.jpg': scene(7, 100, 120).jpeg() });
    await run(['web']);
    expect(await originals()).toContain('a/secret.jpg');
    const bytes = await readFile(at('web/a/secret.jpg'));
    // A list may have the picture as it was before somebody turned it.
    const turned = await scene(7, 100, 120).rotate(90).png().toBuffer();
    const hash =
      kind === 'pdq' ? pdq((await decodeImage(turned)).frames[0]!).hash : await digest(kind, bytes);
    const blockList = await parseBlockList(`${kind}:${toHex(hash)}\n`, 'list');
    for (const out of ['out', 'fresh']) {
      const report = await run(['web'], { blockList, out: at(out) });
      expect(report.blockListed).toEqual([{ kind, hash: toHex(hash) }]);
      expect(await originals()).toEqual(['a/1.jpg', 'a/2.jpg', 'a/3.jpg']);
      expect(JSON.stringify(report)).not.toContain('secret');
      const entries = await readdir(at(out), { recursive: true, withFileTypes: true });
      const own = toHex(await digest('sha256', bytes));
      for (const entry of entries.filter((one) => one.isFile())) {
        const content = await readFile(join(entry.parentPath, entry.name));
        expect(content.equals(bytes)).toBe(false);
        if (kind !== 'sha256' || entry.name !== 'report.json')
          expect(content.includes(own) || content.includes('secret')).toBe(false);
      }
    }
  });
});

it('asks a block list about a picture that breaks off before it is named as broken', async () => {
  // What is cut off a progressive JPEG are its finest shades.
  const whole = await scene(7, 200, 240).jpeg({ quality: 95, progressive: true }).toBuffer();
  await writeFiles(at('web'), {
    ...scenes('a', 1, 2),
    'a/secret.jpg': whole.subarray(0, whole.length * 0.9),
  });
  expect((await run(['web'])).broken).toMatchObject([{ path: 'a/secret.jpg', code: 'image-truncated' }]);
  const { hash } = pdq((await decodeImage(whole)).frames[0]!);
  const blockList = await parseBlockList(`pdq:${toHex(hash)}\n`, 'list');
  const report = await run(['web'], { blockList });
  expect(report.blockListed).toEqual([{ kind: 'pdq', hash: toHex(hash) }]);
  expect(report.broken).toEqual([]);
  expect(JSON.stringify(report)).not.toContain('secret');
});

describe('what an earlier run has kept', () => {
  /** Contents of all files of a result. */
  const contents = async (): Promise<Buffer[]> => {
    const entries = await readdir(at('out'), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name))));
  };
  const keptOf = (sha256: string): string => at('out/.prepare/pictures', sha256.slice(0, 2), `${sha256}.jpg`);
  const shaOf = async (bytes: Uint8Array): Promise<string> => toHex(await digest('sha256', bytes));

  it.each<[string, () => Promise<Partial<PrepareOptions>>]>([
    [
      'a picture that was deleted from its source',
      async () => {
        await rm(at('web/a/secret.jpg'));
        return {};
      },
    ],
    [
      'a picture that was stored again in its place',
      async () => {
        await writeFiles(at('web'), { 'a/secret.jpg': scene(7, 100, 120).jpeg({ quality: 60 }) });
        const { hash } = pdq((await decodeImage(await readFile(at('web/a/secret.jpg')))).frames[0]!);
        return { blockList: await parseBlockList(`pdq:${toHex(hash)}\n`, 'list') };
      },
    ],
    ['a picture that is not taken any more', async () => ({ maxPerSource: 1, seed: 4 })],
    ['a source that is not asked for any more', async () => ({ sources: [source('other')] })],
  ])('has nothing left of %s', async (_, change) => {
    await writeFiles(at('web'), { ...scenes('a', 1, 3), 'a/secret.jpg': scene(7, 100, 120).jpeg() });
    await writeFiles(at('other'), scenes('a', 11, 2));
    const secret = await readFile(at('web/a/secret.jpg'));
    await run(['web', 'other']);
    expect((await contents()).some((content) => content.equals(secret))).toBe(true);
    await run(['web', 'other'], await change());
    const sha256 = await shaOf(secret);
    for (const content of await contents()) {
      expect(content.equals(secret)).toBe(false);
      expect(content.includes(sha256)).toBe(false);
    }
  });

  it('is there for the next, whether it was placed or not, but not what kills have left', async () => {
    await writeFiles(at('web'), {
      ...scenes('a', 1, 3),
      'a/again.jpg': scene(1, 50, 60).jpeg(),
      'b/conflict.jpg': scene(2, 60, 80).jpeg({ quality: 70 }),
      'b/gone.jpg': scene(9, 60, 80).jpeg(),
    });
    await run(['web']);
    const names = ['a/1.jpg', 'a/2.jpg', 'a/3.jpg', 'a/again.jpg', 'b/conflict.jpg'];
    const sums = await Promise.all(names.map(async (name) => shaOf(await readFile(at('web', name)))));
    const timesOf = () => Promise.all(sums.map(async (sum) => (await stat(keptOf(sum))).mtimeMs));
    const before = await timesOf();
    const gone = (await manifest()).find(({ original }) => original === 'b/gone.jpg')!;
    const left = [
      `${keptOf(sums[0]!)}.0f8fad5b-d9cb-469f-a165-70867728950e`,
      keptOf(`${sums[0]!.slice(0, 2)}${'0'.repeat(62)}`),
      at('out/report.json.0123abcd.tmp'),
      at('out/.prepare/journal.jsonl.0123abcd.tmp'),
      at('out', `${gone.name}.placing`),
    ];
    for (const path of left) await writeFile(path, 'left');
    await writeFile(at('out/mine.0123abcd.tmp'), 'mine');
    await rm(at('web/b/gone.jpg'));
    await run(['web'], { seed: 2 });
    expect(await timesOf()).toEqual(before);
    for (const path of left) await expect(stat(path), path).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile(at('out/mine.0123abcd.tmp'), 'utf8')).toBe('mine');
  });
});

describe('a second run', () => {
  it('decodes nothing again, and makes the folder what is asked for now', async () => {
    await writeFiles(at('web'), { ...scenes('a', 1, 10), ...scenes('b', 21, 10) });
    await run(['web'], { height: 50 });
    const first = await manifest();
    const kept = at(
      'out/.prepare/pictures',
      first[0]!.originalSha256.slice(0, 2),
      `${first[0]!.originalSha256}.jpg`,
    );
    const { mtimeMs } = await stat(kept);
    await run(['web'], { height: 50, seed: 9 });
    expect((await stat(kept)).mtimeMs).toBe(mtimeMs);
    const second = await manifest();
    expect(second.map(({ name }) => name)).not.toEqual(first.map(({ name }) => name));
    expect((await filesBelow(at('out'))).filter((name) => /jpg$/.test(name))).toEqual(
      second.map(({ name }) => name),
    );
    await rm(at('out', second[0]!.name));
    await writeFiles(at('web'), { 'a/1.jpg': scene(50, 60, 80).jpeg() });
    await rm(at('web/b/21.jpg'));
    await run(['web'], { height: 50 });
    const third = await manifest();
    expect(third).toHaveLength(19);
    expect((await filesBelow(at('out'))).filter((name) => /jpg$/.test(name))).toEqual(
      third.map(({ name }) => name),
    );
    await run(['web'], { height: 40 });
    for (const { name } of await manifest())
      expect((await sharp(await readFile(at('out', name))).metadata()).height).toBe(40);
  });

  it.each([
    ['pixels', { maxPixels: 60 * 80 }],
    ['bytes', { maxBytes: 5000 }],
  ])('keeps nothing of more %s than it may decode, and takes it again when it may', async (_, limits) => {
    await writeFiles(at('web'), {
      ...scenes('a', 1, 3),
      'a/large.jpg': scene(5, 200, 200).jpeg({ quality: 95 }),
    });
    const whole = await run(['web']);
    const fresh = await run(['web'], { limits, out: at('fresh') });
    expect(fresh.broken).toMatchObject([{ path: 'a/large.jpg' }]);
    expect(await run(['web'], { limits })).toEqual(fresh);
    expect(await manifest()).toEqual(await manifest('fresh'));
    expect(await run(['web'])).toEqual(whole);
  });

  it('looks again at a file that has changed, by size or time', async () => {
    await writeFiles(at('web'), scenes('a', 1, 2));
    await run(['web']);
    const [before] = await manifest();
    const path = at('web', before!.original);
    const { size } = await stat(path);
    const other = await scene(31, 60, 80).jpeg().toBuffer();
    await writeFile(path, Buffer.concat([other, Buffer.alloc(Math.max(0, size - other.length))]));
    await utimes(path, new Date(), new Date(Date.now() + 5000));
    await run(['web']);
    expect((await manifest()).find(({ original }) => original === before!.original)!.pdq).not.toBe(
      before!.pdq,
    );
  });

  it('takes nothing away that is not from here, and goes over nothing', async () => {
    await writeFiles(at('web'), scenes('a', 1, 3));
    await writeFiles(at('out'), { 'mine.txt': 'mine' });
    await expect(run(['web'])).rejects.toMatchObject({ code: 'output-exists' });
    await rm(at('out/mine.txt'));
    await run(['web'], { testShare: 0, validationShare: 0 });
    await writeFiles(at('out'), { 'train/a/web-9.jpg': 'mine', 'notes.txt': 'mine' });
    await writeFiles(at('web'), { 'a/9.jpg': scene(9, 60, 80).jpeg() });
    const again = run(['web'], { testShare: 0, validationShare: 0 });
    await expect(again).rejects.toMatchObject({
      code: 'output-exists',
      message: expect.stringMatching(/web-9\.jpg/),
    });
    expect(await readFile(at('out/train/a/web-9.jpg'), 'utf8')).toBe('mine');
    await rm(at('web'), { recursive: true });
    await writeFiles(at('web'), scenes('b', 41, 2));
    await run(['web'], { testShare: 0, validationShare: 0 });
    expect(await filesBelow(at('out'))).toEqual([
      'manifest.jsonl',
      'notes.txt',
      'report.json',
      'train/a/web-9.jpg',
      'train/b/web-41.jpg',
      'train/b/web-42.jpg',
    ]);
  });

  it('waits for no other on the same folder, and can be stopped and gone on with', async () => {
    await writeFiles(at('web'), scenes('a', 1, 12));
    const both = await Promise.allSettled([run(['web']), run(['web'])]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'output-unwritable', message: expect.stringMatching(/is writing/) },
    });
    const whole = await readFile(at('out/manifest.jsonl'));
    await rm(at('out'), { recursive: true });
    const controller = new AbortController();
    const stopped = run(['web'], {
      signal: controller.signal,
      onProgress: ({ phase, done }) => {
        if (phase === 'reading' && done === 4) controller.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    await run(['web']);
    expect(await readFile(at('out/manifest.jsonl'))).toEqual(whole);
  });
});

describe('bad input', () => {
  beforeEach(async () => {
    await writeFiles(at('web'), scenes('a', 1, 1));
    await mkdir(at('empty/a'), { recursive: true });
  });

  it.each<[string, () => Partial<PrepareOptions>, string, RegExp]>([
    ['no source', () => ({ sources: [] }), 'option-invalid', /no source is given/],
    ['a source that is not there', () => ({ sources: [source('nowhere')] }), 'input-not-found', /no folder/],
    [
      'an empty source',
      () => ({ sources: [source('web'), source('empty')] }),
      'data-set-invalid',
      /no pictures in the source 'empty'/,
    ],
    [
      'a source in another',
      () => ({ sources: [source('web'), { name: 'inner', path: at('web', 'a') }] }),
      'option-invalid',
      /'inner' lies in the source 'web'/,
    ],
    [
      'a source twice',
      () => ({ sources: [source('web'), { name: 'b', path: at('web') }] }),
      'option-invalid',
      /are the same/,
    ],
    [
      'names that collide',
      () => ({ sources: [source('web'), { name: 'WEB', path: at('empty') }] }),
      'option-invalid',
      /two sources are called 'web' and 'WEB', and case does not count/,
    ],
    [
      'a name that is none',
      () => ({ sources: [{ name: '../x', path: at('web') }] }),
      'option-invalid',
      /cannot name a source/,
    ],
    ['a result in a source', () => ({ out: at('web', 'out') }), 'option-invalid', /lie one in the other/],
    ['a source in the result', () => ({ out: folder }), 'option-invalid', /lie one in the other/],
    ['a height of 0', () => ({ height: 0 }), 'option-invalid', /height is 0/],
    ['half a picture', () => ({ maxPerSource: 0.5 }), 'option-invalid', /maxPerSource is 0.5/],
    ['an impossible share', () => ({ testShare: 1 }), 'option-invalid', /from 0 to below 1/],
    ['a map that is not there', () => ({ map: at('none.json') }), 'input-not-found', /no label map/],
  ])('refuses %s', async (_, options, code, message) => {
    const error = await prepare({ sources: [source('web')], out: at('out'), ...options() }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('lists all classes that the maps lack, of all sources', async () => {
    await writeFiles(folder, {
      'one/b/1.jpg': scene(1, 9, 9).jpeg(),
      'one/c/1.jpg': scene(1, 9, 9).jpeg(),
      'two/d/1.jpg': scene(1, 9, 9).jpeg(),
      'one.json': '{"c": "c"}',
      'all.json': '{"e": "e"}',
    });
    const sources = [source('web'), source('one', 'one.json'), source('two')];
    const error = await prepare({ sources, out: at('out'), map: at('all.json') }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'label-unknown' });
    for (const name of ["'a'", "'b'", "'d'"]) expect((error as Error).message).toContain(name);
    expect(await readdir(folder)).not.toContain('out');
  });

  it('refuses label maps that leave out all, and touches nothing of an earlier result', async () => {
    await run(['web']);
    const before = await filesBelow(at('out'));
    await writeFiles(folder, { 'none.json': '{"a": null}' });
    await expect(run(['web'], { map: at('none.json') })).rejects.toMatchObject({
      code: 'data-set-invalid',
      message: expect.stringMatching(/leaves out all \d+ pictures/),
    });
    expect(before).toContain('manifest.jsonl');
    expect(await filesBelow(at('out'))).toEqual(before);
  });

  it('takes names of 255 bytes, and refuses classes of more', async () => {
    const longest = '服'.repeat(83);
    await writeFiles(at('web'), { [`${longest.slice(0, 80)}/${longest}.jpg`]: scene(2, 60, 60).jpeg() });
    await run(['web'], { testShare: 0, validationShare: 0 });
    expect(await filesBelow(at('out/train'))).toHaveLength(2);
    await writeFiles(folder, {
      'map.json': JSON.stringify({ a: longest, [longest.slice(0, 80)]: `${longest}服服服` }),
    });
    await expect(run(['web'], { map: at('map.json') })).rejects.toMatchObject({
      code: 'data-set-invalid',
      message: expect.stringMatching(/no folder can be called '服{86}'/),
    });
  });

  it('refuses classes that no folder can be called, and manifests with lists of them', async () => {
    await writeFiles(folder, { 'web/b/1.jpg': '', 'map.json': '{"a": "x/../y", "b": "nul"}' });
    await expect(run(['web'], { map: at('map.json') })).rejects.toMatchObject({
      code: 'data-set-invalid',
      message: expect.stringMatching(/'x\/\.\.\/y', 'nul'/),
    });
    await writeFiles(at('web'), { 'list.jsonl': '{"name": "a/1.jpg", "classes": ["a", "b"]}' });
    const sources = [{ name: 'm', path: at('web', 'list.jsonl') }];
    await expect(prepare({ sources, out: at('out') })).rejects.toMatchObject({ code: 'manifest-invalid' });
  });
});
