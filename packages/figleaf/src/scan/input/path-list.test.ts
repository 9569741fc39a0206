/** Lists of paths: lines, NULs, Windows' habits, and what is no list. */
import { describe, expect, it } from 'vitest';
import { listedPaths } from './path-list.node.ts';

async function* chunksOf(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function list(text: string | Uint8Array, size = 65536): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of listedPaths(chunksOf(Buffer.from(text), size)))
    paths.push(path.toString('latin1'));
  return paths;
}

describe('listedPaths', () => {
  it.each([1, 3, 65536])('takes a path a line, in pieces of %d bytes', async (size) => {
    expect(await list('a.jpg\n\nb c.jpg\r\nd.jpg', size)).toEqual(['a.jpg', 'b c.jpg', 'd.jpg']);
  });

  it('takes NULs where there are some, and then leaves line breaks in names alone', async () => {
    expect(await list('a\nb.jpg\0c\r\0')).toEqual(['a\nb.jpg', 'c\r']);
  });

  it('keeps bytes that are no UTF-8', async () => {
    expect(await list(Uint8Array.from([0x61, 0xff, 10]))).toEqual(['a\xff']);
  });

  it('passes over a byte order mark, and a list of nothing', async () => {
    expect(await list('\uFEFFa.jpg\n')).toEqual(['a.jpg']);
    expect(await list('')).toEqual([]);
  });

  it('gives a path before the list has ended', async () => {
    let ended = false;
    async function* slow() {
      yield Buffer.from('a.jpg\nb');
      ended = true;
      yield Buffer.from('.jpg');
    }
    const paths = listedPaths(slow());
    expect((await paths.next()).value?.toString()).toBe('a.jpg');
    expect(ended).toBe(false);
    expect((await paths.next()).value?.toString()).toBe('b.jpg');
  });

  it.each([
    ['a picture', Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 16])],
    ['a line without end', new Uint8Array(200_000).fill(97)],
  ])('refuses %s', async (_, bytes) => {
    await expect(list(bytes)).rejects.toMatchObject({ code: 'input-unsupported' });
  });
});
