/** `figleaf evaluate` as a user runs it: tables, JSON, notes and exit codes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train } from '@figleaf/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIn } from '../../../figleaf/test/command.ts';
import { CLASSES, drawColours } from '../drawn.ts';
import { TINY } from '../tiny.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-evaluate-command-'));
  await drawColours(join(folder, 'data'), 4);
  const rows = CLASSES.flatMap((colour, label) =>
    Array.from({ length: 4 }, (_, index) => {
      const scores = CLASSES.map((_, other) => (other === (label + (index === 3 ? 1 : 0)) % 3 ? 0.8 : 0.1));
      return [`${colour}/${index}.png`, ...scores].join(',');
    }),
  );
  await writeFile(join(folder, 'theirs.csv'), `path,${CLASSES.join(',')}\n${rows.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: readonly string[]) => startIn(folder, ['evaluate', ...args]).ended;

describe('figleaf evaluate', () => {
  it('prints tables, says what it measured, and writes the page', async () => {
    const { code, stdout, stderr } = await run(
      ...['data', '--predictions', 'theirs.csv', '--resamples', '0', '--out', 'report'],
      ...['--positive', 'red', '--at', 'recall=0.75', '--prevalence', '0.001'],
    );
    expect(stderr).toMatch(/^12 pictures \(all\), 3 classes\nto look at it, open report.index\.html\n$/);
    expect(stdout).toMatch(/^model +accuracy +macro F1 +log loss\ntheirs +75\.0 % +75\.0 %/);
    expect(stdout).toMatch(
      /\n\nmodel +ROC AUC \(red\) +avg\. precision \(red\) +calibration error \(red\)\ntheirs +0\.\d/,
    );
    expect(stdout).toMatch(/\nblue +75\.0 % +75\.0 % +75\.0 % +4 /);
    expect(stdout).toMatch(/red: recall at least 0\.75 from a score of 0\.45 on: precision 75\.0 %/);
    expect(code).toBe(0);
    expect(await readFile(join(folder, 'report', 'index.html'), 'utf8')).toContain('Evaluation of theirs');
  });

  it('tells sources apart where there are several', async () => {
    const lines = CLASSES.flatMap((colour) =>
      Array.from({ length: 4 }, (_, index) =>
        JSON.stringify({
          name: `data/${colour}/${index}.png`,
          class: colour,
          source: index === 3 ? 'web' : 'shop',
        }),
      ),
    );
    await writeFile(join(folder, 'sources.jsonl'), lines.join('\n'));
    const scores = (await readFile(join(folder, 'theirs.csv'), 'utf8')).replace(/^(?=\w+\/)/gm, 'data/');
    await writeFile(join(folder, 'with-folder.csv'), scores);
    const { stdout } = await run(
      ...['sources.jsonl', '--predictions', 'with-folder.csv', '--resamples', '0', '-q', '--positive', 'red'],
      ...['--out', 'sources'],
    );
    const page = await readFile(join(folder, 'sources', 'index.html'), 'utf8');
    for (const figure of ['recall of red', 'false positive rate'])
      expect(page).toContain(`<th scope="col">${figure} (from 0.5 on)</th>`);
    expect(stdout).toMatch(
      /\n\nwith-folder by source +pictures +accuracy +recall of red \(from 0\.5 on\) +false positive rate \(from 0\.5 on\)\nshop +9 +100\.0 % +100\.0 % +0\.0 %\nweb +3 +0\.0 % +0\.0 % +50\.0 %\n$/,
    );
  });

  it('prints JSON alone, the article’s table with --compare, and codes as they should be', async () => {
    // One is called a picture; the other is none by its name either, and passed over.
    for (const name of ['note.png', 'note.txt'])
      await writeFile(join(folder, 'data', 'red', name), 'no picture');
    const map = { blue: 'safe', green: 'safe', red: 'safe' };
    await writeFile(join(folder, 'safe.json'), JSON.stringify(map));
    const json = await run('data', '--model', 'mobilenet_v2', '--map', 'safe.json', '--json', '-q');
    const report = JSON.parse(json.stdout);
    expect(json.stdout).toBe(`${JSON.stringify(report, null, 2)}\n`);
    expect(json.stderr).toBe('');
    expect(json.code).toBe(4);
    expect(report).toMatchObject({
      pictures: 12,
      unreadable: [{ name: 'red/note.png', code: 'not-an-image' }],
    });
    const compared = await run(
      ...['data', '--compare', '--map', 'safe.json', '--resamples', '0', '--prevalence', '0.001'],
    );
    const [table, alarms] = compared.stdout.split('\n\n');
    const [heading, ...rows] = table!.split('\n');
    expect(heading).toMatch(
      /^model +safe precision +safe recall +unsafe precision +unsafe recall +false positives +accuracy$/,
    );
    expect(rows.map((row) => row.split(' ')[0])).toEqual(
      expect.arrayContaining(['balanced', 'nsfwjs:mobilenet_v2']),
    );
    for (const row of rows) expect(row).toMatch(/ - +\d[\d.]+ % +- +- +\d+ of 12 +\d[\d.]+ %$/);
    expect(alarms).toMatch(
      /^unsafe: from a score of 0\.5 on +precision +recall +false positive rate +precision at 0\.001\nbalanced /,
    );
    expect(compared.stderr).toMatch(/could not judge red\/note\.png \(not-an-image\)/);
  });

  it('calibrates a model once it is known that the evaluation can be done, and not before', async () => {
    await drawColours(join(folder, 'many'), 10);
    const names = CLASSES.flatMap((colour) =>
      Array.from({ length: 10 }, (_, index) => ({ name: `many/${colour}/${index}.png`, class: colour })),
    );
    const lines = names.map((line) => JSON.stringify({ ...line, part: 'validation' }));
    await writeFile(join(folder, 'many.jsonl'), lines.join('\n'));
    const training = { data: join(folder, 'many'), model: TINY, epochs: 1, batchSize: 8, threads: 1 };
    await train({ ...training, out: join(folder, 'run') });
    const model = join('run', 'model.onnx');
    const bytes = await readFile(join(folder, model));
    const args = ['many.jsonl', '--model', model, '--calibrate', '--resamples', '0'];
    for (const [more, message] of [
      [['--positive', 'pink'], /no class 'pink' to be positive/],
      [['--prevalence', '2'], /a prevalence is above 0 and below 1/],
      [['--at', 'recall=2'], /a wished recall is from 0 to 1/],
      [['--out', 'theirs.csv'], /theirs\.csv/],
      [['--predictions', 'none.csv'], /none\.csv/],
    ] as const) {
      const { code, stderr } = await run(...args, ...more);
      expect(stderr).toMatch(message);
      expect(code).toBe(1);
      expect((await readFile(join(folder, model))).equals(bytes), more[0]).toBe(true);
    }
    const { code, stderr } = await run(...args, '--positive', 'red');
    expect(stderr).toMatch(/^temperature [\d.]+, from 30 pictures/);
    expect(code).toBe(0);
    expect((await readFile(join(folder, model))).equals(bytes)).toBe(false);
  });

  it.each([
    [['data'], /name at least one model/],
    [['data', '--predictions', 'theirs.csv', '--at', 'luck=1'], /--at takes precision=0\.95/],
    [['data', '--predictions', 'theirs.csv', '--calibrate'], /--calibrate takes one --model/],
    [['nothing', '--predictions', 'theirs.csv'], /no folder 'nothing'/],
  ] as const)('refuses %j', async (args, message) => {
    const { code, stderr } = await run(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });
});
