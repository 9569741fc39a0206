/** A set with known duplicates, made of photos of clothes of which no two are the same, and what a preparation finds of them. */
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PictureName, prepare } from '@figleaf/lab';
import sharp, { type Sharp } from 'sharp';
import { expect } from 'vitest';
import { dataPath } from '../../../../test/data.ts';
import { eachAtOnce } from '../../src/each-at-once.ts';

/** What is done to a picture; its ending says how it is stored. */
interface Edit {
  readonly ending: string;
  readonly change: ((image: Sharp, width: number, height: number) => Sharp) | null;
}

/** Kinds of copies, each a source of its own. */
const EDITS = {
  copied: { ending: 'jpg', change: null },
  lossless: { ending: 'png', change: (image) => image.png() },
  'jpeg-50': { ending: 'jpg', change: (image) => image.jpeg({ quality: 50 }) },
  'webp-75': { ending: 'webp', change: (image) => image.webp({ quality: 75 }) },
  half: {
    ending: 'jpg',
    change: (image, width) => image.resize(Math.round(width / 2)).jpeg({ quality: 85 }),
  },
  'a-third-larger': { ending: 'png', change: (image, width) => image.resize(Math.round(width * 1.33)).png() },
  'fitted-into-200': {
    ending: 'jpg',
    change: (image) => image.resize(200, 200, { fit: 'inside', kernel: 'nearest' }).jpeg(),
  },
  // 2 % of the width and of the height.
  cropped: { ending: 'jpg', change: (image, width, height) => cropped(image, width, height, 0.01) },
  'cropped-at-a-corner': {
    ending: 'jpg',
    change: (image, width, height) => cropped(image, width, height, 0),
  },
  flipped: { ending: 'jpg', change: (image) => image.flop().jpeg({ quality: 90 }) },
} satisfies Record<string, Edit>;

/** @param from Share of the picture that is left out at the left and at the top. */
function cropped(image: Sharp, width: number, height: number, from: number): Sharp {
  const [left, top] = [Math.round(width * from), Math.round(height * from)];
  return image
    .extract({ left, top, width: Math.round(width * 0.98), height: Math.round(height * 0.98) })
    .jpeg({ quality: 90 });
}

type Kind = keyof typeof EDITS;

/** What was found. */
interface FoundDuplicates {
  /** Share of the copies of each kind that were found to be the same as their original, 0 to 1. */
  readonly shares: Readonly<Record<Kind, number>>;
  /** Pictures that are not the same and were taken to be. */
  readonly wrong: readonly string[];
  /** How many originals there were, and how many of them were copied. */
  readonly originals: number;
  readonly copied: number;
}

/**
 * Puts photos of clothes into one source and copies of some of them into others, and prepares all of them.
 *
 * @param every Of so many photos one is copied in all ways; the rest are there to be mistaken for something.
 */
async function findKnownDuplicates(every: number): Promise<FoundDuplicates> {
  const folder = await mkdtemp(join(tmpdir(), 'figleaf-duplicates-'));
  try {
    const originals = await photos();
    const chosen = originals.filter((_, index) => index % every === 0);
    await eachAtOnce(originals, 4, async ({ path, name, className }) =>
      copyInto(join(folder, 'original', className), path, `${name}.jpg`),
    );
    await eachAtOnce(chosen, 4, async ({ path, name, className }) => {
      for (const [kind, edit] of Object.entries<Edit>(EDITS))
        await store(edit, path, join(folder, kind, className), `${name}.${edit.ending}`);
    });
    const sources = ['original', ...Object.keys(EDITS)].map((name) => ({ name, path: join(folder, name) }));
    const { duplicates, conflicts } = await prepare({ sources, out: join(folder, 'out'), flips: true });
    const together = new Together();
    for (const { of, ...picture } of duplicates) together.join(picture, of);
    for (const { pictures } of conflicts)
      for (const picture of pictures) together.join(pictures[0]!, picture);
    return { ...judge(together, chosen), originals: originals.length, copied: chosen.length };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Kinds of which each copy must be found, and kinds of which 99 % must be. */
const EXACT: readonly Kind[] = ['copied', 'lossless'];
const STORED_AGAIN: readonly Kind[] = [
  'jpeg-50',
  'webp-75',
  'half',
  'a-third-larger',
  'fitted-into-200',
  'flipped',
];

/** What must hold of what {@link findKnownDuplicates} finds. */
export async function expectKnownDuplicates(every: number, count: number): Promise<void> {
  const { shares, wrong, originals, copied } = await findKnownDuplicates(every);
  expect([originals, copied]).toEqual([372, count]);
  expect(wrong).toEqual([]);
  for (const kind of EXACT) expect(shares[kind], kind).toBe(1);
  for (const kind of STORED_AGAIN) expect(shares[kind], kind).toBeGreaterThanOrEqual(0.99);
  // Nothing is promised of these: what is cut off at one side moves all the rest, and PDQ knows half of such.
  expect(shares.cropped).toBeGreaterThan(0.9);
  expect(shares['cropped-at-a-corner']).toBeGreaterThan(0.2);
}

interface Photo {
  readonly path: string;
  /** Without its ending. */
  readonly name: string;
  readonly className: string;
}

/** Those of the test: no two of them are the same, nor within 48 bits of each other. */
async function photos(): Promise<Photo[]> {
  const root = dataPath('clothing-small', 'test');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({
      path: join(parentPath, name),
      name: name.replace(/\.[^.]+$/, ''),
      className: parentPath.split(/[\\/]/).at(-1)!,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function copyInto(folder: string, path: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await copyFile(path, join(folder, name));
}

async function store({ change }: Edit, path: string, folder: string, name: string): Promise<void> {
  if (!change) return copyInto(folder, path, name);
  await mkdir(folder, { recursive: true });
  const image = sharp(path);
  const { width, height } = await image.metadata();
  await change(image, width, height).toFile(join(folder, name));
}

const nameOf = ({ source, path }: PictureName): string => `${source}/${path}`;

/** Pictures that were found to be the same, over any number of others. */
class Together {
  readonly #parents = new Map<string, string>();

  /** Some picture of those that are the same, always the same one. */
  rootOf(name: string): string {
    let root = name;
    for (let next = this.#parents.get(root); next !== undefined; next = this.#parents.get(root)) root = next;
    return root;
  }

  join(one: PictureName, other: PictureName): void {
    const [a, b] = [this.rootOf(nameOf(one)), this.rootOf(nameOf(other))];
    if (a !== b) this.#parents.set(a, b);
  }

  all(): string[] {
    return [...new Set([...this.#parents].flat())];
  }
}

function judge(together: Together, chosen: readonly Photo[]): Pick<FoundDuplicates, 'shares' | 'wrong'> {
  const shares = Object.fromEntries(
    Object.entries<Edit>(EDITS).map(([kind, { ending }]) => {
      const found = chosen.filter(({ className, name }) => {
        const original = together.rootOf(`original/${className}/${name}.jpg`);
        return together.rootOf(`${kind}/${className}/${name}.${ending}`) === original;
      });
      return [kind, found.length / chosen.length];
    }),
  ) as Record<Kind, number>;
  const photoOf = (name: string): string => /([^/]+)\.[^.]+$/.exec(name)![1]!;
  const wrong = together.all().filter((name) => photoOf(name) !== photoOf(together.rootOf(name)));
  return { shares, wrong };
}
