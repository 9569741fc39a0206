/** The browser build keeps the rules that bundlers set; see `packages/figleaf/tsdown.config.ts`. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const WEB = fileURLToPath(new URL('../../packages/figleaf/dist/web/', import.meta.url));
const FILES = ['codec-worker.js', 'index.js', 'picture-worker.js'];

const read = (file: string): Promise<string> => readFile(resolve(WEB, file), 'utf8');

/** Every `new URL('...', import.meta.url)` of a file. */
function literals(text: string): string[] {
  return [...text.matchAll(/new URL\(\s*["']([^"']+)["']\s*,\s*import\.meta\.url\s*\)/g)].map(
    ([, url]) => url!,
  );
}

describe('the browser build', () => {
  it('is three files', async () => {
    expect((await readdir(WEB)).filter((name) => name.endsWith('.js')).sort()).toEqual(FILES);
  });

  it.each(FILES)('%s imports nothing', async (file) => {
    const { importedFiles } = ts.preProcessFile(await read(file), true, true);
    expect(importedFiles.map(({ fileName }) => fileName)).toEqual([]);
  });

  it.each(FILES)('%s names only files that are there, relative to itself', async (file) => {
    const urls = literals(await read(file));
    for (const url of urls) {
      expect(url).toMatch(/^\.\.?\//);
      expect(existsSync(resolve(WEB, url)), url).toBe(true);
    }
  });

  it('names workers, models and wasm in the form that bundlers find', async () => {
    const index = await read('index.js');
    for (const worker of ['picture-worker', 'codec-worker']) {
      expect(index).toMatch(
        new RegExp(
          `new Worker\\(new URL\\("\\./${worker}\\.js", import\\.meta\\.url\\), \\{ type: "module" \\}\\)`,
        ),
      );
    }
    expect(literals(index)).toEqual(
      expect.arrayContaining(
        ['mobilenet_v2', 'mobilenet_v2_mid', 'inception_v3', 'activation-map'].map(
          (id) => `../../models/${id}.onnx`,
        ),
      ),
    );
    expect(literals(await read('picture-worker.js'))).toEqual(['../../wasm/ort-wasm-simd-threaded.wasm']);
  });
});
