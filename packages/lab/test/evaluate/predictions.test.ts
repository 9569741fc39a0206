/** Files of scores: what is read, what is refused, and which picture a line is of. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPredictions, scoresOf } from '../../src/evaluate/predictions.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-predictions-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, text: string) {
  const path = join(folder, name);
  await writeFile(path, text);
  return readPredictions(path);
}

describe('readPredictions', () => {
  it('reads CSV, with quotes and another order of names', async () => {
    const text = '\uFEFFpath,Hat,shoe\n"a ""b"", c.jpg",0.25,0.75\r\nd\\e.jpg, 1 ,0\n\n';
    const { labels, areExclusive, scores } = await read('a.csv', text);
    expect(labels).toEqual(['hat', 'shoe']);
    expect(areExclusive).toBe(true);
    expect([...scores]).toEqual([
      ['a "b", c.jpg', [0.25, 0.75]],
      ['d/e.jpg', [1, 0]],
    ]);
  });

  it('reads JSON lines and records of a scan', async () => {
    const { labels, areExclusive, scores } = await read(
      'a.jsonl',
      '{"name":"a.jpg","scores":{"hat":0.5,"shoe":0.9}}\n' +
        '{"input":"b.jpg","kind":"image","scores":{"safe":1},"classes":{"shoe":0.1,"HAT":1}}\n' +
        '{"input":"c.jpg","error":{"code":"image-corrupt"}}\n',
    );
    expect(labels).toEqual(['hat', 'shoe']);
    expect(areExclusive).toBe(false);
    expect([...scores.values()]).toEqual([[0.5, 0.9], [1, 0.1], null]);
  });

  it.each([
    ['a.csv', 'path,hat\na.jpg,nan\n', /line 2 .*score of 'hat' is NaN/],
    ['a.csv', 'path,hat\na.jpg,\n', /line 2 .*score of 'hat' is empty/],
    ['a.csv', 'path,hat,shoe\na.jpg,1, \n', /line 2 .*score of 'shoe' is empty/],
    ['a.txt', 'path,hat\na.jpg,1\n', /line 1 .*\*\.csv, or \*\.jsonl/],
    ['a.csv', 'path,hat\na.jpg,1.5\n', /1\.5, and not a number from 0 to 1/],
    ['a.csv', 'path,hat\na.jpg,1,2\n', /2 scores, and 1 classes/],
    ['a.csv', 'path,hat\na.jpg,1\na.jpg,1\n', /line 3 .*there already/],
    ['a.csv', 'path,hat\na"b.jpg,1\n', /line 2 .*quote/],
    ['a.csv', 'path;hat\na.jpg;1\n', /line 1 .*with commas between/],
    ['a.csv', 'path,hat, Hat\na.jpg,1,0\n', /line 1 .*'hat' has two columns/],
    ['a.csv', '', /no scores in/],
    ['a.jsonl', '{"name":"a.jpg","classes":{"hat":NaN}}', /line 1 .*score of 'hat' is NaN/],
    ['a.jsonl', '{"name":"a.jpg","classes":{"hat":"1"}}', /NaN/],
    ['a.jsonl', '{"name":"a.jpg"}', /'classes' is an object/],
    ['a.jsonl', '{"classes":{}}', /'name' is the path/],
    ['a.jsonl', 'hat', /no object of JSON/],
    [
      'a.jsonl',
      '{"name":"a","classes":{"hat":1}}\n{"name":"b","classes":{"shoe":1}}',
      /line 2 .*no score of 'hat'/,
    ],
    [
      'a.jsonl',
      '{"name":"a","classes":{"hat":1}}\n{"name":"b","classes":{"hat":1,"shoe":1}}',
      /more classes than/,
    ],
  ])('refuses %s of %j', async (name, text, message) => {
    await expect(read(name, text)).rejects.toMatchObject({
      code: 'predictions-invalid',
      message: expect.stringMatching(message),
    });
  });

  it('says that there is none', async () => {
    await expect(readPredictions(join(folder, 'none.csv'))).rejects.toMatchObject({
      code: 'input-not-found',
    });
  });
});

describe('scoresOf', () => {
  it('takes the longest end of the path, but no less than the name', async () => {
    const text = 'path,hat\nhats/1.jpg,0.1\ndata/hats/1.jpg,0.2\n2.jpg,0.3\n';
    const predictions = await read('b.csv', text);
    expect(scoresOf(predictions, { path: '/x/data/hats/1.jpg', name: 'hats/1.jpg' })).toEqual([0.2]);
    expect(scoresOf(predictions, { path: 'C:\\y\\hats\\1.jpg', name: 'hats/1.jpg' })).toEqual([0.1]);
    expect(scoresOf(predictions, { path: '/x/hats/2.jpg', name: 'hats/2.jpg' })).toBeUndefined();
    expect(scoresOf(predictions, { path: '/x/hats/2.jpg', name: '2.jpg' })).toEqual([0.3]);
  });
});
