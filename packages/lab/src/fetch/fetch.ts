/** Fetches the pictures of a list of URLs into a folder with a folder for each class. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FigleafError, type FigleafErrorCode } from 'figleaf';
import { endingOf, formatOf, lockFile, writeWholeFile } from 'figleaf/commands';
import pLimit from 'p-limit';
import { eachAtOnce } from '../each-at-once.ts';
import { sha256 } from '../sha256.ts';
import { makeOutFolder, unwritable } from '../unwritable.ts';
import { type AddressRule, publicAddresses } from './address.ts';
import { hasPassword, openConnections } from './connect.ts';
import { type FetchedLine, FetchLog } from './log.ts';
import { Paces } from './pace.ts';
import { getPicture, RequestFailure, type RequestSettings } from './request.ts';
import type { ListedUrl } from './url-list.ts';

/** Name of the log in the folder of the pictures. */
export const FETCH_LOG = 'fetched.jsonl';

/** How pictures are fetched. */
export interface FetchOptions {
  /** Most bytes of a picture. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** Most requests a second to one host, of which two are under way at most. Default 4. */
  readonly perSecond?: number | undefined;
  /** How often a URL is tried where the network fails or a server says that it is not well. Default 4. */
  readonly tries?: number | undefined;
  /** Milliseconds before the second try; before each further one twice as many. Default 1,000. */
  readonly backoff?: number | undefined;
  /** Which addresses may be connected to. Default: those of the open internet, never this machine's or a private network's. */
  readonly isAllowed?: AddressRule | undefined;
  /** Stops it; run the same again to go on. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each URL that is done, also by an earlier run. */
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
}

/** How far it is. */
export interface FetchProgress {
  readonly done: number;
  readonly total: number;
  /** Bytes that came so far. */
  readonly bytes: number;
}

/** What became of a list. */
export interface FetchSummary {
  /** Pictures that are there now. */
  readonly pictures: number;
  /** Those that this run fetched. */
  readonly fetched: number;
  /** URLs that gave none, by why. */
  readonly failed: Readonly<Partial<Record<FigleafErrorCode, number>>>;
  /** Of those the ones that another run tries again. */
  readonly passing: number;
}

const AT_ONCE = 16;
const PER_HOST = 2;
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Fetches pictures into `FOLDER/CLASS/`, 16 at a time, each host at its own pace. Files are named after their URLs and written
 * whole or not at all. What is no picture by its first bytes, is too large, or lies on this machine or in a private network
 * is not kept. Each URL has a line in `FOLDER/fetched.jsonl` ({@link FetchedLine}), which says where a picture is from.
 *
 * Run again it goes on: what is there is not asked for, what failed for good (no such page, no picture) neither; what failed for
 * now (no network, a server that is not well) is.
 *
 * @throws {FigleafError} `output-unwritable`; `url-list-invalid` for a URL with a name or password in it, before any is asked for. A URL
 * that gives nothing is a line in the log, and not an error.
 *
 * @example
 * ```ts
 * const { pictures, failed } = await fetchPictures(await readUrlList('hats.txt'), 'pictures');
 * console.log(pictures, failed);
 * ```
 */
export async function fetchPictures(
  list: readonly ListedUrl[],
  folder: string,
  options: FetchOptions = {},
): Promise<FetchSummary> {
  const { signal, onProgress, isAllowed = publicAddresses(), perSecond = 4 } = options;
  signal?.throwIfAborted();
  checkNoPasswords(list);
  await makeOutFolder(folder);
  const path = join(folder, FETCH_LOG);
  await using _lock = await lockFile(path).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  await using log = await FetchLog.open(path);
  await using connections = openConnections(isAllowed);
  const settings: RequestSettings = {
    connections,
    paces: new Paces(1000 / perSecond),
    maxBytes: options.maxBytes ?? MOST_BYTES,
    tries: options.tries ?? 4,
    backoff: options.backoff ?? 1000,
    signal,
  };
  const tally = new Tally(list.length, onProgress);
  const wanted: ListedUrl[] = [];
  for (const listed of list) {
    const line = log.before.get(listed.url);
    if (line && (await isFinal(line, listed, folder))) tally.add(line, false);
    else wanted.push(listed);
  }
  const limit = pLimit(AT_ONCE);
  await Promise.all(
    byHost(wanted).map((urls) =>
      eachAtOnce(urls, PER_HOST, (listed) =>
        limit(async () => {
          const line = await fetchOne(listed, folder, settings);
          await log.add(line);
          tally.add(line, true);
        }),
      ),
    ),
  );
  return tally.summary();
}

/** The log would tell them to whoever reads it. */
function checkNoPasswords(list: readonly ListedUrl[]): void {
  const index = list.findIndex(({ url }) => hasPassword(new URL(url)));
  if (index < 0) return;
  throw new FigleafError(
    'url-list-invalid',
    `URL ${index + 1} of the list has a name or password in it: such are not fetched; take it out`,
  );
}

/** Whether there is nothing left to ask for. */
async function isFinal(line: FetchedLine, { className }: ListedUrl, folder: string): Promise<boolean> {
  if (line.file === null) return line.error?.isPassing !== true;
  const info = await stat(join(folder, line.file)).catch(() => null);
  return line.class === className && info?.size === line.bytes;
}

/** Hosts are asked side by side. */
function byHost(list: readonly ListedUrl[]): ListedUrl[][] {
  const hosts = new Map<string, ListedUrl[]>();
  for (const listed of list) {
    const { host } = new URL(listed.url);
    const urls = hosts.get(host);
    if (urls) urls.push(listed);
    else hosts.set(host, [listed]);
  }
  return [...hosts.values()];
}

async function fetchOne(
  { url, className }: ListedUrl,
  folder: string,
  settings: RequestSettings,
): Promise<FetchedLine> {
  const time = new Date().toISOString();
  try {
    const { bytes, finalUrl, status } = await getPicture(url, settings);
    const file = `${className}/${sha256(url).slice(0, 20)}.${endingOf(formatOf(bytes))}`;
    await makeOutFolder(join(folder, className));
    await writeWholeFile(join(folder, file), [bytes]);
    return {
      url,
      finalUrl,
      class: className,
      time,
      status,
      file,
      bytes: bytes.length,
      sha256: sha256(bytes),
    };
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    const { finalUrl, status, isPassing } = error;
    const { code, message } = error.cause;
    return {
      url,
      finalUrl,
      class: className,
      time,
      status,
      file: null,
      error: { code, message, isPassing },
    };
  }
}

/** Counts what became of each URL. */
class Tally {
  readonly #total: number;
  readonly #onProgress: FetchOptions['onProgress'];
  readonly #failed: Partial<Record<FigleafErrorCode, number>> = {};
  #pictures = 0;
  #fetched = 0;
  #passing = 0;
  #done = 0;
  #bytes = 0;

  constructor(total: number, onProgress: FetchOptions['onProgress']) {
    this.#total = total;
    this.#onProgress = onProgress;
  }

  add({ file, bytes = 0, error }: FetchedLine, isNew: boolean): void {
    if (file !== null) this.#pictures++;
    if (file !== null && isNew) {
      this.#fetched++;
      this.#bytes += bytes;
    }
    if (error) this.#failed[error.code] = (this.#failed[error.code] ?? 0) + 1;
    if (error?.isPassing) this.#passing++;
    this.#onProgress?.({ done: ++this.#done, total: this.#total, bytes: this.#bytes });
  }

  summary(): FetchSummary {
    return {
      pictures: this.#pictures,
      fetched: this.#fetched,
      failed: this.#failed,
      passing: this.#passing,
    };
  }
}
