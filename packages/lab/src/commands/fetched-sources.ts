/** Sources of `figleaf data prepare` that are lists of URLs: fetched beside the list, and from then on folders. */
import { FigleafError } from 'figleaf';
import { type Bar, type Console, printable, rateOf } from 'figleaf/commands';
import { type FetchSummary, fetchPictures } from '../fetch/fetch.ts';
import { readUrlList } from '../fetch/url-list.ts';
import type { PrepareSource } from '../prepare/options.ts';

/** How lists are fetched. */
export interface FetchSourcesOptions {
  /** Whether anything may be fetched at all. */
  readonly fetch: boolean;
  readonly signal: AbortSignal;
  readonly bar: Bar;
  readonly out: Console;
}

/** Sources that lie on this machine. */
export interface LocalSources {
  readonly sources: readonly PrepareSource[];
  /** URLs that gave no picture. */
  readonly failed: number;
}

const LIST = /\.txt$/i;

/**
 * Fetches the pictures of each source `NAME.txt` into the folder `NAME.fetched` beside it.
 *
 * @throws {FigleafError} `option-invalid` for a list without `fetch`, and the reverse; what {@link readUrlList} and
 * {@link fetchPictures} throw.
 */
export async function fetchSources(
  sources: readonly PrepareSource[],
  { fetch, signal, bar, out }: FetchSourcesOptions,
): Promise<LocalSources> {
  const lists = sources.filter(({ path }) => LIST.test(path));
  if (fetch && lists.length === 0)
    throw new FigleafError(
      'option-invalid',
      '--fetch is for sources that are lists of URLs (*.txt); none is',
    );
  if (!fetch && lists[0]) {
    throw new FigleafError(
      'option-invalid',
      `'${lists[0].path}' is a list of URLs, and nothing is fetched unasked: add --fetch`,
    );
  }
  // All are read before anything is fetched: a mistake in the last is to be known before the first took hours.
  const read = new Map(
    await Promise.all(lists.map(async (source) => [source, await readUrlList(source.path)] as const)),
  );
  let failed = 0;
  const local: PrepareSource[] = [];
  for (const source of sources) {
    const list = read.get(source);
    const path = list ? source.path.replace(LIST, '.fetched') : source.path;
    local.push({ ...source, path });
    if (!list) continue;
    const onProgress = shower(bar, source.name);
    const summary = await fetchPictures(list, path, { signal, onProgress });
    bar.hide();
    failed += list.length - summary.pictures;
    note(source, path, list.length, summary, out);
  }
  return { sources: local, failed };
}

function shower(bar: Bar, name: string): (progress: { done: number; total: number; bytes: number }) => void {
  const began = performance.now();
  return ({ done, total, bytes }) => {
    const megabytes = bytes / 2 ** 20;
    const rate = rateOf((megabytes * 1000) / Math.max(1, performance.now() - began));
    bar.show(done, total, `fetching ${name}: ${done} of ${total}, ${megabytes.toFixed(0)} MB, ${rate} MB/s`);
  };
}

function note(
  { name }: PrepareSource,
  path: string,
  total: number,
  { pictures, fetched, failed, passing }: FetchSummary,
  out: Console,
): void {
  out.note(
    `${name}: ${pictures} of ${total} pictures are in ${printable(path)}, ${fetched} of them fetched now`,
  );
  const reasons = Object.entries(failed).map(([code, count]) => `${count} ${code}`);
  if (reasons.length > 0)
    out.note(`${name}: the others gave none (${reasons.join(', ')}); see fetched.jsonl there`);
  if (passing > 0)
    out.note(`${name}: ${passing} of these may be there another time; run it again to try them`);
}
