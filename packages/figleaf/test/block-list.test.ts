/** Pictures on a block list, on the built package: known by their bytes or their looks, and not touched further. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  BlockListedError,
  createModerator,
  decodeImage,
  digest,
  type Moderator,
  parseBlockList,
  pdq,
  type ScanRecord,
  scan,
  toHex,
} from 'figleaf';
import { recordSchema } from 'figleaf/schema';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const picture = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/pictures/${name}`, import.meta.url));

describe('a moderator with a block list', () => {
  let moderator: Moderator;
  const listed = { md5: '', sha256: '', pdq: '' };

  beforeAll(async () => {
    // One by each kind: a BMP, which has a decoder of its own, a PNG, and whatever looks like the portrait.
    listed.md5 = toHex(await digest('md5', await readFile(picture('portrait.bmp'))));
    listed.sha256 = toHex(await digest('sha256', await readFile(picture('cat.png'))));
    listed.pdq = toHex(pdq((await decodeImage(picture('sunset.jpg'))).frames[0]!).hash);
    const text = Object.entries(listed).map(([kind, hash]) => `${kind}:${hash}\n`);
    const blockList = await parseBlockList(text.join(''), 'test');
    moderator = await createModerator({ profile: 'fast', blockList });
  });
  afterAll(() => moderator.close());

  it('blocks a file by its bytes, in whatever form they come', async () => {
    const bytes = await readFile(picture('cat.png'));
    for (const input of [picture('cat.png'), bytes, new Blob([bytes]).stream()]) {
      const record = await moderator.moderate(input, { name: 'upload' });
      expect(record).toEqual({
        input: 'upload',
        kind: 'image',
        width: null,
        height: null,
        verdict: 'block',
        reason: { rule: 'block-list', score: 1 },
        scores: null,
        classes: {},
        models: [],
        match: { kind: 'sha256', hash: listed.sha256, distance: 0 },
      });
      expect(recordSchema.parse(record)).toEqual(record);
    }
    expect(await moderator.moderate(picture('portrait.bmp'))).toMatchObject({ match: { kind: 'md5' } });
  });

  it('blocks a picture by its looks, though it was made smaller and turned', async () => {
    for (const change of [
      sharp(picture('sunset.jpg')).resize(300).png(),
      sharp(picture('sunset.jpg')).rotate(90).jpeg({ quality: 60 }),
      sharp(picture('sunset.jpg')).flop().webp(),
    ]) {
      const { verdict, match } = await moderator.moderate(await change.toBuffer());
      expect(verdict).toBe('block');
      expect(match).toMatchObject({ kind: 'pdq', hash: listed.pdq });
      expect(match!.distance).toBeLessThanOrEqual(31);
    }
  });

  it('judges all others', async () => {
    const record = await moderator.moderate(picture('shapes.png'));
    expect(record.match).toBeUndefined();
    expect(record.scores).not.toBeNull();
  });

  it('makes no thumbnail of a listed picture', async () => {
    const seen: ScanRecord[] = [];
    const inputs = ['cat.png', 'shapes.png', 'sunset.jpg', 'portrait.bmp'].map(picture);
    const verdicts: unknown[] = [];
    const onThumbnail = (record: ScanRecord, webp: Uint8Array): void => {
      seen.push(record);
      expect(webp.length).toBeLessThan(5000);
    };
    for await (const { match } of scan(inputs, { moderator, thumbnail: 96, onThumbnail })) {
      verdicts.push(match?.kind);
    }
    expect(verdicts).toEqual(['sha256', undefined, 'pdq', 'md5']);
    expect(seen.map(({ input }) => input)).toEqual([picture('shapes.png')]);
  });

  it('ends classification with a typed error that names the entry alone', async () => {
    const blockList = await parseBlockList(`sha256:${listed.sha256}`, 'test');
    const refused = moderator.classifier.classify(picture('cat.png'), { blockList });
    await expect(refused).rejects.toBeInstanceOf(BlockListedError);
    await expect(refused).rejects.toMatchObject({
      code: 'block-listed',
      message: `on the block list: sha256 ${listed.sha256}`,
    });
  });
});

describe('thumbnails', () => {
  it('are small WebPs of the first frame, and never larger than the picture', async () => {
    await using moderator = await createModerator({ profile: 'fast' });
    const large = await moderator.classifier.classify(picture('leaf.gif'), { thumbnail: 64 });
    expect(await sharp(large.thumbnail).metadata()).toMatchObject({ format: 'webp', width: 64 });
    const tiny = { width: 3, height: 2, data: new Uint8Array(18) };
    const small = await moderator.classifier.classify(tiny, { thumbnail: 64 });
    expect(await sharp(small.thumbnail).metadata()).toMatchObject({ width: 3, height: 2 });
    expect((await moderator.classifier.classify(tiny)).thumbnail).toBeUndefined();
  });
});
