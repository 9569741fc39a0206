/** Policy files: what JSON can be wrong with, and where. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePolicy, readPolicy } from './file.node.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-policy-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('policy files', () => {
  it('are JSON, with or without a byte order mark', async () => {
    const path = join(folder, 'strict.json');
    await writeFile(path, '\uFEFF{ "scores": { "unsafe": { "review": 0.2 } } }\r\n');
    expect(await readPolicy(path)).toEqual({ scores: { unsafe: { review: 0.2 } } });
  });

  it.each([
    ['{\n  "scores": {\n    "unsafe": { "review": 0.5, }\n  }\n}', 3, 32, "'}' does not belong there"],
    ['{ "name": "a"', 1, 14, 'it breaks off there'],
    ['{\n  "scores": {', 2, 14, 'it breaks off there'],
    ['{\n  "scores"', 2, 11, 'it breaks off there'],
    ['{ "scores": { "unsafe": { "review": 0.', 1, 39, 'it breaks off there'],
    ['{ "name": "a', 1, 14, 'it breaks off there'],
    ['', 1, 1, 'it breaks off there'],
    ["{ 'name': 'a' }", 1, 3, "''' does not belong there"],
    ['// strict\n{}', 1, 1, "'/' does not belong there"],
    ['{}\n{}', 2, 1, "'{' does not belong there"],
    ['{ "name": nul }', 1, 11, "'nul' does not belong there"],
  ])('say where %j is not JSON', (text, line, column, what) => {
    expect(() => parsePolicy(text, 'strict.json')).toThrow(
      new RegExp(`^the policy 'strict.json' is not JSON \\(line ${line}, column ${column}\\): ${what}$`),
    );
  });

  it.each([
    ['{\n  "scores": {},\n  "scores": {}\n}', "(line 3, column 3): 'scores' is there twice"],
    ['{ "classes": { "porn": { "block": 0.5 }, "porn": { "block": 0.9 } } }', "'porn' is there twice"],
    ['{ "__proto__": { "scores": {} } }', "(line 1, column 3): '__proto__' is no name of a rule"],
  ])('refuse %j', (text, message) => {
    expect(() => parsePolicy(text, 'strict.json')).toThrow(message);
  });

  it('tell the first of many mistakes, and how many more there are', () => {
    const classes = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`c${index}`, { block: 2 }]),
    );
    expect(() => parsePolicy(JSON.stringify({ classes }), 'strict.json')).toThrow(
      /c4\.block.*; and 95 more$/,
    );
  });

  it('name themselves and the place that is wrong', async () => {
    expect(() => parsePolicy('{ "class": {} }', 'strict.json')).toThrow(
      "the policy 'strict.json': 'class' is not known: did you mean 'classes'?",
    );
    const nowhere = join(folder, 'nowhere.json');
    await expect(readPolicy(nowhere)).rejects.toMatchObject({
      code: 'policy-invalid',
      message: `cannot read the policy '${nowhere}': there is no such file`,
    });
    await expect(readPolicy(folder)).rejects.toThrow(/cannot read the policy .*directory/);
  });
});
