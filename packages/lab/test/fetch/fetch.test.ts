/** Fetching pictures from a server on this machine, which only tests may. */
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseBlockList } from 'figleaf';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findInManifest } from '../../src/data-set/manifest.ts';
import { publicAddresses } from '../../src/fetch/address.ts';
import { type FetchOptions, fetchPictures } from '../../src/fetch/fetch.ts';
import { forgetFetched } from '../../src/fetch/forget.ts';
import type { FetchedLine } from '../../src/fetch/log.ts';
import { type ListedUrl, readUrlList } from '../../src/fetch/url-list.ts';
import type { PictureName } from '../../src/prepare/options.ts';
import { prepare } from '../../src/prepare/prepare.ts';
import { sha256 } from '../../src/sha256.ts';
import { type Answers, startPictureServer } from './picture-server.ts';

let folder = '';
let png: Buffer;
let jpeg: Buffer;

beforeAll(async () => {
  const noise = Uint8Array.from({ length: 60 * 40 * 3 }, (_, at) => (at * at * 7) % 251);
  const picture = sharp(noise, { raw: { width: 60, height: 40, channels: 3 } });
  png = await picture.clone().png().toBuffer();
  jpeg = await picture.clone().jpeg().toBuffer();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-fetch-'));
});

afterEach(() => rm(folder, { recursive: true }));

const LOCAL: FetchOptions = { isAllowed: (address) => address === '127.0.0.1', perSecond: 1000, backoff: 1 };

const gives =
  (bytes: Uint8Array, headers: Record<string, string | number> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'image/png', ...headers }).end(bytes);
  };
const says =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end();
  };
const breaks = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-length': png.length });
  response.write(png.subarray(0, 100), () => setTimeout(() => response.destroy(), 20));
};

const listed = (url: string, paths: readonly string[], className = 'hat'): ListedUrl[] =>
  paths.map((path) => ({ url: url + path, className }));

async function logLines(): Promise<FetchedLine[]> {
  const text = await readFile(join(folder, 'fetched.jsonl'), 'utf8');
  return text.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as FetchedLine] : []));
}

const lineOf = async (path: string): Promise<FetchedLine | undefined> =>
  (await logLines()).findLast(({ url }) => new URL(url).pathname === path);

describe('fetchPictures', () => {
  it('puts pictures into folders of their classes, called by what they are, and logs where they are from', async () => {
    await using server = await startPictureServer({
      '/a': [gives(png, { 'content-type': 'text/plain' })],
      '/b.gif': [gives(jpeg)],
    });
    const list = [...listed(server.url, ['/a'], 'hat'), ...listed(server.url, ['/b.gif'], 'shoe')];
    const told: number[] = [];
    const summary = await fetchPictures(list, folder, {
      ...LOCAL,
      onProgress: ({ done }) => told.push(done),
    });
    expect(summary).toEqual({ pictures: 2, fetched: 2, failed: {}, passing: 0 });
    expect(told).toEqual([1, 2]);
    const [hat] = await readdir(join(folder, 'hat'));
    const [shoe] = await readdir(join(folder, 'shoe'));
    expect([hat, shoe]).toEqual([expect.stringMatching(/\.png$/), expect.stringMatching(/\.jpg$/)]);
    expect(await readFile(join(folder, 'hat', hat!))).toEqual(png);
    expect(await lineOf('/b.gif')).toEqual({
      url: `${server.url}/b.gif`,
      finalUrl: `${server.url}/b.gif`,
      class: 'shoe',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      status: 200,
      file: `shoe/${shoe}`,
      bytes: jpeg.length,
      sha256: sha256(jpeg),
    });
  });

  it('follows redirects, and says where they led', async () => {
    await using server = await startPictureServer({
      '/from': [says(302, { location: '/over' })],
      '/over': [says(308, { location: 'to' })],
      '/to': [gives(png)],
      '/round': [says(301, { location: '/round' })],
      '/nowhere': [says(301)],
    });
    const summary = await fetchPictures(listed(server.url, ['/from', '/round', '/nowhere']), folder, LOCAL);
    expect(summary).toEqual({ pictures: 1, fetched: 1, failed: { 'fetch-failed': 2 }, passing: 0 });
    expect(await lineOf('/from')).toMatchObject({ finalUrl: `${server.url}/to`, bytes: png.length });
    expect((await lineOf('/round'))?.error?.message).toContain('more than 5 times');
  });

  it('keeps nothing that is no picture, too large, empty or not there', async () => {
    const page = Buffer.from(`<!doctype html>${' '.repeat(2000)}`);
    await using server = await startPictureServer({
      '/page': [gives(page)],
      '/large': [gives(Buffer.concat([png, Buffer.alloc(5000)]))],
      '/larger': [(response) => response.writeHead(200).end(Buffer.concat([png, Buffer.alloc(300_000)]))],
      '/empty': [gives(Buffer.alloc(0))],
    });
    const paths = ['/page', '/large', '/larger', '/empty', '/gone'];
    const summary = await fetchPictures(listed(server.url, paths), folder, { ...LOCAL, maxBytes: 4000 });
    expect(summary).toEqual({
      pictures: 0,
      fetched: 0,
      failed: { 'not-an-image': 1, 'input-too-large': 2, 'input-empty': 1, 'fetch-failed': 1 },
      passing: 0,
    });
    expect((await readdir(folder)).sort()).toEqual(['fetched.jsonl', 'listed.jsonl']);
    expect(await lineOf('/gone')).toMatchObject({ status: 404, file: null });
    // And none is asked for a second time.
    const asked = server.requests.length;
    await fetchPictures(listed(server.url, paths), folder, { ...LOCAL, maxBytes: 4000 });
    expect(server.requests.length).toBe(asked);
    // But what was too large is where more is allowed.
    const more = await fetchPictures(listed(server.url, paths), folder, { ...LOCAL, maxBytes: 100_000 });
    expect(more).toMatchObject({ pictures: 1, fetched: 1, failed: { 'input-too-large': 1 } });
    expect(
      server.requests
        .slice(asked)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['/large', '/larger']);
    expect(await fetchPictures(listed(server.url, paths), folder, LOCAL)).toMatchObject({ fetched: 1 });
  });

  it('moves a picture whose class is another in the list by now', async () => {
    await using server = await startPictureServer({
      '/a': [gives(png)],
      '/b': [gives(png)],
      '/c': [gives(png)],
    });
    await fetchPictures(listed(server.url, ['/a', '/b', '/c'], 'old'), folder, LOCAL);
    const name = basename((await lineOf('/a'))!.file!);
    const list = [...listed(server.url, ['/a'], 'new'), ...listed(server.url, ['/b', '/c'], 'Old')];
    expect(await fetchPictures(list, folder, LOCAL)).toMatchObject({ pictures: 3, fetched: 0 });
    expect(await readdir(join(folder, 'new'))).toEqual([name]);
    expect(await readdir(join(folder, 'old'))).not.toContain(name);
    expect(await lineOf('/a')).toMatchObject({ class: 'new', file: `new/${name}`, sha256: sha256(png) });
    // A class that has none any more has no folder, which would be a class without pictures.
    await fetchPictures(listed(server.url, ['/a', '/b', '/c'], 'new'), folder, LOCAL);
    expect((await readdir(folder)).sort()).toEqual(['fetched.jsonl', 'listed.jsonl', 'new']);
    expect(server.requests).toHaveLength(3);
  });

  it('takes away what it had fetched where it fetches anew and something else comes', async () => {
    await using server = await startPictureServer({ '/a': [gives(png), gives(jpeg), says(404)] });
    const change = async (): Promise<void> => {
      await appendFile(join(folder, (await lineOf('/a'))!.file!), 'more');
    };
    await fetchPictures(listed(server.url, ['/a'], 'old'), folder, LOCAL);
    await change();
    await fetchPictures(listed(server.url, ['/a'], 'new'), folder, LOCAL);
    expect((await readdir(folder)).sort()).toEqual(['fetched.jsonl', 'listed.jsonl', 'new']);
    expect(await readdir(join(folder, 'new'))).toEqual([expect.stringMatching(/\.jpg$/)]);
    await change();
    expect(await fetchPictures(listed(server.url, ['/a'], 'new'), folder, LOCAL)).toMatchObject({
      pictures: 0,
    });
    expect((await readdir(folder)).sort()).toEqual(['fetched.jsonl', 'listed.jsonl']);
  });

  it('lists the pictures of the list, and not what was fetched for an earlier one', async () => {
    await using server = await startPictureServer({
      '/a': [gives(png)],
      '/b': [gives(jpeg)],
      '/c': [gives(png)],
    });
    const all = [...listed(server.url, ['/a', '/b', '/gone']), ...listed(server.url, ['/c'], 'train')];
    const names = async (): Promise<unknown> => {
      const lines = await findInManifest(join(folder, 'listed.jsonl'));
      return lines.map(({ name, classNames, part }) => [name, ...classNames, part]);
    };
    await fetchPictures(all, folder, LOCAL);
    const fileOf = async (path: string): Promise<string> => (await lineOf(path))!.file!;
    const [a, b, c] = [await fileOf('/a'), await fileOf('/b'), await fileOf('/c')];
    const hats = [a, b].sort().map((name) => [name, 'hat', null]);
    expect(await names()).toEqual([...hats, [c, 'train', null]]);
    await fetchPictures(listed(server.url, ['/b']), folder, LOCAL);
    expect(await names()).toEqual([[b, 'hat', null]]);
    expect(await readFile(join(folder, a))).toEqual(png);
    // While it is at work, or where it was stopped, there is none.
    const stopped = fetchPictures(listed(server.url, ['/d']), folder, {
      ...LOCAL,
      onProgress: () => {
        throw new Error('stop');
      },
    });
    await expect(stopped).rejects.toThrow('stop');
    expect(await readdir(folder)).not.toContain('listed.jsonl');
  });

  it.each([
    ['https://a.example/1', '../../up', "'../../up' cannot be a class"],
    ['https://a.example/1', '/tmp', 'cannot be a class'],
    ['https://a.example/1', '..', 'cannot be a class'],
    ['https://a.example/1', '', 'cannot be a class'],
    ['https://a.example/0', 'shoe', "has the class 'hat' before, and 'shoe' here"],
    ['file:///etc/hosts', 'hat', 'no http or https URL'],
    ['hat.jpg', 'hat', 'no http or https URL'],
  ])('refuses %j of the class %j before it asks for any', async (url, className, message) => {
    const list = [
      { url: 'https://a.example/0', className: 'hat' },
      { url, className },
    ];
    const into = join(folder, 'in', 'here');
    await expect(fetchPictures(list, into, { ...LOCAL, isAllowed: () => false })).rejects.toMatchObject({
      code: 'url-list-invalid',
      message: expect.stringMatching(`^URL 2 of the list: .*${message}`),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes no word of a log for files that it has not written', async () => {
    await using server = await startPictureServer({ '/a': [gives(png)] });
    const own = join(folder, 'own');
    await mkdir(join(own, 'fetched', 'old'), { recursive: true });
    const files = ['../x/0123456789abcdef0123.png', 'old/mine.png', 'old/../../0123456789abcdef0123.png'];
    await writeFile(join(own, 'fetched', 'old', 'mine.png'), png);
    for (const file of files) {
      const line = { url: `${server.url}/a`, class: 'old', file, bytes: png.length };
      await writeFile(join(own, 'fetched', 'fetched.jsonl'), `${JSON.stringify(line)}\n`);
      const summary = await fetchPictures(listed(server.url, ['/a'], 'new'), join(own, 'fetched'), LOCAL);
      expect(summary, file).toMatchObject({ pictures: 1, fetched: 1 });
    }
    expect(await readFile(join(own, 'fetched', 'old', 'mine.png'))).toEqual(png);
    expect(await readdir(own)).toEqual(['fetched']);
  });

  it('tries names that cannot be looked up again, and refused ones too', async () => {
    const list = listed('http://no-such-host.invalid', ['/a']);
    const none = await fetchPictures(list, folder, { ...LOCAL, tries: 1 });
    expect(none).toEqual({ pictures: 0, fetched: 0, failed: { 'fetch-failed': 1 }, passing: 1 });
    await using server = await startPictureServer({ '/a': [gives(png)] });
    const refused = await fetchPictures(listed(server.url, ['/a']), folder, {
      ...LOCAL,
      isAllowed: () => false,
    });
    expect(refused).toEqual({ pictures: 0, fetched: 0, failed: { 'address-refused': 1 }, passing: 0 });
    expect(await fetchPictures(listed(server.url, ['/a']), folder, LOCAL)).toMatchObject({ pictures: 1 });
  });

  it('ends as soon as the first bytes are no picture', async () => {
    let sent = 0;
    const endless = (response: ServerResponse): void => {
      response.writeHead(200, { 'content-type': 'image/jpeg' });
      const more = (): void => {
        if (response.destroyed) return;
        sent += 5000;
        if (response.write('<p>words</p>'.padEnd(5000))) setImmediate(more);
      };
      response.on('drain', more);
      more();
    };
    await using server = await startPictureServer({ '/endless': [endless] });
    const { failed } = await fetchPictures(listed(server.url, ['/endless']), folder, LOCAL);
    expect(failed).toEqual({ 'not-an-image': 1 });
    expect(sent).toBeLessThan(20 * 2 ** 20);
  });

  it('tries again where the server is not well or the connection breaks, and not for ever', async () => {
    await using server = await startPictureServer({
      '/busy': [says(503), says(429), gives(png)],
      '/breaks': [breaks, gives(png)],
      '/down': [says(500)],
    });
    const list = listed(server.url, ['/busy', '/breaks', '/down']);
    const summary = await fetchPictures(list, folder, LOCAL);
    expect(summary).toEqual({ pictures: 2, fetched: 2, failed: { 'fetch-failed': 1 }, passing: 1 });
    const times = (path: string): number => server.requests.filter((each) => each.path === path).length;
    expect(['/busy', '/breaks', '/down'].map(times)).toEqual([3, 2, 4]);
    // What may pass is tried by the next run.
    await fetchPictures(list, folder, { ...LOCAL, tries: 1 });
    expect(['/busy', '/breaks', '/down'].map(times)).toEqual([3, 2, 5]);
  });

  it('waits as long as a server asks for, and backs off further each time', async () => {
    await using server = await startPictureServer({
      '/later': [says(429, { 'retry-after': '1' }), gives(png)],
      '/down': [says(500)],
    });
    await fetchPictures(listed(server.url, ['/later']), folder, LOCAL);
    const [first, second] = server.requests;
    expect(second!.at - first!.at).toBeGreaterThan(990);
    await fetchPictures(listed(server.url, ['/down']), folder, { ...LOCAL, backoff: 60 });
    const downs = server.requests.filter(({ path }) => path === '/down').map(({ at }) => at);
    const gaps = downs.slice(1).map((at, index) => at - downs[index]!);
    for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThan(60 * 2 ** index - 5);
  });

  it('asks a host no more often than it may', async () => {
    const paths = Array.from({ length: 6 }, (_, index) => `/${index}`);
    await using server = await startPictureServer(
      Object.fromEntries(paths.map((path) => [path, [gives(png)]])) satisfies Answers,
    );
    await fetchPictures(listed(server.url, paths), folder, { ...LOCAL, perSecond: 20 });
    const times = server.requests.map(({ at }) => at);
    // Five pauses of 50 ms; timers may be a little early.
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(240);
  });

  it('goes on where a run was stopped, after whatever a kill left behind', async () => {
    await using server = await startPictureServer({
      '/1': [gives(png)],
      '/2': [gives(png)],
      '/3': [gives(png)],
    });
    const controller = new AbortController();
    const list = listed(server.url, ['/1', '/2', '/3']);
    const run = fetchPictures(list, folder, {
      ...LOCAL,
      perSecond: 20,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('stop')),
    });
    await expect(run).rejects.toThrow('stop');
    const asked = server.requests.length;
    expect(asked).toBeLessThan(3);
    await appendFile(join(folder, 'fetched.jsonl'), '{"url":"http://');
    expect(await fetchPictures(list, folder, LOCAL)).toMatchObject({ pictures: 3 });
    expect(await fetchPictures(list, folder, LOCAL)).toMatchObject({ pictures: 3, fetched: 0 });
    // A picture that somebody took away is fetched anew.
    const { file } = (await lineOf('/1'))!;
    await rm(join(folder, file!));
    expect(await fetchPictures(list, folder, LOCAL)).toMatchObject({ pictures: 3, fetched: 1 });
  });

  it('does not connect to this machine or private networks, by whatever way', async () => {
    await using server = await startPictureServer({
      '/a': [gives(png)],
      '/to-name': [
        (response) => response.writeHead(302, { location: `http://localhost:${server.port}/a` }).end(),
      ],
      '/to-address': [
        (response) =>
          response.writeHead(302, { location: `http://[::ffff:127.0.0.1]:${server.port}/a` }).end(),
      ],
      '/to-file': [says(302, { location: 'file:///etc/hosts' })],
    });
    const hosts = [
      '127.0.0.1',
      'localhost',
      '2130706433',
      '0x7f.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
    ];
    const list = hosts.flatMap((host) => listed(`http://${host}:${server.port}`, ['/a']));
    const summary = await fetchPictures(list, folder, { ...LOCAL, isAllowed: undefined });
    expect(summary).toMatchObject({ pictures: 0, passing: 0 });
    expect(summary.failed['address-refused']).toBe(list.length);
    expect(server.requests).toEqual([]);

    // A server that is allowed leads on to what is not.
    const isAllowed = (address: string): boolean => address === '127.0.0.1';
    const names = ['/to-address', '/to-file'];
    const led = await fetchPictures(listed(server.url, names), folder, { ...LOCAL, isAllowed });
    expect(led.failed).toEqual({ 'address-refused': 2 });
    expect(server.requests.map(({ path }) => path).sort()).toEqual(names);
  });

  it('looks a name up once, and refuses it for any address that is refused', async () => {
    await using server = await startPictureServer({ '/a': [gives(png)] });
    const asked: string[] = [];
    const isAllowed = (address: string): boolean => {
      asked.push(address);
      return address === '127.0.0.1' || address === '::1';
    };
    const url = `http://localhost:${server.port}`;
    expect(await fetchPictures(listed(url, ['/a']), folder, { ...LOCAL, isAllowed })).toMatchObject({
      pictures: 1,
    });
    // Each address was looked at once: the connection did not ask for the name again.
    expect(new Set(asked).size).toBe(asked.length);
    const none = await fetchPictures(listed(url, ['/b']), folder, { ...LOCAL, isAllowed: () => false });
    expect(none.failed).toEqual({ 'address-refused': 1 });
  });
});

describe('forgetFetched', () => {
  it('deletes what a block list knows, and leaves of it what it takes not to fetch it again', async () => {
    await using server = await startPictureServer({ '/a': [gives(png)], '/b': [gives(jpeg)] });
    const list = listed(server.url, ['/a', '/b']);
    const pictures = join(folder, 'web');
    await fetchPictures(list, pictures, LOCAL);
    const known: string[] = [];
    const run = {
      sources: [{ name: 'web', path: join(pictures, 'listed.jsonl') }],
      out: join(folder, 'out'),
      blockList: await parseBlockList(`sha256:${sha256(png)}`, 'a list'),
      onBlockListed: ({ path }: PictureName): number => known.push(path),
    };
    const { blockListed, counts } = await prepare(run);
    expect(blockListed).toEqual([{ kind: 'sha256', hash: sha256(png) }]);
    expect(counts[0]!.found).toBe(2);
    const [file] = known;
    expect(known).toEqual([expect.stringMatching(/^hat\/.*\.png$/)]);
    await forgetFetched(pictures, [...known, '../web/other.png']);
    const left = await readdir(pictures, { recursive: true });
    expect(left.filter((name) => /\.(png|jpg)$/.test(name))).toEqual([expect.stringMatching(/\.jpg$/)]);
    for (const name of ['fetched.jsonl', 'listed.jsonl']) {
      const text = await readFile(join(pictures, name), 'utf8');
      expect(text).not.toContain(basename(file!));
      expect(text).not.toContain(`${server.url}/a`);
      expect(text).not.toContain(sha256(png));
      expect(text).toContain('hat/');
    }
    const again = await fetchPictures(list, pictures, LOCAL);
    expect(again).toEqual({ pictures: 1, fetched: 0, failed: { 'block-listed': 1 }, passing: 0 });
    expect(server.requests).toHaveLength(2);
    expect((await prepare(run)).blockListed).toEqual([]);
  });

  it('leaves alone what was not fetched', async () => {
    await writeFile(join(folder, 'mine.png'), png);
    await forgetFetched(folder, ['mine.png']);
    await forgetFetched(join(folder, 'none'), []);
    expect(await readdir(folder)).toEqual(['mine.png']);
  });
});

describe('publicAddresses', () => {
  const isPublic = publicAddresses();

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '100.128.0.1',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
  ])('takes %s', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:db8::1',
    '2002:7f00:1::1',
    'ff02::1',
    'localhost',
    '',
  ])('refuses %s', (address) => {
    expect(isPublic(address)).toBe(false);
  });
});

describe('readUrlList', () => {
  const read = async (text: string, name = 'Hats.txt'): Promise<ListedUrl[]> => {
    await writeFile(join(folder, name), text);
    return readUrlList(join(folder, name));
  };

  it('has the class behind the URL, or else of the name of the file', async () => {
    const text =
      '\uFEFFhttps://a.example/1.jpg\r\n\n# a comment\nhttp://b.example/x y\thttp\nhttps://c.example/2#top\tWinter Shoes \nhttps://a.example/1.jpg\n';
    expect(await read(text.replace('x y\thttp', 'x y'))).toEqual([
      { url: 'https://a.example/1.jpg', className: 'hats' },
      { url: 'http://b.example/x', className: 'y' },
      { url: 'https://c.example/2', className: 'winter shoes' },
    ]);
    expect(await read('')).toEqual([]);
  });

  it.each([
    ['https://a.example/1\nftp://a.example/2', "line 2 of .*'ftp://a.example/2' is no http or https URL"],
    ['hat https://a.example/1', "line 1 of .*'hat' is no"],
    ['https://', 'is no http'],
    [
      'https://ann:secret@a.example/1',
      '^line 1 of [^@]*: a URL with a name or password in it is not fetched',
    ],
    ['https://a.example/1 ../up', "'../up' cannot be a class"],
    ['https://a.example/1 .hidden', 'cannot be a class'],
    ['https://a.example/1 NUL', 'cannot be a class'],
    ['https://a.example/1 a\n\nhttps://a.example/1 b', "line 3 of .* has the class 'a' before, and 'b' here"],
  ])('refuses %j', async (text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'url-list-invalid',
      message: expect.stringMatching(message),
    });
  });

  it('fetches none of a list of a program with a password in it', async () => {
    const list = ['https://a.example/1', 'https://ann:secret@a.example/2'];
    const fetching = fetchPictures(
      list.map((url) => ({ url, className: 'a' })),
      join(folder, 'secret'),
    );
    await expect(fetching).rejects.toMatchObject({
      code: 'url-list-invalid',
      message: expect.stringMatching(/^URL 2 [^@]*$/),
    });
  });

  it('says that there is none', async () => {
    await expect(readUrlList(join(folder, 'none.txt'))).rejects.toMatchObject({ code: 'input-not-found' });
  });
});
