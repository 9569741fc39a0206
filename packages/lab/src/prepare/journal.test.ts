/** Tests of the journal: what another run finds in it, whatever ended the last. */
import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Journal } from './journal.ts';
import { HASH_BYTES, type Look } from './looks.ts';

const HEADER = '{"figleaf":"prepare"}';
let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-journal-'));
  path = join(folder, 'journal.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

function look(number: number): Look {
  const hash = new Uint8Array(HASH_BYTES).fill(number);
  const kept = { sha256: hash, bytes: number, width: 3, height: 4 };
  const file = {
    size: number,
    modified: number + 0.25,
    sha256: hash,
    md5: number % 2 ? hash.subarray(0, 16) : null,
  };
  return { ...file, pixels: hash, width: 30, height: 40, quality: 77, pdq: hash, oneSize: hash, kept };
}

async function opened(header = HEADER) {
  const found: [string, Look][] = [];
  const { journal, isNew } = await Journal.open(path, header, (name, one) => found.push([name, one]));
  return { found, isNew, [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](), journal };
}

async function write(count: number): Promise<void> {
  await using first = await opened();
  await Promise.all(
    Array.from({ length: count }, (_, number) => first.journal.add(`${number}.jpg`, look(number))),
  );
  expect(first).toMatchObject({ isNew: true, found: [] });
}

it('gives back what was added, in order', async () => {
  await write(20);
  await using again = await opened();
  expect(again.isNew).toBe(false);
  expect(again.found).toEqual(Array.from({ length: 20 }, (_, number) => [`${number}.jpg`, look(number)]));
});

it('loses a line that broke off, wherever, and no other', async () => {
  await write(3);
  const whole = await readFile(path);
  const start = whole.lastIndexOf(10, whole.length - 2) + 1;
  for (let length = start; length < whole.length; length += 37) {
    await truncate(path, length);
    {
      await using cut = await opened();
      expect(cut.found).toHaveLength(2);
      await cut.journal.add('2.jpg', look(2));
    }
    expect(await readFile(path)).toEqual(whole);
  }
});

it('ends with the last line before something else', async () => {
  await write(2);
  await appendFile(path, 'what is this\n');
  await using again = await opened();
  expect(again.found).toHaveLength(2);
});

it('begins anew where the settings are others', async () => {
  await write(2);
  await using other = await opened('{"other":1}');
  expect(other).toMatchObject({ isNew: true, found: [] });
});

it('can be written anew with fewer lines, and added to after that', async () => {
  await write(5);
  {
    await using long = await opened();
    await long.journal.replace([['4.jpg', look(4)]]);
    await long.journal.add('9.jpg', look(9));
  }
  await using short = await opened();
  expect(short.found.map(([name]) => name)).toEqual(['4.jpg', '9.jpg']);
});
