/** Fetches the pictures of a list of URLs into a folder with a folder for each class. */
import { rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FigleafErrorCode } from 'figleaf';
import { endingOf, formatOf, lockFile, writeWholeFile } from 'figleaf/commands';
import pLimit from 'p-limit';
import { eachAtOnce } from '../each-at-once.ts';
import { sha256 } from '../sha256.ts';
import { makeOutFolder, unwritable } from '../unwritable.ts';
import { type AddressRule, publicAddresses } from './address.ts';
import { openConnections } from './connect.ts';
import { removeList, writeList } from './list.ts';
import { FETCH_LOG, type FetchedLine, FetchLog } from './log.ts';
import { Paces } from './pace.ts';
import { getPicture, RequestFailure, type RequestSettings } from './request.ts';
import { checkListed, type ListedUrl } from './url-list.ts';

/** How pictures are fetched. */
export interface FetchOptions {
  /** Most bytes of a picture. Default 64 MiB. With more than before, those that were too large are asked for again. */
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
  /** Of those the ones that may be there another time; another run tries them again. */
  readonly passing: number;
}

const AT_ONCE = 16;
const PER_HOST = 2;
const MOST_BYTES = 64 * 2 ** 20;

/** What is counted for a URL. */
type Outcome = Pick<FetchedLine, 'class' | 'file' | 'bytes' | 'error'>;

const FORGOTTEN: Outcome = {
  class: '',
  file: null,
  error: { code: 'block-listed', message: 'it is on a block list', isPassing: false },
};

/**
 * Fetches pictures into `FOLDER/CLASS/`, 16 at a time, each host at its own pace. Files are named after their URLs and written
 * whole or not at all. What is no picture by its first bytes, is too large, or lies on this machine or in a private network
 * is not kept. Each URL has a line in `FOLDER/fetched.jsonl` ({@link FetchedLine}), which says where a picture is from. When all is
 * done, `FOLDER/listed.jsonl` is a manifest of those pictures that are of this list; others may lie there that were fetched before.
 *
 * Run again it goes on: what is there is not asked for, what failed for good (no such page, no picture) neither; what failed for
 * now (no network, a server that is not well) is, and so is what was too large where more bytes are allowed now. A picture whose class is
 * another in the list by now moves there. What a block list knew ({@link forgetFetched}) is never asked for again.
 *
 * @throws {FigleafError} `output-unwritable`; `url-list-invalid` before any is asked for: for what is no `http` or `https` URL, has a name or
 * password in it, has a class that cannot name a folder, or two of them. A URL that gives nothing is a line in the log, and not an error.
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
  const listed = checkListed(list);
  await makeOutFolder(folder);
  const path = join(folder, FETCH_LOG);
  await using _lock = await lockFile(path).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  await removeList(folder);
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
  const tally = new Tally(listed.length, onProgress);
  const wanted: ListedUrl[] = [];
  for (const one of listed) {
    const outcome = log.isForgotten(one.url) ? FORGOTTEN : await standing(one, log, folder, settings);
    if (outcome) tally.add(outcome, false);
    else wanted.push(one);
  }
  const limit = pLimit(AT_ONCE);
  await Promise.all(
    byHost(wanted).map((urls) =>
      eachAtOnce(urls, PER_HOST, (one) =>
        limit(async () => {
          const line = await fetchOne(one, folder, settings);
          await removeOld(log.before.get(one.url), line, folder);
          await log.add(line);
          tally.add(line, true);
        }),
      ),
    ),
  );
  await writeList(folder, tally.there);
  return tally.summary();
}

/** What the log says of a URL if there is nothing left to ask for; null where there is. */
async function standing(
  { url, className }: ListedUrl,
  log: FetchLog,
  folder: string,
  { maxBytes }: RequestSettings,
): Promise<FetchedLine | null> {
  const line = log.before.get(url);
  if (!line) return null;
  if (line.file === null) return isWorthATry(line, maxBytes) ? null : line;
  const info = await stat(join(folder, line.file)).catch(() => null);
  if (info?.size !== line.bytes) return null;
  if (line.class === className) return line;
  const moved = await move(line, className, folder);
  await log.add(moved);
  return moved;
}

/** Where a name leads may be another place tomorrow, and more bytes may be allowed than when there were too many. */
function isWorthATry({ error }: FetchedLine, maxBytes: number): boolean {
  if (error?.code === 'input-too-large') return maxBytes > (error.maxBytes ?? 0);
  return error?.isPassing === true || error?.code === 'address-refused';
}

/** The list has another class for it by now. */
async function move(line: FetchedLine, className: string, folder: string): Promise<FetchedLine> {
  const file = `${className}/${basename(line.file!)}`;
  await makeOutFolder(join(folder, className));
  await rename(join(folder, line.file!), join(folder, file)).catch((error: unknown) => {
    throw unwritable(join(folder, file), error);
  });
  await removeIfEmpty(join(folder, line.class));
  return { ...line, class: className, file };
}

/** What a new line does not name any more: the picture has another format now, another class, or is gone. */
async function removeOld(before: FetchedLine | undefined, now: FetchedLine, folder: string): Promise<void> {
  if (!before || before.file === null || before.file === now.file) return;
  const path = join(folder, before.file);
  await rm(path, { force: true }).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  await removeIfEmpty(join(folder, before.class));
}

/** A folder without pictures would be a class without any. */
async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
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
      error: {
        code,
        message,
        isPassing,
        ...(code === 'input-too-large' && { maxBytes: settings.maxBytes }),
      },
    };
  }
}

/** Counts what became of each URL. */
class Tally {
  /** The pictures. */
  readonly there: Outcome[] = [];
  readonly #total: number;
  readonly #onProgress: FetchOptions['onProgress'];
  readonly #failed: Partial<Record<FigleafErrorCode, number>> = {};
  #fetched = 0;
  #passing = 0;
  #done = 0;
  #bytes = 0;

  constructor(total: number, onProgress: FetchOptions['onProgress']) {
    this.#total = total;
    this.#onProgress = onProgress;
  }

  add(outcome: Outcome, isNew: boolean): void {
    const { file, bytes = 0, error } = outcome;
    if (file !== null) this.there.push(outcome);
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
      pictures: this.there.length,
      fetched: this.#fetched,
      failed: this.#failed,
      passing: this.#passing,
    };
  }
}
