/** Holds every source file to the rules of the house, and the rules themselves to made-up breaches of them. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { breaches, FLOORS, type InternalNames } from './architecture.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const HEAD = '/** A file. */\n';

async function sourcesUnder(folder: string): Promise<string[]> {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ts|mts|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

async function allSources(): Promise<string[]> {
  const folders = [
    ...FLOORS.flatMap((floor) => [`packages/${floor}/src`, `packages/${floor}/test`]),
    ...['bench', 'tools', 'test', 'examples/programs'],
  ];
  const beside = (await readdir(root)).filter((name) => name.endsWith('.ts'));
  const ofPackages = FLOORS.map((floor) => `packages/${floor}/tsdown.config.ts`).filter((path) =>
    existsSync(join(root, path)),
  );
  return [...(await Promise.all(folders.map(sourcesUnder))).flat(), ...beside, ...ofPackages];
}

/** The `imports` of the package `figleaf`, each with all the files it can stand for. */
async function internalNames(): Promise<InternalNames> {
  const text = await readFile(join(root, 'packages/figleaf/package.json'), 'utf8');
  const { imports } = JSON.parse(text) as { imports: Record<string, Record<string, string>> };
  return Object.fromEntries(
    Object.entries(imports).map(([name, files]) => [
      name,
      Object.values(files).map((file) => file.replace(/^\.\//, 'packages/figleaf/')),
    ]),
  );
}

describe('the house', () => {
  it('keeps its rules in every source file', async () => {
    const paths = await allSources();
    const names = await internalNames();
    const found = await Promise.all(
      paths.map(async (path) => breaches({ path, text: await readFile(join(root, path), 'utf8') }, names)),
    );
    expect(paths.length).toBeGreaterThan(50);
    expect(found.flat()).toEqual([]);
  });

  it('has a file for both ends of every internal name', async () => {
    const missing = Object.values(await internalNames())
      .flat()
      .filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });
});

describe('the rules', () => {
  const names: InternalNames = { '#threads': ['packages/figleaf/src/threads/threads.node.ts'] };
  const check = (path: string, code: string): string[] => breaches({ path, text: HEAD + code }, names);

  it.each([
    ['packages/onnx/src/a.ts', "import { scan } from 'figleaf';"],
    ['packages/onnx/src/a.test.ts', "import type { Pixels } from 'figleaf';"],
    ['packages/figleaf/src/classify/a.ts', "export { train } from '@figleaf/lab/train';"],
    ['packages/figleaf/src/classify/a.ts', "import { b } from '../../../lab/src/b.ts';"],
    ['packages/lab/src/a.ts', "type Api = import('@figleaf/server').Api;"],
  ])('refuse an import that goes a floor up: %s %s', (path, code) => {
    expect(check(path, code)).toEqual([expect.stringContaining('a floor up')]);
  });

  it.each([
    ['packages/figleaf/src/image/a.ts', "import { b } from '../runtime/b.ts';"],
    ['packages/lab/src/data-set/a.ts', "import { b } from '../train/b.ts';"],
    ['packages/figleaf/src/image/a.ts', "import type { b } from '../classify/b.ts';"],
    ['packages/figleaf/src/scan/a.ts', "import { b } from '../cli/b.ts';"],
    ['packages/figleaf/src/index.ts', "export { b } from './cli/b.ts';"],
    ['packages/figleaf/src/errors.ts', "import { b } from './image/b.ts';"],
    ['packages/figleaf/src/errors.ts', "import { spawn } from '#threads';"],
    ['packages/figleaf/src/threads/a.ts', "import { decodeImage } from '../index.ts';"],
    ['packages/figleaf/src/image/a.ts', "const b = await import('../runtime/b.ts');"],
  ])('refuse an import of a later room: %s %s', (path, code) => {
    expect(check(path, code)).toEqual([expect.stringContaining('later room')]);
  });

  it('refuse a room that nobody planned', () => {
    expect(check('packages/figleaf/src/misc/a.ts', "import { b } from '../errors.ts';")).toEqual([
      expect.stringContaining("'misc'"),
    ]);
  });

  it.each([
    ['packages/onnx/src/a.ts', "import { readFile } from 'node:fs';"],
    ['packages/figleaf/src/image/a.ts', "import { readFile } from 'node:fs';"],
    ['packages/figleaf/src/image/a.web.ts', "const fs = await import('node:fs');"],
    ['packages/onnx/src/a.ts', 'const { env } = process;'],
    ['packages/figleaf/src/scan/a.ts', 'const bytes = Buffer.from(text);'],
  ])('refuse Node where the browser must follow: %s %s', (path, code) => {
    expect(check(path, code)).toEqual([expect.stringContaining('must run in the browser too')]);
  });

  it('refuse a runtime in @figleaf/onnx', () => {
    const code = "import { InferenceSession } from 'onnxruntime-node';";
    expect(check('packages/onnx/src/a.ts', code)).toEqual([expect.stringContaining('never touches')]);
  });

  it.each([
    'export default 1;',
    'export default function () {}',
    'export default class {}',
    'const a = 1; export { a as default };',
  ])('refuse a default export: %s', (code) => {
    expect(check('tools/a.ts', code)).toEqual([expect.stringContaining('default export')]);
  });

  it.each(["import 'x';\n/** Late. */\n", '// A file.\n', '/* A file. */\n', '/** */\n', ''])(
    'refuse a file that does not say what it is for: %j',
    (text) => {
      expect(breaches({ path: 'tools/a.ts', text })).toEqual([expect.stringContaining('does not open')]);
    },
  );

  it.each([
    ['packages/lab/src/a.ts', "import { scan } from 'figleaf'; import { read } from '@figleaf/onnx';"],
    ['packages/figleaf/src/cli/a.ts', "const { commands } = await import('@figleaf/lab/commands');"],
    ['packages/figleaf/src/cli/a.ts', "import { b } from '../scan/b.ts'; import 'node:fs'; process.exit();"],
    ['packages/figleaf/src/runtime/a.ts', "import { spawn } from '#threads'; import '../errors.ts';"],
    ['packages/figleaf/src/index.ts', "export { scan } from './scan/scan.ts';"],
    ['packages/figleaf/src/image/a.node.ts', "import 'node:fs'; process.cwd();"],
    ['packages/figleaf/src/image/a.test.ts', "import 'node:fs'; import '../scan/b.ts';"],
    ['packages/onnx/src/a.ts', 'function process(b: number) { return b; } process(1); a.process();'],
    ['packages/onnx/tsdown.config.ts', 'export default {};'],
  ])('allow what the house allows: %s %s', (path, code) => {
    expect(check(path, code)).toEqual([]);
  });

  it('allow a shebang before the first line', () => {
    expect(breaches({ path: 'tools/a.ts', text: `#!/usr/bin/env node\n${HEAD}` })).toEqual([]);
  });
});
