/** Runs `fixtures/write-records.ts`, stops it, and says what it left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FigleafError } from '../src/errors.ts';
import { type ScanRecord, toErrorRecord } from '../src/scan/record.ts';

export const RUN = 'fast, policy default, 0123456789ab';

const PROGRAM = fileURLToPath(new URL('./fixtures/write-records.ts', import.meta.url));

/** A record so long that its writing can be stopped in the middle. */
export function longRecord(i: number): ScanRecord {
  return toErrorRecord(`photos/${i}.jpg`, new FigleafError('image-corrupt', 'it is broken '.repeat(300)));
}

/** The inputs of a file that must have nothing but whole lines. */
export async function inputsIn(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line broke off');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as ScanRecord).input);
}

/** Writes with `kill -9` some milliseconds after the file was opened, if it has not ended by then. */
export async function writeAndKill(path: string, count: number, afterMs: number): Promise<void> {
  const child = start(process.execPath, programOf(path, count));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout!, 'data'), closed]);
  await Promise.race([sleep(afterMs, undefined, { ref: false }), closed]);
  child.kill('SIGKILL');
  await closed;
}

/** Writes where no file can be larger than `blocks` of at most 1 KiB. @returns What the program said. */
export async function writeWithin(path: string, count: number, blocks: number): Promise<string> {
  const limited = `ulimit -f ${blocks} && exec "$0" "$@"`;
  const child = start('sh', ['-c', limited, process.execPath, ...programOf(path, count)]);
  let said = '';
  child.stdout!.on('data', (chunk) => {
    said += chunk;
  });
  await once(child, 'close');
  return said;
}

const programOf = (path: string, count: number): string[] => [
  '--import',
  'tsx',
  PROGRAM,
  path,
  String(count),
];

function start(command: string, args: readonly string[]): ChildProcess {
  // The compiler's cache would be in the way of a limit on files.
  const env = { ...process.env, TSX_DISABLE_CACHE: '1' };
  return spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
}
