/** What every packed install has to do: answer by ESM, by `require` and by `npx figleaf`, on four picture formats. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Project } from './project.ts';
import { writePictures } from './project.ts';

const JUDGE = `
async function judge({ loadClassifier }, names) {
  const classifier = await loadClassifier();
  const found = {};
  for (const name of names) found[name] = (await classifier.classify(name)).classes;
  await classifier.close();
  return { runtime: classifier.runtime, found };
}`;

const SCRIPTS = {
  'esm.mjs': `import * as figleaf from 'figleaf';${JUDGE}
console.log(JSON.stringify(await judge(figleaf, process.argv.slice(2))));`,
  'required.cjs': `const figleaf = require('figleaf');${JUDGE}
judge(figleaf, process.argv.slice(2)).then((found) => console.log(JSON.stringify(found)));`,
};

/** What one way in answered. */
export interface Answer {
  readonly runtime: string;
  readonly found: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What a packed install should show. */
export interface Expected {
  /** The runtime that has to be chosen by itself. */
  readonly runtime: 'native' | 'wasm';
  /** Path of the Node to run on. Default: the one that runs the tests. */
  readonly node?: string;
}

/** Runs all three ways in; gives what ESM answered. */
export async function checkInstall(project: Project, { runtime, node }: Expected): Promise<Answer> {
  const on = node === undefined ? {} : { node };
  const names = await writePictures(project.folder);
  const answers: Answer[] = [];
  for (const [script, text] of Object.entries(SCRIPTS)) {
    await writeFile(join(project.folder, script), text);
    const ended = await project.node([script, ...names], on);
    expect(ended, `${script}: ${ended.stderr}`).toMatchObject({ code: 0 });
    answers.push(JSON.parse(ended.stdout) as Answer);
  }
  const [esm, required] = answers as [Answer, Answer];
  expect(esm.runtime).toBe(runtime);
  expect(Object.keys(esm.found)).toEqual(names);
  for (const classes of Object.values(esm.found)) expectProbabilities(classes);
  expect(required).toEqual(esm);
  await checkCommand(project, names, esm, on);
  return esm;
}

async function checkCommand(
  project: Project,
  names: readonly string[],
  answer: Answer,
  on: { node?: string },
): Promise<void> {
  const help = await project.npx(['--help'], on);
  expect(help, help.stderr).toMatchObject({ code: 0 });
  expect(help.stdout).toContain('Usage: figleaf');
  const judged = await project.npx(['classify', '--json', ...names], on);
  expect(judged, judged.stderr).toMatchObject({ code: 0 });
  const records = judged.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { input: string; classes: Record<string, number> });
  expect(records.map(({ input }) => input)).toEqual(names);
  for (const { input, classes } of records) {
    for (const [label, p] of Object.entries(classes)) expect(p).toBeCloseTo(answer.found[input]![label]!, 4);
  }
}

function expectProbabilities(classes: Readonly<Record<string, number>>): void {
  expect(Object.keys(classes).sort()).toEqual(['drawing', 'hentai', 'neutral', 'porn', 'sexy']);
  const sum = Object.values(classes).reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(1, 4);
}
