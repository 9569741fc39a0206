/** New files as their pictures lie: no two get one name, whatever was named. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mirror } from './mirror.ts';

let folder = '';
const at = (...parts: string[]): string => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-mirror-'));
  await mkdir(at('photos', 'trip'), { recursive: true });
  await mkdir(at('more'));
  for (const name of [at('a.jpg'), at('photos', 'a.jpg'), at('photos', 'trip', 'a.jpg'), at('more', 'a.jpg')])
    await writeFile(name, '');
});
afterAll(() => rm(folder, { recursive: true }));

describe('a mirror', () => {
  const open = (...named: string[][]): Promise<Mirror> =>
    Mirror.open(
      at('new'),
      named.map((parts) => at(...parts)),
    );

  it('leaves out what all inputs have in common', async () => {
    const trip = at('photos', 'trip', 'a.jpg');
    expect((await open(['photos'])).pathOf(trip)).toBe(at('new', 'trip', 'a.jpg'));
    expect((await open(['photos', '**', '*.jpg'])).pathOf(trip)).toBe(at('new', 'trip', 'a.jpg'));
    expect((await open(['photos', 'trip', 'a.jpg'])).pathOf(trip)).toBe(at('new', 'a.jpg'));
    const both = await open(['photos', 'trip'], ['more']);
    expect(both.pathOf(trip)).toBe(at('new', 'photos', 'trip', 'a.jpg'));
    expect(both.pathOf(at('more', 'a.jpg'))).toBe(at('new', 'more', 'a.jpg'));
    const inner = await open(['photos', 'trip'], ['photos']);
    expect(inner.pathOf(trip)).toBe(at('new', 'trip', 'a.jpg'));
    expect(inner.pathOf(at('photos', 'a.jpg'))).toBe(at('new', 'a.jpg'));
  });

  it('is none of the folders that pictures are in', async () => {
    const invalid = { code: 'option-invalid' };
    await expect(Mirror.open(at('photos'), [at('photos')])).rejects.toMatchObject(invalid);
    await expect(Mirror.open(at('photos', '.'), [at('photos', 'a.jpg')])).rejects.toMatchObject(invalid);
    await expect(Mirror.open(folder, [at('photos'), at('more')])).rejects.toMatchObject(invalid);
  });
});
