/** Tests of reading block lists: what they may look like, and what is said of those that are wrong. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBlockList } from './parse-block-list.ts';

const MD5 = '900150983cd24fb0d6963f7d28e17f72';
const BARE = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

async function* pieces(text: string, length: number): AsyncGenerator<string, void, undefined> {
  for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length);
}

async function messageOf(source: string | AsyncIterable<string>): Promise<string> {
  const error = await parseBlockList(source, 'known.txt').catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'FigleafError', code: 'block-list-invalid' });
  expect((error as Error).message).toContain("'known.txt'");
  return (error as Error).message;
}

describe('a block list as text', () => {
  it('has comments, blank lines, either case, and the line ends of any system', async () => {
    const text = `\uFEFF# known\r\n\r\n${MD5.toUpperCase()}  # found in May\n  ${BARE}\r\nPDQ:${BARE}`;
    const list = await parseBlockList(text, 'known.txt');
    expect(list).toMatchObject({ size: 3, kinds: ['md5', 'sha256', 'pdq'] });
    expect(list.matchDigest('md5', MD5)).not.toBeNull();
  });

  it('is what md5sum and sha256sum write, whatever the files are called', async () => {
    const names = ['  a.jpg', ' *a b.jpg', '  #1.jpg', `  ${MD5}`];
    for (const name of names) {
      const list = await parseBlockList(`${MD5}${name}\n\\${BARE}${name}\n`, 'SUMS');
      expect(list).toMatchObject({ size: 2, kinds: ['md5', 'sha256', 'pdq'] });
      expect(list.matchDigest('sha256', BARE)).not.toBeNull();
    }
    expect(await messageOf(`${MD5}  a.jpg\nREADME  a.jpg`)).toContain("line 2: 'README' is no hash");
  });

  it('takes 64 digits alone as both kinds, and with a prefix as one', async () => {
    const both = await parseBlockList(BARE, 'known.txt');
    expect(both).toMatchObject({ size: 1, kinds: ['sha256', 'pdq'] });
    expect(both.matchDigest('sha256', BARE)?.kind).toBe('sha256');
    expect(both.matchPdq(BARE, 100)?.kind).toBe('pdq');
    expect((await parseBlockList(`sha256:${BARE}`, 'known.txt')).kinds).toEqual(['sha256']);
    expect((await parseBlockList(`pdq:${BARE}`, 'known.txt')).kinds).toEqual(['pdq']);
    expect((await parseBlockList(`md5:${MD5}`, 'known.txt')).kinds).toEqual(['md5']);
  });

  it('may be empty', async () => {
    for (const text of ['', '\n \n', '# nothing yet'])
      expect(await parseBlockList(text, 'known.txt')).toMatchObject({ size: 0, kinds: [] });
  });

  it.each([
    ['no hex', 'z'.repeat(32)],
    ['a digit too few', MD5.slice(1)],
    ['too many for its kind', `md5:${BARE}`],
    ['too few for its kind', `pdq:${MD5}`],
    ['an unknown kind', `sha1:${'0'.repeat(40)}`],
    ['two on a line', `${MD5} ${MD5}`],
    ['a prefix alone', 'pdq:'],
  ])('is refused with the line: %s', async (_, line) => {
    const message = await messageOf(`# one\n${MD5}\n\n${line}\n${MD5}\n`);
    expect(message).toContain(`line 4: '${line}'`);
    expect(message).toContain('pdq:');
    expect(await messageOf(`${MD5}\n${line}`)).toContain('line 2:');
  });

  it('shows nothing that a terminal would obey', async () => {
    expect(await messageOf('\u001b[2Jabc')).toContain("line 1: '?[2Jabc'");
  });

  it('does not read a file without lines to its end', async () => {
    let read = 0;
    async function* endless() {
      for (;;) {
        read++;
        yield '0'.repeat(6000);
      }
    }
    expect((await messageOf(endless())).length).toBeLessThan(400);
    expect(read).toBe(2);
  });
});

describe('a block list as JSON', () => {
  it('is an array of hashes as in text', async () => {
    const list = await parseBlockList(JSON.stringify([MD5, BARE, `pdq:${BARE}`]), 'known.json');
    expect(list).toMatchObject({ size: 3, kinds: ['md5', 'sha256', 'pdq'] });
  });

  it('is an object with an array for each kind', async () => {
    const list = await parseBlockList(
      `\uFEFF\n ${JSON.stringify({ pdq: [BARE], md5: [MD5] }, null, 2)}\n`,
      'known.json',
    );
    expect(list).toMatchObject({ size: 2, kinds: ['md5', 'pdq'] });
    expect(await parseBlockList('{}', 'known.json')).toMatchObject({ size: 0, kinds: [] });
  });

  it.each([
    ['what breaks off', '["00', /begins as JSON/],
    ['an unknown key', '{"sha1": []}', /'sha1'.*md5, sha256, pdq/],
    ['no array', '{"md5": {}}', /'md5' is no array/],
    ['no text', '[12]', /\[0\]: '12'/],
    ['a hash of another kind', JSON.stringify({ pdq: [BARE, MD5] }), /pdq\[1\]/],
    ['a prefix that says another kind', JSON.stringify({ pdq: [`sha256:${BARE}`] }), /pdq\[0\]/],
  ])('is refused with the place: %s', async (_, text, message) => {
    expect(await messageOf(text)).toMatch(message);
  });
});

describe('a block list in pieces', () => {
  it('is the same however it is cut', async () => {
    const lines = fc.array(fc.constantFrom(MD5, BARE, `pdq:${BARE}`, '', '# x', ' \r'), { maxLength: 12 });
    const text = fc.oneof(
      lines.map((all) => all.join('\n')),
      lines.map((all) =>
        JSON.stringify(
          all.filter((line) => /\w/.test(line) && !line.startsWith('#')),
          null,
          1,
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 200 }), async (whole, length) => {
        const [one, other] = [
          await parseBlockList(whole, 'a'),
          await parseBlockList(pieces(whole, length), 'a'),
        ];
        expect([other.size, other.kinds]).toEqual([one.size, one.kinds]);
      }),
    );
  });

  it('comes from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'figleaf-'));
    const path = join(folder, 'known.txt');
    await writeFile(path, `${MD5}\n`.repeat(10_000));
    expect((await parseBlockList(createReadStream(path, 'utf8'), path)).size).toBe(10_000);
    await expect(parseBlockList(createReadStream(path), path)).rejects.toMatchObject({
      code: 'input-unsupported',
    });
    await rm(folder, { recursive: true });
  });

  it('passes on what the source throws', async () => {
    async function* broken() {
      yield `${MD5}\n`;
      throw new Error('the disk is gone');
    }
    await expect(parseBlockList(broken(), 'a')).rejects.toThrow('the disk is gone');
  });
});
