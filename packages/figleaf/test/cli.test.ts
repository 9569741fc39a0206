/** `figleaf classify` and `figleaf models` as a user runs them. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordSchema } from '../src/scan/schema.ts';
import { BIN, type Ended, type Started, startIn } from './command.ts';

let folder = '';
let many = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-cli-'));
  const picture = sharp({ create: { width: 320, height: 200, channels: 3, background: '#7aa55d' } });
  await picture.clone().jpeg().toFile(join(folder, 'green.jpg'));
  await picture.clone().png().toFile(join(folder, 'green.png'));
  await writeFile(join(folder, 'notes.txt'), 'no picture');
  // In a folder of their own, which `.` would find too.
  many = await mkdtemp(join(tmpdir(), 'figleaf-many-'));
  const green = await readFile(join(folder, 'green.jpg'));
  await Promise.all(Array.from({ length: 400 }, (_, index) => writeFile(join(many, `${index}.jpg`), green)));
});

afterAll(() => Promise.all([folder, many].map((each) => rm(each, { recursive: true }))));

const start = (args: readonly string[], env?: NodeJS.ProcessEnv): Started => startIn(folder, args, env);
const run = (...args: string[]): Promise<Ended> => start(args).ended;

describe('figleaf classify', () => {
  it('prints a table for people and a summary beside it', async () => {
    const { code, stdout, stderr } = await run('classify', '.');
    expect(stdout).toMatch(/unsafe\s+suggestive\s+safe\s+class\s+picture/);
    expect(stdout).toMatch(/%.*green\.jpg/);
    expect(stdout).toMatch(/%.*green\.png/);
    expect(stderr).toMatch(/2 pictures judged by mobilenet_v2 .*in .*; 1 other file passed over/);
    expect(code).toBe(0);
  });

  it('prints records that follow the schema with --json, and nothing else with --quiet', async () => {
    const { code, stdout, stderr } = await run('classify', '--json', '--quiet', 'green.jpg', 'green.png');
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => recordSchema.parse(JSON.parse(line)));
    expect(records.map(({ input }) => input)).toEqual(['green.jpg', 'green.png']);
    for (const { scores, width, height } of records) {
      expect([width, height]).toEqual([320, 200]);
      expect(scores!.safe + scores!.unsafe + scores!.suggestive!).toBeCloseTo(1, 4);
    }
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('reads a picture from standard input', async () => {
    const { child, ended } = start(['classify', '--json', '-']);
    child.stdin!.end(await sharp(join(folder, 'green.png')).toBuffer());
    const { code, stdout } = await ended;
    expect(JSON.parse(stdout)).toMatchObject({ input: '-', width: 320 });
    expect(code).toBe(0);
  });

  it('leaves standard input when it holds too much or is interrupted, though the writer goes on', async () => {
    const flood = start(['classify', '--json', '-']);
    const megabyte = Buffer.alloc(2 ** 20, 1);
    const pour = (): void => {
      while (flood.child.stdin!.writable && flood.child.stdin!.write(megabyte));
    };
    flood.child.stdin!.on('drain', pour).on('error', () => undefined);
    pour();
    const flooded = await flood.ended;
    expect(JSON.parse(flooded.stdout).error.code).toBe('input-too-large');
    expect(flooded.code).toBe(4);

    const waiting = start(['classify', '--json', 'green.jpg', '-']);
    waiting.child.stdout!.once('data', () => waiting.child.kill('SIGTERM'));
    expect(await waiting.ended).toMatchObject({ code: process.platform === 'win32' ? null : 130 });
  });

  it('resolves patterns itself and asks the ensemble', async () => {
    const { code, stdout } = await run('classify', '--json', '--profile', 'accurate', '*.png');
    expect(JSON.parse(stdout).models).toEqual(['mobilenet_v2', 'mobilenet_v2_mid', 'inception_v3']);
    expect(code).toBe(0);
  });

  it('refuses pictures that are larger than --max-pixels', async () => {
    const { code, stdout } = await run('classify', '--max-pixels', '63999', 'green.png');
    expect(stdout).toMatch(/image-too-many-pixels.*the limit is 63,999; .*--max-pixels/);
    expect(code).toBe(4);
    expect((await run('classify', '--max-pixels', '64000', 'green.png')).code).toBe(0);
  });

  it('ends with 4 where an input cannot be read, after judging the rest', async () => {
    const { code, stdout } = await run('classify', '--json', 'nowhere.jpg', 'notes.txt', 'green.jpg');
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.map(({ error }) => error?.code)).toEqual(['input-not-found', 'not-an-image', undefined]);
    expect(code).toBe(4);
  });

  it.each([
    [['classify'], /missing required argument/],
    [['classify', '--profile', 'wild', 'x.jpg'], /Allowed choices are fast/],
    [['classify', '--model', 'mobilnet', 'x.jpg'], /no model 'mobilnet'.*mobilenet_v2.*\(model-unknown\)/],
    [
      ['classify', '--model', './none.onnx', 'x.jpg'],
      /there is no model file '.\/none.onnx' \(model-not-found\)/,
    ],
    [['classify', '--model', 'notes.txt', 'x.jpg'], /'notes.txt'.*not an ONNX model.*\(model-invalid\)/],
    [['detect', '--model', 'notes.txt', 'x.jpg'], /'notes.txt'.*not an ONNX model.*\(model-invalid\)/],
    [['models', 'info', 'open-nsf'], /did you mean 'open-nsfw'\? .*\(model-unknown\)/],
    [
      ['classify', '--model', './notes.txt', 'x.jpg'],
      /cannot use the model '.*notes.txt'.*not an ONNX model.*\(model-invalid\)/,
    ],
    [['classify', '--workers', '0', 'x.jpg'], /whole number/],
    [['clasify', 'x.jpg'], /Did you mean classify/],
  ])('ends with 1 and says why for %j', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it('takes a command line of 100 kB, on which the telemetry of ONNX Runtime overflows its stack', async () => {
    const { code, signal } = await run(
      'classify',
      '--quiet',
      'green.jpg',
      ...Array<string>(5000).fill('nowhere-at-all.png'),
    );
    expect(signal).toBeNull();
    expect(code).toBe(4);
  });

  it('ends quietly when the reader leaves', async () => {
    const { child, ended } = start(['classify', '--json', many]);
    child.stdout!.once('data', () => child.stdout!.destroy());
    const { code, stderr } = await ended;
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM'] as const)(
    'ends with 130 on %s',
    async (signal) => {
      const { child, ended } = start(['classify', '--json', many]);
      child.stdout!.once('data', () => child.kill(signal));
      const { code, stderr } = await ended;
      expect(stderr).not.toMatch(/Error|at /);
      expect(code).toBe(130);
    },
  );

  it('says once that it runs on wasm only when nobody asked for that', async () => {
    const { code, stderr, stdout } = await start(['classify', '--json', 'green.jpg'], {
      FIGLEAF_RUNTIME: 'wasm',
    }).ended;
    expect(stderr).toMatch(/\(wasm\)/);
    expect(stderr).not.toMatch(/no native/);
    expect(JSON.parse(stdout).models).toEqual(['mobilenet_v2']);
    expect(code).toBe(0);
  });
});

describe('figleaf models and help', () => {
  it('lists the models', async () => {
    const { code, stdout } = await run('models', 'list');
    for (const id of ['mobilenet_v2', 'mobilenet_v2_mid', 'inception_v3']) expect(stdout).toContain(id);
    expect(code).toBe(0);
  });

  it('verifies the file of each', async () => {
    for (const id of ['mobilenet_v2', 'mobilenet_v2_mid', 'inception_v3']) {
      const { code, stdout } = await run('models', 'info', id, '--json');
      expect(JSON.parse(stdout)).toMatchObject({ id, licence: 'MIT', file: 'verified' });
      expect(code).toBe(0);
    }
  });

  it('refuses an id that is none', async () => {
    const { code, stderr } = await run('models', 'info', 'nothing');
    expect(stderr).toMatch(/model-unknown/);
    expect(code).toBe(1);
  });

  it('teaches with --help and tells its version', async () => {
    const help = await run('classify', '--help');
    expect(help.stdout).toMatch(/Examples:/);
    expect(help.stdout).toMatch(/Exit codes:/);
    expect(help.code).toBe(0);
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('ends quietly when nobody reads the help', async () => {
    const { child, ended } = start(['classify', '--help']);
    child.stdout!.destroy();
    const { code, stderr } = await ended;
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it.skipIf(process.platform !== 'linux')('says that its help cannot be written on a full disk', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [BIN, '--help'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect(stderr).toMatch(/\(output-unwritable\)$/m);
    expect(status).toBe(1);
  });
});
