/** Tests of paths in command lines. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellWord } from './shell-word.ts';

it.each([
  ['runs/digits/model.onnx', 'runs/digits/model.onnx', 'runs/digits/model.onnx'],
  ['Köln/1.jpg', 'Köln/1.jpg', 'Köln/1.jpg'],
  ['my set/m.jsonl', "'my set/m.jsonl'", '"my set/m.jsonl"'],
  ['-set/m.jsonl', './-set/m.jsonl', './-set/m.jsonl'],
  ["it's/$HOME", "'it'\\''s/$HOME'", '"it\'s/$HOME"'],
  ['a\\b', "'a\\b'", 'a\\b'],
])('%j is one word', (path, unix, windows) => {
  expect(shellWord(path, 'linux')).toBe(unix);
  expect(shellWord(path, 'win32')).toBe(windows);
});

it.skipIf(process.platform === 'win32')('is what a shell takes it for', () => {
  for (const path of ['a b', "it's", '$HOME', '`x`', '~', 'a"b', 'a\\b', 'a*', 'a;b', '-n x', '服 装']) {
    const said = execFileSync('sh', ['-c', `printf %s ${shellWord(path)}`], { encoding: 'utf8' });
    expect(said).toBe(path.startsWith('-') ? `./${path}` : path);
  }
});
