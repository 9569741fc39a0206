/** Tests of what files in the result are called. */
import { expect, it } from 'vitest';
import { nameAll } from './names.ts';
import type { Wanted } from './targets.ts';

const named = (...names: readonly string[]): string[] => namedFrom('web', names);

function namedFrom(source: string, names: readonly string[]): string[] {
  const pictures = names.map(
    (name): Wanted => ({ ...{ source: 0, name, className: 'a', target: 'a', part: null, group: null } }),
  );
  const places = [...pictures.keys()];
  const parts = new Map(places.map((place) => [place, 'train' as const]));
  return [...nameAll(places, parts, pictures, [{ name: source, path: '.' }]).values()];
}

it('takes the name of the file, with that of the source before it', () => {
  expect(named('a/holiday 1.PNG', 'a/deep/b.tar.gz')).toEqual([
    'train/a/web-holiday 1.jpg',
    'train/a/web-b.tar.jpg',
  ]);
});

it('tells those apart that a disk could not', () => {
  const names = named('a/x.jpg', 'a/deep/X.png', 'a/deeper/x.jpg');
  expect(names[0]).toBe('train/a/web-x.jpg');
  expect(names[1]).toMatch(/^train\/a\/web-X-[0-9a-f]{16}\.jpg$/);
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(3);
});

it('leaves out what some disks do not take', () => {
  expect(named('a/what?*:<b>.jpg', 'a/..jpg', `a/${'long'.repeat(100)}.jpg`)).toEqual([
    'train/a/web-what____b_.jpg',
    'train/a/web-picture.jpg',
    `train/a/web-${'long'.repeat(25)}.jpg`,
  ]);
});

it.each([
  ['three bytes', '服', 'web', 65],
  ['four bytes', '𠀀', 'web', 49],
  ['the name of its source', 'a', '服'.repeat(64), 7],
])('cuts names by their bytes, and splits no character: %s', (_, letter, source, letters) => {
  const names = [0, 1].map((folder) => `a/${folder}/${letter.repeat(83)}.jpg`);
  const files = namedFrom(source, names).map((name) => name.slice('train/a/'.length));
  expect(files[0]).toBe(`${source}-${letter.repeat(letters)}.jpg`);
  expect(files[1]).toMatch(/-[0-9a-f]{16}\.jpg$/);
  for (const file of files) expect(Buffer.byteLength(`${file}.placing`)).toBeLessThanOrEqual(255);
});
