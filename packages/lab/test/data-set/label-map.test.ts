/** Label maps are read as they are meant, and what they lack is said at once. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLabelMap, readLabelMap, targetsOf } from '../../src/data-set/label-map.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-map-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a label map', () => {
  it('is read with names in lower case', async () => {
    const path = join(folder, 'map.json');
    await writeFile(path, '\uFEFF{"Porn": "Nude", "neutral": " safe ", "odd": null}');
    expect([...(await readLabelMap(path))]).toEqual([
      ['porn', 'nude'],
      ['neutral', 'safe'],
      ['odd', null],
    ]);
  });

  it('gives each class its target, and lists all that it lacks', () => {
    const map = parseLabelMap('{"a": "x", "b": null}', 'map.json');
    expect(targetsOf(map, ['b', 'a'], 'map.json')).toEqual([null, 'x']);
    expect(() => targetsOf(map, ['a', 'd', 'c', 'd'], 'map.json')).toThrow(
      expect.objectContaining({ code: 'label-unknown', message: expect.stringContaining("'c', 'd'") }),
    );
  });

  it.each(['{', '[]', 'null', '3', '{"a": 3}', '{"a": ""}', '{"a": "x", "A": "y"}'])('refuses %s', (text) => {
    expect(() => parseLabelMap(text, 'map.json')).toThrow(
      expect.objectContaining({ code: 'label-map-invalid' }),
    );
  });

  it.each([
    ['{"a": "x", "b": "y", "a": "z"}', 'a'],
    ['{"a": null, "a": null}', 'a'],
    ['{"caf\\u00e9": "x", "café" : "y"}', 'café'],
    ['{"\\"": "x", "a": "\\\\", "\\"":null}', '"'],
    ['{"a": {"b": ":"}, "a": "z"}', 'a'],
  ])('refuses a class that is there twice: %s', (text, name) => {
    expect(() => parseLabelMap(text, 'map.json')).toThrow(
      expect.objectContaining({
        code: 'label-map-invalid',
        message: expect.stringContaining(`'${name}' is there twice`),
      }),
    );
  });

  it('takes targets and names that look like keys, and one class in two spellings', () => {
    const text = '{"a": "a", "b": "\\"a\\": ", "Hat": "c", "hat": "c", "\\\\": "x\\\\"}';
    expect([...parseLabelMap(text, 'map.json')]).toEqual([
      ['a', 'a'],
      ['b', '"a":'],
      ['hat', 'c'],
      ['\\', 'x\\'],
    ]);
  });

  it('says that a file is not there', async () => {
    await expect(readLabelMap(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'input-not-found' });
  });
});
