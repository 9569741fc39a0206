/** Files over HTTP: through proxies, going on where an earlier attempt ended, and never more than was announced. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { FigleafError } from '../../errors.ts';
import { asUnwritable, type Part, rekeyPart } from '../folder.node.ts';
import { networkReason } from './network-reason.node.ts';

/** Where the bytes go, and what is known of them. */
export interface DownloadOptions {
  readonly id: string;
  /** Size of the file where it is known. */
  readonly bytes: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (bytes: number, total: number | null) => void;
}

/** Where nobody says how large a file is, this is enough for any model of the catalogue. */
const MOST_BYTES = 2 ** 30;
const MOST_ATTEMPTS = 5;
const SECONDS_OF_SILENCE = 30;

/**
 * Downloads a file into a part, behind what is in it already if that is the beginning of the same file.
 *
 * @param keep Called with the part whenever it got another name.
 * @throws {FigleafError} `model-pull-failed`, `store-unwritable`.
 */
export async function download(
  url: string,
  part: Part,
  options: DownloadOptions,
  keep: (part: Part) => void,
): Promise<void> {
  const { fetch, EnvHttpProxyAgent } = await import('undici');
  const silence = SECONDS_OF_SILENCE * 1000;
  const dispatcher = new EnvHttpProxyAgent({ headersTimeout: silence, bodyTimeout: silence });
  let current = part;
  const get: Get = (headers, signal) => fetch(url, { headers, dispatcher, signal: signal ?? null });
  try {
    for (let attempt = 1; ; attempt++) {
      const ended = await attemptOnce(get, url, current, options, (renamed) => {
        current = renamed;
        keep(renamed);
      });
      if (ended.done) return;
      // A connection that broke after it gave something may be tried again; one that gave nothing would only do so once more.
      if (!ended.gained || attempt === MOST_ATTEMPTS) throw ended.error;
    }
  } finally {
    await dispatcher.destroy();
  }
}

type Get = (headers: Record<string, string>, signal: AbortSignal | undefined) => Promise<Answer>;

/** The part of a `Response` that is used. */
interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

type Ended =
  | { readonly done: true }
  | { readonly done: false; readonly gained: boolean; readonly error: unknown };

async function attemptOnce(
  get: Get,
  url: string,
  part: Part,
  options: DownloadOptions,
  keep: (part: Part) => void,
): Promise<Ended> {
  await using file = await openPart(part);
  const had = await sizeOf(file);
  let at = had;
  try {
    const answer = await ask(get, part.key === '' ? 0 : had, options);
    if (answer.status === OUT_OF_RANGE && had > 0) return startOver(file, part, keep, options.id);
    const plan = planOf(answer, url, options.bytes);
    const goesOn = plan.from <= had && plan.key === part.key;
    if (!goesOn && plan.from > 0) return startOver(file, part, keep, options.id);
    if (plan.from === 0) await writable(file.truncate(0));
    at = plan.from;
    keep(await rekeyPart(options.id, part, plan.key));
    options.onProgress(at, plan.total);
    for await (const chunk of answer.body ?? []) {
      at += chunk.length;
      if (at > (plan.total ?? MOST_BYTES)) throw failed(url, 'it sends more than it announced');
      await writable(file.write(chunk, 0, chunk.length, at - chunk.length));
      options.onProgress(at, plan.total);
    }
    if (plan.total !== null && at < plan.total) throw failed(url, 'the connection ended early');
    return { done: true };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof FigleafError && error.code === 'store-unwritable') throw error;
    return { done: false, gained: at > had, error: asFailed(url, error) };
  }
}

/** The next attempt asks for all of it. */
async function startOver(
  file: FileHandle,
  part: Part,
  keep: (part: Part) => void,
  id: string,
): Promise<Ended> {
  await writable(file.truncate(0));
  keep(await rekeyPart(id, part, NOTHING));
  return { done: false, gained: true, error: new Error('the file changed meanwhile') };
}

/** Stands for no beginning at all; no answer has it. */
const NOTHING = '0'.repeat(16);

async function openPart({ path }: Part): Promise<FileHandle> {
  return writable(open(path, 'r+'));
}

async function sizeOf(file: FileHandle): Promise<number> {
  return (await file.stat()).size;
}

const OUT_OF_RANGE = 416;

async function ask(get: Get, had: number, { signal }: DownloadOptions): Promise<Answer> {
  const headers = {
    // GitHub's interface for programs sends a description of the file without this.
    accept: 'application/octet-stream',
    'accept-encoding': 'identity',
    'user-agent': 'figleaf',
  };
  // The last byte is asked for once more: behind a part that is complete there is nothing to ask for.
  return get(had > 1 ? { ...headers, range: `bytes=${had - 1}-` } : headers, signal);
}

interface Plan {
  /** Where the first byte that comes belongs. */
  readonly from: number;
  readonly total: number | null;
  readonly key: string;
}

function planOf({ status, headers }: Answer, url: string, bytes: number | undefined): Plan {
  if (status !== 200 && status !== 206) throw failed(url, `HTTP status ${status}`);
  if (/^text\/html/i.test(headers.get('content-type') ?? '')) {
    throw failed(url, 'a web page came instead of the file; it may want a sign-in');
  }
  const [, start, whole] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (status === 206 && start === undefined) throw failed(url, 'the answer does not say which part it is');
  const length = whole ?? headers.get('content-length');
  const total = length === null || length === '*' ? null : Number(length);
  if (bytes !== undefined && total !== null && total !== bytes) {
    throw failed(url, `the file has ${total} bytes there, and must have ${bytes}`);
  }
  const version = headers.get('etag') ?? headers.get('last-modified') ?? '';
  return {
    from: Number(start ?? 0),
    total: total ?? bytes ?? null,
    key: createHash('sha256').update(`${url}\n${version}\n${total}`).digest('hex').slice(0, 16),
  };
}

async function writable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asUnwritable(error);
  }
}

function asFailed(url: string, error: unknown): FigleafError {
  return error instanceof FigleafError ? error : failed(url, networkReason(error), error);
}

function failed(url: string, why: string, cause?: unknown): FigleafError {
  return new FigleafError('model-pull-failed', `${url}: ${why}`, { cause });
}
