/** Runs `fixtures/lifecycle.mjs` and says how it ended. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { slowModel } from './tiny-models.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/lifecycle.mjs', import.meta.url));

/** A process that has not ended by itself by then counts as hanging. */
const HANGING_MS = 10_000;

/** The ways in which a program ends, each with the exit code or signal that it must end with. */
export const ENDINGS = {
  abort: 0,
  dispose: 0,
  exit: 7,
  throw: 1,
  sigint: 'SIGINT',
  sigterm: 'SIGTERM',
} as const;

export type Ending = keyof typeof ENDINGS;

/** What became of one run of the program. */
export interface Outcome {
  /** Exit code, or the signal that killed it, or `hung`. */
  readonly end: number | string | null;
  readonly output: string;
  readonly errors: string;
}

/** Files that the program works on. */
export async function makeFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'figleaf-lifecycle-'));
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  const picture = sharp({ create: { width: 3000, height: 2000, channels: 3, background: 'grey', noise } });
  await picture.jpeg().toFile(join(path, 'picture.jpg'));
  await writeFile(join(path, 'slow.onnx'), slowModel());
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** Runs the program until it ends. */
export function runProgram(
  ending: Ending,
  delayMs: number,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ending, String(delayMs), folder], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    let hung = false;
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const timer = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, delayMs + HANGING_MS);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ end: hung ? 'hung' : (code ?? signal), output, errors });
    });
  });
}
