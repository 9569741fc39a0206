/** `figleaf scan` as a user runs it: what it prints and writes, how it ends, and how it goes on. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digest, toHex } from 'figleaf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScanRecord } from '../src/scan/record.ts';
import { recordSchema } from '../src/scan/schema.ts';
import {
  blueThingModel,
  colourModel,
  pictureOf,
  pictureWithThing,
  writeMany,
  writePictures,
} from './colours.ts';
import { BIN, type Ended, type Started, startIn } from './command.ts';
import { inputsIn } from './record-file.ts';
import { reportIn } from './report.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-scan-'));
  await writeFile(join(folder, 'colour.onnx'), colourModel());
  await writePictures(folder, {
    'photos/green.png': 'allow',
    'photos/brown.png': 'review',
    'photos/trip/red.png': 'block',
  });
  await writeFile(join(folder, 'photos', 'notes.txt'), 'no picture');
});

afterEach(() => rm(folder, { recursive: true }));

const inPhotos = (...parts: string[]): string => join('photos', ...parts);
const GREEN = inPhotos('green.png');
const BROWN = inPhotos('brown.png');
const RED = inPhotos('trip', 'red.png');

/** Starts a scan by colours. */
const start = (...args: string[]): Started =>
  startIn(folder, ['scan', '--model', 'colour.onnx', '--workers', '1', ...args]);
const run = (...args: string[]): Promise<Ended> => start(...args).ended;

/** Gives a scan its list of paths. */
function runWith(list: string | Uint8Array, ...args: string[]): Promise<Ended> {
  const { child, ended } = start(...args);
  child.stdin!.end(list);
  return ended;
}

const recordsOf = (jsonLines: string): ScanRecord[] =>
  jsonLines
    .split('\n')
    .slice(0, -1)
    .map((line) => recordSchema.parse(JSON.parse(line)));

const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

const write = (name: string, text: string | Uint8Array): Promise<void> => writeFile(join(folder, name), text);

/** All files in a folder, by their paths in it. */
async function filesIn(name: string): Promise<string[]> {
  const entries = await readdir(join(folder, name), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(join(folder, name), join(entry.parentPath, entry.name)))
    .sort();
}

/** Waits until a file of records holds so many. */
async function untilRecords(name: string, count: number): Promise<void> {
  for (;;) {
    const text = await read(name).catch(() => '');
    if (text.split('\n').length > count) return;
    await sleep(20);
  }
}

describe('figleaf scan prints', () => {
  it('a table for people, with a summary beside it', async () => {
    const { code, stdout, stderr } = await run('photos');
    const [heading, ...rows] = stdout.trimEnd().split('\n');
    expect(heading).toMatch(/^verdict\s+unsafe\s+suggestive\s+safe\s+class\s+picture$/);
    expect(rows).toEqual([
      expect.stringMatching(/^review +69\.0 % .*brown\.png$/),
      expect.stringMatching(/^allow +0\.0 % .*green\.png$/),
      expect.stringMatching(/^block +100\.0 % .*red\.png$/),
    ]);
    expect(stderr).toMatch(
      /^3 pictures judged by colour \(\w+\) in [\d.]+ s: 1 to block, 1 to review, 1 allowed; 1 other file passed over\n$/,
    );
    expect(code).toBe(3);
  });

  it('records that follow the schema with --json, and nothing else with --quiet', async () => {
    const { stdout, stderr } = await run('photos', '--json', '--quiet');
    expect(recordsOf(stdout)).toMatchObject([
      { input: BROWN, verdict: 'review', reason: { rule: 'scores.unsafe' } },
      { input: GREEN, verdict: 'allow', reason: null },
      { input: RED, verdict: 'block', width: 40, height: 30 },
    ]);
    expect(stderr).toBe('');
  });

  it('CSV with --csv', async () => {
    const { stdout } = await run('photos', '--csv');
    const lines = stdout.split('\r\n');
    expect(lines[0]).toMatch(/^input,kind,width,height,verdict,rule,/);
    expect(lines[1]).toMatch(/brown\.png,image,40,30,review,scores\.unsafe,/);
    expect(lines).toHaveLength(5);
  });

  it('what is wrong with a folder without pictures', async () => {
    await mkdir(join(folder, 'empty'));
    const { code, stdout } = await run('empty');
    expect(stdout).toMatch(/input-not-found.*there are no pictures in 'empty'\n$/);
    expect(code).toBe(4);
  });

  it.runIf(process.platform === 'linux')('names that cannot do anything to a terminal', async () => {
    const names = ['line\nbreak.png', 'red\u001b[31m\u0007.png', Buffer.from('caf\xe9.png', 'latin1')];
    const green = await pictureOf('allow');
    await mkdir(join(folder, 'names'));
    for (const name of names) {
      await writeFile(Buffer.concat([Buffer.from(`${folder}/names/`), Buffer.from(name)]), green);
    }
    const table = await run('names');
    expect(table.stdout.trimEnd().split('\n')).toEqual([
      expect.anything(),
      expect.stringMatching(/names\/caf\\xe9\.png$/),
      expect.stringMatching(/names\/line\uFFFDbreak\.png$/),
      expect.stringMatching(/names\/red\uFFFD\[31m\uFFFD\.png$/),
    ]);
    const { code } = await run('names', '--out', 'names.jsonl');
    expect(code).toBe(0);
    const inputs = ['names/caf\\xe9.png', 'names/line\nbreak.png', 'names/red\u001b[31m\u0007.png'];
    expect(await inputsIn(join(folder, 'names.jsonl'))).toEqual(inputs);
    const again = await run('names', '--out', 'names.jsonl', '--resume');
    expect(again.stderr).toMatch(/^0 pictures judged .* 3 before that: .* 3 allowed\n/);
    expect(await inputsIn(join(folder, 'names.jsonl'))).toEqual(inputs);
  });
});

describe('figleaf scan ends', () => {
  it('with 0 where nothing is blocked', async () => {
    expect(await run(GREEN, BROWN)).toMatchObject({ code: 0 });
  });

  it('with 4 where nothing is blocked and an input cannot be read, with 3 where something is', async () => {
    expect(await run(GREEN, 'nowhere.png')).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(/input-not-found.*nowhere\.png/),
      stderr: expect.stringContaining('; 1 could not be judged'),
    });
    expect(await run('nowhere.png', RED)).toMatchObject({ code: 3 });
  });

  it('quietly when the reader leaves', async () => {
    await writeMany(join(folder, 'many'), 400);
    const { child, ended } = start('many', '--json');
    child.stdout!.once('data', () => child.stdout!.destroy());
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    [['--resume', 'photos'], /--out FILE --resume \(option-invalid\)/],
    [['--out', '-', 'photos'], /--out wants the name of a file.*--json \(option-invalid\)/],
    [['--dry-run', 'photos'], /--move-to or --copy-to.*\(option-invalid\)/],
    [['-', '-'], /standard input can be read only once/],
    [['--watch', 'photos', 'more'], /--watch waits for files in one folder/],
    [['--watch', GREEN], /--watch waits for files in a folder.*none \(option-invalid\)/],
    [['--move-to', 'photos', 'photos'], /'photos' is what is scanned.*\(option-invalid\)/],
    [['--json', '--csv', 'photos'], /cannot be used with option/],
    [['--move-to', 'a', '--copy-to', 'b', 'photos'], /cannot be used with option/],
    [['--out', join('nowhere', 'a.jsonl'), 'photos'], /its folder is not there.*\(output-unwritable\)/],
    [['--html', join('nowhere', 'a.html'), 'photos'], /its folder does not exist \(output-unwritable\)/],
    [['--out', 'photos', '--resume', 'photos'], /'photos'.*folder \(output-unwritable\)/],
    [['--html', 'photos', 'photos'], /it is a folder \(output-unwritable\)/],
    [['--html', 'both', '--out', 'both', 'photos'], /named by two options.*\(option-invalid\)/],
    [['--move-to', join('colour.onnx', 'sorted'), 'photos'], /cannot make the folder.*\(output-unwritable\)/],
    [['--policy', 'none.json', 'photos'], /none\.json.*\(policy-invalid\)/],
    [['--block-list', 'none.txt', 'photos'], /there is no block list 'none\.txt' \(block-list-invalid\)/],
  ])('with 1 and the reason for %j, before anything is printed', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });
});

describe('figleaf scan before its models are loaded', () => {
  it.each([
    [['--out', 'colour.onnx'], /--resume goes on with it.*\(output-exists\)/],
    [['--out', join('nowhere', 'a.jsonl'), '--resume'], /its folder is not there.*\(output-unwritable\)/],
  ])('finds out that its records could not be kept: %j', async (args, message) => {
    const before = await filesIn('.');
    const { code, stderr } = await startIn(folder, ['scan', 'photos', '--model', 'none.onnx', ...args]).ended;
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    expect(await filesIn('.')).toEqual(before);
  });

  it.skipIf(process.platform === 'win32')('says that it was interrupted', async () => {
    execFileSync('mkfifo', [join(folder, 'list')]);
    const { child, ended } = start('photos', '--block-list', 'list');
    // Opens once the command reads the list, and holds it there.
    await using list = await open(join(folder, 'list'), 'w');
    child.kill('SIGINT');
    await sleep(200);
    await list.close();
    expect(await ended).toMatchObject({
      code: 130,
      stdout: '',
      stderr: 'interrupted before anything was judged\n',
    });
  });
});

describe.skipIf(process.platform !== 'linux')('figleaf scan on a full disk', () => {
  it('says that its results cannot be written', () => {
    const full = openSync('/dev/full', 'w');
    const args = [BIN, 'scan', '--model', 'colour.onnx', 'photos', '--json'];
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: folder,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect(stderr).toMatch(/^figleaf: cannot write the results to standard output.*\(output-unwritable\)$/m);
    expect(status).toBe(1);
  });
});

describe('figleaf scan --policy', () => {
  const judged = async (policy: object): Promise<Ended> => {
    await write('policy.json', JSON.stringify(policy));
    return run('photos', '--policy', 'policy.json', '--json');
  };

  it('decides by its thresholds', async () => {
    const { code, stdout } = await judged({ scores: { unsafe: { review: 0.7 } } });
    expect(recordsOf(stdout).map(({ verdict }) => verdict)).toEqual(['allow', 'allow', 'review']);
    expect(code).toBe(0);
  });

  it.each([
    [{ scores: { unsave: { block: 0.5 } } }, /'?unsave'?.*unsafe.*\(policy-invalid\)/],
    [{ scores: { unsafe: { blok: 0.5 } } }, /blok.*block.*\(policy-invalid\)/],
    [{ scores: { unsafe: { review: 0.8, block: 0.5 } } }, /review is above block.*\(policy-invalid\)/],
    [{ classes: { pron: { block: 0.5 } } }, /pron.*porn.*\(policy-invalid\)/],
  ])('refuses %j and says what is meant', async (policy, message) => {
    const { code, stdout, stderr } = await judged(policy);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });
});

describe('figleaf scan --detect', () => {
  const SURE = inPhotos('sure.png');
  const FAINT = inPhotos('faint.png');
  beforeEach(async () => {
    await write('blue.onnx', blueThingModel());
    await write(SURE, await pictureWithThing(0.8));
    await write(FAINT, await pictureWithThing(0.4));
  });

  it('joins both: the table names the part that decided, the summary the models', async () => {
    const { code, stdout, stderr } = await run('--detect', 'blue.onnx', 'photos');
    expect(stdout.trimEnd().split('\n').slice(1)).toEqual([
      expect.stringMatching(/^review +69\.0 % .*brown\.png$/),
      expect.stringMatching(/^review +0\.0 % .*faint\.png {2}\(THING 4\d\.\d %\)$/),
      expect.stringMatching(/^allow +0\.0 % .*green\.png$/),
      expect.stringMatching(/^block +0\.0 % .*sure\.png {2}\(THING \d\d\.\d %\)$/),
      expect.stringMatching(/^block +100\.0 % .*red\.png$/),
    ]);
    expect(stderr).toMatch(/^5 pictures judged by colour \+ blue \(\w+\)/);
    expect(code).toBe(3);
  });

  it('puts the boxes into records, CSV and the report', async () => {
    const args = ['--detect=blue.onnx', SURE, GREEN];
    const [sure, green] = recordsOf((await run(...args, '--json')).stdout);
    expect(sure).toMatchObject({
      verdict: 'block',
      reason: { rule: 'boxes.unsafe' },
      detections: [{ label: 'THING', category: 'unsafe' }],
      models: ['colour', 'blue'],
    });
    expect(green).toMatchObject({ verdict: 'allow', detections: [] });
    const csv = await run(...args, '--csv', '--html', 'r.html');
    const rows = csv.stdout.split('\r\n');
    expect(rows[0]).toMatch(/,explicit_parts,explicit_score,match_kind,match_hash,match_distance$/);
    expect(rows[1]).toMatch(new RegExp(`,1,${sure!.detections![0]!.score},,,$`));
    expect(rows[2]).toMatch(/,0,,,,$/);
    const { entries, profile, policy } = await reportIn(join(folder, 'r.html'));
    expect(entries[0]!.record.detections).toEqual(sure!.detections);
    expect({ profile, policy }).toMatchObject({
      profile: 'colour.onnx with blue',
      policy: { name: 'default with boxes' },
    });
  });

  it('takes what names no detector for an input', async () => {
    const env = { FIGLEAF_MODELS: join(folder, 'none') };
    const { code, stdout, stderr } = await startIn(folder, ['scan', '--detect', 'photos'], env).ended;
    expect(stderr).toMatch(
      /no detector of the profile 'balanced' is on this machine.*`figleaf models pull nudenet-320n`.*\(model-not-pulled\)/,
    );
    expect(stdout).toBe('');
    expect(code).toBe(1);
    const typo = await run('photos', '--detect', 'acurate');
    expect(typo).toMatchObject({ code: 1, stdout: '' });
    expect(typo.stderr).toMatch(
      /no detector and no file of that name; did you mean 'accurate'\?.*\(option-invalid\)/,
    );
    const nothing = await run('--detect', 'blue.onnx');
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining('name what to scan') });
  });

  it('refuses a policy about boxes without it, and one about labels that the detector has not', async () => {
    await write('policy.json', JSON.stringify({ labels: { THIN: { block: 0.5 } } }));
    const alone = await run('photos', '--policy', 'policy.json');
    expect(alone).toMatchObject({ code: 1, stdout: '' });
    expect(alone.stderr).toMatch(/'labels\.THIN', but no detector is asked.*--detect \(policy-invalid\)/);
    const joined = await run('photos', '--policy', 'policy.json', '--detect=blue.onnx');
    expect(joined.stderr).toMatch(/'labels\.THIN'.*did you mean 'labels\.THING'/);
  });

  it('goes on only with the same detector, whatever its file is called', async () => {
    const scanned = (...args: string[]): Promise<Ended> => run(GREEN, '--out', 'r.jsonl', ...args);
    await scanned('--detect=blue.onnx');
    await write('other.onnx', blueThingModel({ id: 'other' }));
    for (const other of [[], ['--detect=other.onnx']]) {
      const { code, stderr } = await scanned('--resume', ...other);
      expect(stderr).toMatch(
        /is of the run 'colour\.onnx with blue, policy default with boxes, .*\(resume-refused\)/,
      );
      expect(code).toBe(1);
    }
    await write('blue.onnx', blueThingModel({ id: 'another' }));
    expect((await scanned('--resume', '--detect=blue.onnx')).stderr).toContain('resume-refused');
    await write('blue.onnx', blueThingModel());
    expect(await scanned('--resume', '--detect=blue.onnx')).toMatchObject({ code: 0 });
  });

  it('prints labels that cannot do anything to a terminal', async () => {
    await write('blue.onnx', blueThingModel({ label: 'A\u001b[31m\nB' }));
    const { stdout } = await run('--detect=blue.onnx', SURE);
    expect(stdout).toMatch(/\(A\uFFFD\[31m\uFFFDB \d/);
  });
});

describe('figleaf scan --block-list', () => {
  const listGreen = async (): Promise<string> => {
    const hash = toHex(await digest('sha256', await pictureOf('allow')));
    await write('known.txt', `# known pictures\nsha256:${hash}\n`);
    return hash;
  };

  it('ends with 5, and tells a known picture by its hash alone', async () => {
    const hash = await listGreen();
    const { code, stdout, stderr } = await run('photos', '--block-list', 'known.txt', '--html', 'r.html');
    expect(stdout).toMatch(new RegExp(`^block .* on the block list: sha256 ${hash}$`, 'm'));
    expect(stderr).toMatch(/2 to block, 1 to review, 0 allowed; 1 on a block list/);
    const { entries } = await reportIn(join(folder, 'r.html'));
    const known = entries.find(({ record }) => record.match)!;
    expect(known.record.input).toBe(`on the block list: sha256 ${hash}`);
    expect(known.thumbnail).toBeUndefined();
    expect(stdout + stderr + (await read('r.html'))).not.toContain('green.png');
    expect(code).toBe(5);
  });

  it('names no model where none was asked', async () => {
    await listGreen();
    const { stderr } = await run(GREEN, '--block-list', 'known.txt');
    expect(stderr).toMatch(
      /^1 picture judged in [\d.]+ s: 1 to block, 0 to review, 0 allowed; 1 on a block list\n$/,
    );
  });

  it('makes no copy of a known picture', async () => {
    await listGreen();
    const { code, stderr } = await run('photos', '--block-list', 'known.txt', '--copy-to', 'sorted');
    expect(stderr).toMatch(/^'on the block list: sha256 \w+' stays: what a block list knows is not copied$/m);
    expect(await filesIn('sorted')).toEqual([join('block', 'trip', 'red.png'), join('review', 'brown.png')]);
    expect(code).toBe(5);
  });

  it('says of an empty list that it is empty', async () => {
    await write('known.txt', '# nothing yet\n');
    const { code, stderr } = await run('photos', '--block-list', 'known.txt');
    expect(stderr).toMatch(/^figleaf: the block list has no hash in it$/m);
    expect(code).toBe(3);
  });

  it('sorts a known picture without a word of its name', async () => {
    await listGreen();
    const args = ['photos', '--block-list', 'known.txt', '--move-to', 'sorted'];
    const dry = await run(...args, '--dry-run');
    expect(dry.stderr).toMatch(/^would move 'on the block list: sha256 \w+' to sorted, as block$/m);
    expect(dry.stdout + dry.stderr).not.toContain('green.png');
    expect(dry.code).toBe(5);
    expect(await run(...args)).toMatchObject({ code: 5 });
    expect(await filesIn('sorted')).toContain(join('block', 'green.png'));
  });

  it('names the line that is no hash', async () => {
    await write('known.txt', `${'0'.repeat(32)}\n\nnonsense\n`);
    const { code, stdout, stderr } = await run('photos', '--block-list', 'known.txt');
    expect(stderr).toMatch(/known\.txt.*line 3: 'nonsense' is no hash.*\(block-list-invalid\)/);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });
});

describe('figleaf scan takes', () => {
  it('an input that is listed twice once', async () => {
    const { stdout, stderr } = await run('photos', GREEN, `${folder}${sep}${GREEN}`, '--json');
    expect(recordsOf(stdout).map(({ input }) => input)).toEqual([BROWN, GREEN, RED]);
    expect(stderr).toMatch(/; 2 files named again, and judged only once/);
  });

  it.each([
    ['lines', '\n'],
    ['NULs', '\0'],
  ])('a list of paths in %s', async (_, end) => {
    const { code, stdout } = await runWith(`${GREEN}${end}${BROWN}${end}`, '-', '--json');
    expect(recordsOf(stdout).map(({ input }) => input)).toEqual([GREEN, BROWN]);
    expect(code).toBe(0);
  });

  it('records as soon as they are there, though the list goes on', async () => {
    const { child, ended } = start('-', '--json');
    child.stdin!.write(`${GREEN}\n`);
    const [first] = (await once(child.stdout!, 'data')) as [Buffer];
    expect(JSON.parse(first.toString())).toMatchObject({ input: GREEN });
    child.stdin!.end(`${BROWN}\n`);
    expect(recordsOf((await ended).stdout)).toHaveLength(2);
  });

  it('a picture in place of a list for what it is', async () => {
    const { code, stderr } = await runWith(await pictureOf('allow'), '-');
    expect(stderr).toMatch(/no list of paths.*figleaf classify -.*\(input-unsupported\)/);
    expect(code).toBe(1);
  });

  it.skipIf(process.platform === 'win32')('a pipe that nobody writes to for what it is', async () => {
    execFileSync('mkfifo', [join(folder, 'photos', 'pipe')]);
    const { code, stdout } = await run(inPhotos('pipe'), 'photos', '--json');
    const [pipe, ...others] = recordsOf(stdout);
    expect(pipe).toMatchObject({ input: inPhotos('pipe'), error: { code: 'input-unreadable' } });
    expect(others.map(({ input }) => input)).toEqual([BROWN, GREEN, RED]);
    expect(code).toBe(3);
  });

  it('what is called a picture and is none as what could not be judged', async () => {
    await write(join('photos', 'text.jpg'), 'no picture');
    const { stdout, stderr } = await run('photos', '--json');
    const error = expect.objectContaining({ code: 'not-an-image' });
    expect(recordsOf(stdout)).toContainEqual(expect.objectContaining({ input: inPhotos('text.jpg'), error }));
    expect(stderr).toMatch(/; 1 could not be judged; 1 other file passed over\n$/);
  });

  it('pictures in a format that it cannot decode as such', async () => {
    await write(join('photos', 'new.jxl'), new Uint8Array([0xff, 0x0a, 0xfa, 0x7f, 0, 0, 0, 0]));
    const { stdout } = await run('photos', '--json');
    expect(recordsOf(stdout)).toContainEqual(
      expect.objectContaining({
        input: inPhotos('new.jxl'),
        error: expect.objectContaining({ code: 'image-format-unsupported' }),
      }),
    );
  });

  it('no file that it writes itself', async () => {
    const out = inPhotos('r.jsonl');
    const { stdout, stderr } = await run('photos', '--out', out, '--html', inPhotos('r.html'), '--json');
    expect(recordsOf(stdout).map(({ input }) => input)).toEqual([BROWN, GREEN, RED]);
    expect(stderr).toMatch(/; 1 other file passed over$/m);
  });

  it.skipIf(process.platform === 'win32')('a folder that links to itself', async () => {
    await symlink('..', join(folder, 'photos', 'trip', 'loop'));
    const { stdout } = await run('photos', '--json');
    expect(recordsOf(stdout)).toHaveLength(3);
  });
});

describe('figleaf scan --out', () => {
  it('is for one scan at a time', async () => {
    const { child, ended } = start('-', '--out', 'r.jsonl');
    child.stdin!.write(`${GREEN}\n`);
    await untilRecords('r.jsonl', 1);
    const { code, stderr } = await run('photos', '--out', 'r.jsonl', '--resume');
    expect(stderr).toMatch(
      new RegExp(`process ${child.pid} .*is writing '.*r\\.jsonl'.*\\(output-unwritable\\)`),
    );
    expect(code).toBe(1);
    child.stdin!.end();
    await ended;
    expect(await run(GREEN, '--out', 'r.jsonl', '--resume')).toMatchObject({ code: 0 });
    expect(await filesIn('.')).not.toContain('r.jsonl.lock');
  });

  it('writes the records, and never over a file', async () => {
    expect(await run('photos', '--out', 'r.jsonl')).toMatchObject({ code: 3 });
    const records = await read('r.jsonl');
    expect(recordsOf(records).map(({ input }) => input)).toEqual([BROWN, GREEN, RED]);
    const { code, stdout, stderr } = await run('photos', '--out', 'r.jsonl');
    expect(stderr).toMatch(/'r\.jsonl' is there already; --resume goes on with it.*\(output-exists\)/);
    expect(stdout).toBe('');
    expect(code).toBe(1);
    expect(await read('r.jsonl')).toBe(records);
  });

  it('goes on with --resume: nothing is judged twice, and --json and --csv are whole all the same', async () => {
    await run(GREEN, '--out', 'r.jsonl');
    const table = await run('photos', '--out', 'r.jsonl', '--resume');
    expect(table.stdout).not.toContain('green.png');
    expect(table.stderr).toMatch(
      /^2 pictures judged by .*, 1 before that: 1 to block, 1 to review, 1 allowed; 1 other/,
    );
    expect(await inputsIn(join(folder, 'r.jsonl'))).toEqual([GREEN, BROWN, RED]);
    const json = await run('photos', '--out', 'r.jsonl', '--resume', '--json');
    expect(recordsOf(json.stdout).map(({ input }) => input)).toEqual([GREEN, BROWN, RED]);
    expect(json.stdout).not.toContain('"run"');
    expect(json.code).toBe(3);
    const csv = await run('photos', '--out', 'r.jsonl', '--resume', '--csv');
    expect(csv.stdout.split('\r\n')).toHaveLength(5);
  });

  it('judges with --resume what was away before, and has each once', async () => {
    await rename(join(folder, 'photos', 'trip'), join(folder, 'away'));
    await run(GREEN, RED, BROWN, '--out', 'r.jsonl');
    await rename(join(folder, 'away'), join(folder, 'photos', 'trip'));
    const { code, stderr } = await run(GREEN, RED, BROWN, '--out', 'r.jsonl', '--resume');
    expect(stderr).toMatch(/^1 picture judged by .*, 2 before that: 1 to block, 1 to review, 1 allowed\n$/);
    expect(code).toBe(3);
    expect(await inputsIn(join(folder, 'r.jsonl'))).toEqual([GREEN, BROWN, RED]);
  });

  it('refuses to go on as another profile, with another policy or another block list', async () => {
    const scanned = (...args: string[]): Promise<Ended> =>
      startIn(folder, ['scan', GREEN, '--out', 'r.jsonl', ...args]).ended;
    await scanned('--profile', 'fast');
    const records = await read('r.jsonl');
    await write('policy.json', '{}');
    await write('known.txt', '');
    for (const other of [
      ['--profile', 'balanced'],
      ['--profile', 'fast', '--policy', 'policy.json'],
      ['--profile', 'fast', '--block-list', 'known.txt'],
    ]) {
      const { code, stdout, stderr } = await scanned('--resume', ...other);
      expect(stderr).toMatch(
        /line 1 of 'r\.jsonl' is of the run 'fast, policy default, .*\(resume-refused\)/,
      );
      expect(stdout).toBe('');
      expect(code).toBe(1);
    }
    expect(await read('r.jsonl')).toBe(records);
  });
});

describe('figleaf scan --html', () => {
  it('writes a page with the records and previews of them', async () => {
    const { stderr } = await run('photos', '--html', 'r.html');
    expect(stderr).toMatch(/\nthe report is in r\.html\n$/);
    const { entries, interrupted, counts } = await reportIn(join(folder, 'r.html'));
    expect(entries.map(({ record }) => record.input)).toEqual([RED, BROWN, GREEN]);
    for (const { thumbnail } of entries)
      expect(Buffer.from(thumbnail!, 'base64').toString('latin1')).toMatch(/^RIFF/);
    expect(counts).toMatchObject({ block: 1, review: 1, allow: 1 });
    expect(interrupted).toBe(false);
  });

  it('makes previews of what an earlier run found, and none of what it allowed or what has gone', async () => {
    await writePictures(folder, { 'photos/gone.png': 'block' });
    await run('photos', '--out', 'r.jsonl');
    await rm(join(folder, 'photos', 'gone.png'));
    await run('photos', '--out', 'r.jsonl', '--resume', '--html', 'r.html');
    const { entries } = await reportIn(join(folder, 'r.html'));
    const previewed = entries.filter(({ thumbnail }) => thumbnail).map(({ record }) => record.input);
    expect(previewed).toEqual([RED, BROWN]);
    expect(entries).toHaveLength(4);
    expect(await inputsIn(join(folder, 'r.jsonl'))).toHaveLength(4);
  });
});

describe('figleaf scan --move-to and --copy-to', () => {
  it('only say what they would do with --dry-run', async () => {
    const before = await filesIn('.');
    const { stderr } = await run('photos', '--move-to', 'sorted', '--dry-run');
    expect(stderr).toContain(`would move '${BROWN}' to '${join('sorted', 'review', 'brown.png')}'\n`);
    expect(stderr).toContain(`would move '${RED}' to '${join('sorted', 'block', 'trip', 'red.png')}'\n`);
    expect(stderr).toMatch(/; 2 would be moved\n/);
    expect(await filesIn('.')).toEqual(before);
  });

  it('move files by verdict, also into the scanned folder, and find them no more', async () => {
    const sorted = inPhotos('sorted');
    const { code, stderr } = await run('photos', '--move-to', sorted);
    expect(stderr).toMatch(/; 2 moved\n/);
    expect(code).toBe(3);
    expect(await filesIn('photos')).toEqual([
      'green.png',
      'notes.txt',
      join('sorted', 'block', 'trip', 'red.png'),
      join('sorted', 'review', 'brown.png'),
    ]);
    expect((await run('photos', '--move-to', sorted)).stderr).toMatch(/^1 picture judged/);
  });

  it('copy files by verdict', async () => {
    const { stderr } = await run('photos', '--copy-to', 'sorted');
    expect(stderr).toMatch(/; 2 copied\n/);
    expect(await filesIn('sorted')).toEqual([join('block', 'trip', 'red.png'), join('review', 'brown.png')]);
    expect(await filesIn('photos')).toContain('brown.png');
  });

  it.each(['.', 'photos/**/*.png'])(
    'sort what the run before did not come to, in the same places: %s',
    async (input) => {
      await run(input, '--out', 'r.jsonl');
      await run(input, '--out', 'r.jsonl', '--resume', '--move-to', 'later');
      const [later] = [await filesIn('later')];
      await rename(join(folder, 'later', later[0]!), join(folder, RED));
      await rename(join(folder, 'later', later[1]!), join(folder, BROWN));
      await rm(join(folder, 'later'), { recursive: true });
      await run(input, '--move-to', 'at-once');
      expect(later).toEqual(await filesIn('at-once'));
    },
  );

  it('end with 1 where a file could not be moved, and judge the rest', async () => {
    await mkdir(join(folder, 'sorted'));
    await write(join('sorted', 'block'), 'a file where a folder should be');
    const { code, stdout, stderr } = await run('photos', '--move-to', 'sorted');
    expect(stderr).toMatch(/figleaf:.* 'photos.trip.red\.png' stays where it is/);
    expect(stderr).toMatch(/; 1 moved; 1 could not be moved or copied\n/);
    expect(stdout).toMatch(/green\.png/);
    expect(await filesIn('photos')).toContain(join('trip', 'red.png'));
    expect(code).toBe(1);
  });
});

// Windows has no signal that a process could answer.
describe.skipIf(process.platform === 'win32')('figleaf scan, interrupted', () => {
  it('ends with 130, says so in the report, and is gone on with', async () => {
    const names = await writeMany(join(folder, 'many'), 800);
    const args = ['many', '--out', 'r.jsonl', '--html', 'r.html'];
    const { child, ended } = start(...args);
    void untilRecords('r.jsonl', 100).then(() => child.kill('SIGINT'));
    const { code, stderr } = await ended;
    expect(stderr).toMatch(/\ninterrupted; the same command with --resume goes on\n$/);
    expect(code).toBe(130);
    const before = await inputsIn(join(folder, 'r.jsonl'));
    expect(before.length).toBeGreaterThanOrEqual(100);
    expect(before.length).toBeLessThan(800);
    const report = await reportIn(join(folder, 'r.html'));
    expect(report.interrupted).toBe(true);
    expect(report.entries).toHaveLength(before.length);

    expect(await run(...args, '--resume')).toMatchObject({ code: 3 });
    expect(await inputsIn(join(folder, 'r.jsonl'))).toEqual(names.map((name) => join('many', name)));
    const whole = await reportIn(join(folder, 'r.html'));
    expect(whole).toMatchObject({ interrupted: false, counts: { block: 80, review: 80, allow: 640 } });
    const unseen = whole.entries.filter(({ record, thumbnail }) => record.verdict !== 'allow' && !thumbnail);
    expect(unseen).toEqual([]);
  });

  it('watches a folder until then, records what arrives once, and goes on without judging it again', async () => {
    const arrive = async (name: string): Promise<void> => {
      await write('arriving', await pictureOf('block'));
      await rename(join(folder, 'arriving'), join(folder, 'photos', name));
    };
    const watched = async (count: number, name: string): Promise<Ended> => {
      const { child, ended } = start('photos', '--watch', '--out', 'r.jsonl', '--resume', '--html', 'r.html');
      await untilRecords('r.jsonl', count);
      await arrive(name);
      await untilRecords('r.jsonl', count + 1);
      child.kill('SIGINT');
      return ended;
    };
    const first = await watched(3, 'new.png');
    expect(first.code).toBe(130);
    expect(first.stdout).toMatch(/new\.png/);
    expect(first.stderr).toMatch(/^4 pictures judged .* 2 to block, 1 to review, 1 allowed/);
    expect((await reportIn(join(folder, 'r.html'))).interrupted).toBe(false);

    const second = await watched(4, 'newer.png');
    expect(second.stderr).toMatch(/^1 picture judged .* 4 before that: 3 to block, 1 to review, 1 allowed/);
    const all = [BROWN, GREEN, RED, inPhotos('new.png'), inPhotos('newer.png')];
    expect(await inputsIn(join(folder, 'r.jsonl'))).toEqual(all);
    expect((await reportIn(join(folder, 'r.html'))).entries).toHaveLength(5);
  });
});

describe('figleaf scan --help', () => {
  it('teaches', async () => {
    const { code, stdout } = await startIn(folder, ['scan', '--help']).ended;
    for (const part of ['Verdicts:', 'Examples:', 'Exit codes:', '0.5 or more', '0.85 or more']) {
      expect(stdout).toContain(part);
    }
    expect(code).toBe(0);
  });
});
