/** What a scan is to look at: the files that its arguments stand for, without those that it writes itself or has records of. */
import { realpath, stat } from 'node:fs/promises';
import { FigleafError } from '../errors.ts';
import { countFiles, type FoundFile, findFiles, type NamedPath } from '../scan/input/files.node.ts';
import { toPath } from '../scan/input/names.node.ts';
import { listedPaths } from '../scan/input/path-list.node.ts';
import { watchFolder } from '../scan/input/watch.node.ts';
import type { RecordFile } from '../scan/output/record-file.node.ts';
import type { Progress } from './progress.ts';
import type { ScanFlags } from './scan-setup.ts';
import type { Tally } from './tally.ts';

/** The inputs of one run. */
export class ScanInputs {
  /** As they were named. */
  readonly named: readonly string[];
  readonly #isWatched: boolean;
  readonly #except: readonly string[];
  readonly #tally: Tally;
  readonly #started = Date.now();

  private constructor(named: readonly string[], isWatched: boolean, except: readonly string[], tally: Tally) {
    this.named = named;
    this.#isWatched = isWatched;
    this.#except = except;
    this.#tally = tally;
  }

  /** @param sorted Folders that files are sorted into. */
  static async open(
    named: readonly string[],
    { watch, out, html }: ScanFlags,
    sorted: readonly string[],
    tally: Tally,
  ): Promise<ScanInputs> {
    if (watch) await checkFolder(named[0]!);
    const records = out === undefined ? [] : [out, `${out}.lock`];
    const written = [...records, html, await redirectedTo()].filter((path) => path !== undefined);
    return new ScanInputs(named, watch === true, [...sorted, ...written], tally);
  }

  /** How they can be counted beforehand; null for a list that is still being written, and a folder that fills. */
  get counter(): ((signal: AbortSignal) => Promise<number>) | null {
    if (this.#isWatched || this.named.includes('-')) return null;
    return (signal) => countFiles(this.named, { signal, except: this.#except });
  }

  /** What is to be judged: `file` may have records of some. */
  async *items(
    file: RecordFile | null,
    progress: Progress,
    signal: AbortSignal,
  ): AsyncGenerator<FoundFile, void, undefined> {
    for await (const found of this.#found(progress, signal)) {
      if (file?.has(found.name) && !(await this.#hasChanged(found.name))) progress.tick('known');
      else yield found;
    }
  }

  /** Whether a file that an earlier run judged has become another one since this run began, for which only a watch looks. */
  async #hasChanged(name: string): Promise<boolean> {
    if (!this.#isWatched) return false;
    const info = await stat(toPath(name)).catch(() => null);
    return info !== null && info.ctimeMs > this.#started;
  }

  #found(progress: Progress, signal: AbortSignal): AsyncGenerator<FoundFile, void, undefined> {
    const except = this.#except;
    const onSkip = (): void => {
      this.#tally.skipped++;
      progress.tick('passed over');
    };
    if (this.#isWatched) return watchFolder(this.named[0]!, { signal, onSkip, except });
    const onDuplicate = (): void => {
      this.#tally.repeated++;
      progress.tick('passed over');
    };
    return findFiles(this.#paths(), { onSkip, onDuplicate, except });
  }

  async *#paths(): AsyncGenerator<NamedPath, void, undefined> {
    for (const input of this.named) {
      if (input === '-') yield* listedPaths(process.stdin);
      else yield input;
    }
  }
}

async function checkFolder(path: string): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (info?.isDirectory()) return;
  throw new FigleafError('option-invalid', `--watch waits for files in a folder, and '${path}' is none`);
}

/** The file that standard output goes to (`> photos/list.csv`), where the system tells. */
async function redirectedTo(): Promise<string | undefined> {
  return realpath('/proc/self/fd/1').catch(() => undefined);
}
