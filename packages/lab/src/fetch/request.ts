/** One picture over HTTP: redirects, refusals, tries, and never more bytes than allowed. */
import type { Readable } from 'node:stream';
import { FigleafError } from 'figleaf';
import { formatOf, networkReason } from 'figleaf/commands';
import { type Dispatcher, request } from 'undici';
import type { Connections } from './connect.ts';
import { type Paces, pause } from './pace.ts';

/** What requests are made with. */
export interface RequestSettings {
  readonly connections: Connections;
  readonly paces: Paces;
  /** Most bytes of a picture. */
  readonly maxBytes: number;
  /** How often a URL is tried. */
  readonly tries: number;
  /** Milliseconds before the second try; before each further one twice as many. */
  readonly backoff: number;
  readonly signal: AbortSignal | undefined;
}

/** A picture that came. */
export interface Answer {
  readonly bytes: Uint8Array;
  /** Where redirects led. */
  readonly finalUrl: string;
  readonly status: number;
}

/** Why none came. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';

  constructor(
    override readonly cause: FigleafError,
    readonly finalUrl: string,
    /** Of HTTP; null where there was no answer. */
    readonly status: number | null,
    /** Whether another try may end otherwise. */
    readonly isPassing: boolean,
    /** Milliseconds that the server asks to be left alone for. */
    readonly restFor = 0,
  ) {
    super(cause.message, { cause });
  }
}

const MOST_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** Timeouts, too early, too many requests, and what servers say when they are not well. */
const PASSING: readonly number[] = [408, 425, 429, 500, 502, 503, 504];
/** For a whole picture, however slowly its bytes drip. Milliseconds. */
const LONGEST = 300_000;
/** A server that asks for more is not waited for. Milliseconds. */
const LONGEST_REST = 60_000;
/** Enough to tell a format by. */
const HEAD_BYTES = 4096;

/**
 * Gets a picture.
 *
 * @throws {RequestFailure} Where none came.
 */
export async function getPicture(url: string, settings: RequestSettings): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await follow(url, settings);
    } catch (error) {
      settings.signal?.throwIfAborted();
      if (!(error instanceof RequestFailure) || !error.isPassing || attempt >= settings.tries) throw error;
      const wait = Math.max(error.restFor, settings.backoff * 2 ** (attempt - 1));
      settings.paces.rest(new URL(error.finalUrl).host, error.restFor);
      await pause(wait, settings.signal);
    }
  }
}

async function follow(url: string, settings: RequestSettings): Promise<Answer> {
  let current = new URL(url);
  const signals = [AbortSignal.timeout(LONGEST), ...(settings.signal ? [settings.signal] : [])];
  const signal = AbortSignal.any(signals);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    let status: number | null = null;
    try {
      await settings.connections.check(current);
      await settings.paces.turn(current.host, signal);
      const answer = await ask(current, settings.connections.dispatcher, signal);
      status = answer.statusCode;
      const next = REDIRECTS.includes(status) ? locationOf(answer, current) : null;
      if (next === null) return await take(answer, current, settings);
      answer.body.destroy();
      current = next;
    } catch (error) {
      if (error instanceof RequestFailure) throw error;
      throw failureOf(error, current, status);
    }
  }
  throw failure(current, null, false, `it leads on more than ${MOST_REDIRECTS} times`);
}

async function ask(url: URL, dispatcher: Dispatcher, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  // Errors of a body that is let go of are nobody's business.
  const answer = await request(url, {
    dispatcher,
    signal,
    headers: { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'figleaf' },
  });
  answer.body.on('error', () => undefined);
  return answer;
}

function locationOf({ headers, statusCode }: Dispatcher.ResponseData, from: URL): URL {
  const location = String(headers.location ?? '');
  if (location === '' || !URL.canParse(location, from))
    throw failure(from, statusCode, false, 'it leads on, but not where to');
  return new URL(location, from);
}

async function take(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  url: URL,
  { maxBytes }: RequestSettings,
): Promise<Answer> {
  try {
    if (statusCode !== 200) {
      const restFor = Math.min(LONGEST_REST, restOf(headers['retry-after']));
      throw failure(url, statusCode, PASSING.includes(statusCode), `HTTP status ${statusCode}`, restFor);
    }
    const announced = Number(headers['content-length'] ?? Number.NaN);
    if (announced > maxBytes) throw tooLarge(maxBytes);
    const bytes = await read(body, maxBytes);
    if (bytes.length === 0) throw new FigleafError('input-empty', 'the answer has no bytes');
    if (bytes.length < announced) throw failure(url, statusCode, true, 'the connection ended early');
    formatOf(bytes);
    return { bytes, finalUrl: url.href, status: statusCode };
  } finally {
    body.destroy();
  }
}

/** Ends as soon as there are too many bytes, or their beginning is no picture's. */
async function read(body: Readable, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let isLooked = false;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    if (isLooked || size < HEAD_BYTES) continue;
    formatOf(Buffer.concat(chunks));
    isLooked = true;
  }
  return Buffer.concat(chunks);
}

/** Seconds, or a date. In milliseconds; 0 for what is neither. */
function restOf(header: string | string[] | undefined): number {
  const text = String(header ?? '');
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Math.max(0, milliseconds || 0);
}

function tooLarge(maxBytes: number): FigleafError {
  return new FigleafError('input-too-large', `it has more than ${maxBytes} bytes`);
}

function failure(
  url: URL,
  status: number | null,
  isPassing: boolean,
  why: string,
  restFor?: number,
): RequestFailure {
  return new RequestFailure(new FigleafError('fetch-failed', why), url.href, status, isPassing, restFor);
}

/** Of what the network says another try may be better; a picture that is none stays so. */
function failureOf(error: unknown, url: URL, status: number | null): RequestFailure {
  const own = [error, (error as Error | undefined)?.cause].find((each) => each instanceof FigleafError);
  if (own instanceof FigleafError) return new RequestFailure(own, url.href, status, false);
  const isLate = (error as Error | undefined)?.name === 'TimeoutError';
  return failure(url, status, true, isLate ? 'it took too long' : networkReason(error));
}
