/** Sources of `figleaf data prepare` that are lists of URLs: fetched beside the list, and from then on manifests. */
import { join } from 'node:path';
import { FigleafError } from 'figleaf';
import { type Bar, type Console, printable, rateOf } from 'figleaf/commands';
import { type FetchSummary, fetchPictures } from '../fetch/fetch.ts';
import { forgetFetched } from '../fetch/forget.ts';
import { FETCH_LIST } from '../fetch/list.ts';
import { readUrlList } from '../fetch/url-list.ts';
import type { PictureName, PrepareSource } from '../prepare/options.ts';
import { checkSources } from '../prepare/source.ts';
import { countOf } from './count-of.ts';

/** How lists are fetched. */
export interface FetchSourcesOptions {
  /** Whether anything may be fetched at all. */
  readonly fetch: boolean;
  /** Folder that the pictures are prepared for. */
  readonly target: string;
  readonly signal: AbortSignal;
  readonly bar: Bar;
  readonly out: Console;
}

/** Sources that lie on this machine. */
export interface LocalSources {
  readonly sources: readonly PrepareSource[];
  /** URLs that gave no picture. */
  readonly failed: number;
  /** URLs whose picture an earlier run took away, since a block list knew it. */
  readonly blockListed: number;
  /**
   * Takes away those of these pictures that were fetched, and does not fetch them again.
   *
   * @throws {FigleafError} `output-unwritable`.
   */
  forget(pictures: readonly PictureName[]): Promise<void>;
}

const LIST = /\.txt$/i;

/**
 * Fetches the pictures of each source `NAME.txt` into the folder `NAME.fetched` beside it. Of what lies there, a source has the pictures that
 * are in its list now.
 *
 * @throws {FigleafError} `option-invalid` for a list without `fetch`, the reverse, and sources that cannot be used together; what
 * {@link readUrlList} and {@link fetchPictures} throw.
 */
export async function fetchSources(
  sources: readonly PrepareSource[],
  { fetch, target, signal, bar, out }: FetchSourcesOptions,
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
  const folders = new Map(lists.map(({ name, path }) => [name, path.replace(LIST, '.fetched')]));
  // All is looked at before anything is fetched: a mistake in the last is to be known before the first took hours.
  if (fetch)
    await checkSources(
      sources.map((source) => ({ ...source, path: folders.get(source.name) ?? source.path })),
      target,
    );
  const read = new Map(
    await Promise.all(lists.map(async (source) => [source, await readUrlList(source.path)] as const)),
  );
  let [failed, blockListed] = [0, 0];
  for (const [source, list] of read) {
    const folder = folders.get(source.name)!;
    const onProgress = shower(bar, source.name);
    const summary = await fetchPictures(list, folder, { signal, onProgress });
    bar.hide();
    const known = summary.failed['block-listed'] ?? 0;
    failed += list.length - summary.pictures - known;
    blockListed += known;
    note(source, folder, list.length, summary, out);
  }
  return {
    sources: sources.map((source) => {
      const folder = folders.get(source.name);
      return folder === undefined ? source : { ...source, path: join(folder, FETCH_LIST) };
    }),
    failed,
    blockListed,
    async forget(pictures) {
      for (const [name, folder] of folders) {
        const own = pictures.filter(({ source }) => source === name).map(({ path }) => path);
        await forgetFetched(folder, own);
        if (own.length > 0)
          out.note(
            `${name}: ${countOf(own.length, 'picture')} on the block list deleted, and not fetched again`,
          );
      }
    },
  };
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
