/** One run of `figleaf scan`: takes each record to the file, to standard output, to the report and to the sorter, and sums up. */
import { lstat } from 'node:fs/promises';
import { dirname, normalize, sep } from 'node:path';
import { FigleafError } from '../errors.ts';
import { countFiles, type FoundFile, findFiles, type NamedPath } from '../scan/input/files.node.ts';
import { toPath } from '../scan/input/names.node.ts';
import { listedPaths } from '../scan/input/path-list.node.ts';
import { watchFolder } from '../scan/input/watch.node.ts';
import type { Moderator } from '../scan/moderator.ts';
import type { RecordFile } from '../scan/output/record-file.node.ts';
import type { FileSorter, Sorted } from '../scan/output/sort-files.node.ts';
import type { ScanRecord } from '../scan/record.ts';
import type { Report } from '../scan/report.node.ts';
import { scan } from '../scan/scan.ts';
import { type Console, openConsole, printable } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Format, formatOf } from './formats.ts';
import { type Interruption, listenForInterrupt } from './interrupt.ts';
import { openProgress, type Progress } from './progress.ts';
import { loadModerator, openFolder, openHtml, openOut, type ScanFlags } from './scan-setup.ts';
import { shownName } from './table.ts';
import { summaryOf, Tally } from './tally.ts';

/** Longer side of a preview in the report, so that 10,000 of them fit. */
const PREVIEW = 192;

/** Scans to the end, or until it is interrupted. */
export async function runScan(inputs: readonly string[], flags: ScanFlags): Promise<ExitCode> {
  using interruption = listenForInterrupt();
  const out = openConsole(flags.quiet ?? false, interruption.abort);
  try {
    const sorter = await openFolder(flags);
    await using moderator = await loadModerator(flags, interruption.signal);
    if (moderator.classifier.runtime === 'wasm' && process.env.FIGLEAF_RUNTIME !== 'wasm') {
      out.note('figleaf: no native ONNX Runtime for this platform is installed; using the slower wasm build');
    }
    const report = await openHtml(flags, moderator);
    return await new ScanRun(inputs, flags, { moderator, sorter, report, out }).run(interruption);
  } catch (error) {
    if (!interruption.signal.aborted || error instanceof FigleafError) throw error;
    return interruption.interrupted ? EXIT.interrupted : EXIT.done;
  } finally {
    // Whoever writes there may go on for ever, and would keep the process alive.
    if (inputs.includes('-')) process.stdin.destroy();
  }
}

interface Parts {
  readonly moderator: Moderator;
  readonly sorter: FileSorter | null;
  readonly report: Report | null;
  readonly out: Console;
}

class ScanRun {
  readonly #inputs: readonly string[];
  readonly #flags: ScanFlags;
  readonly #parts: Parts;
  readonly #format: Format;
  readonly #tally = new Tally();
  readonly #started = performance.now();
  /** Where the files that are being judged were found, in the order in which their records will come. */
  readonly #folders: string[] = [];
  readonly #previews = new WeakMap<ScanRecord, Uint8Array>();
  #isHeaded = false;

  constructor(inputs: readonly string[], flags: ScanFlags, parts: Parts) {
    this.#inputs = inputs;
    this.#flags = flags;
    this.#parts = parts;
    this.#format = formatOf(flags);
  }

  async run(interruption: Interruption): Promise<ExitCode> {
    const { out, moderator, report } = this.#parts;
    await using file = await openOut(this.#flags, moderator, (record) => this.#takeUp(record));
    try {
      await this.#judge(file, interruption.signal);
    } catch (error) {
      if (!interruption.interrupted || error instanceof FigleafError) throw error;
    } finally {
      await this.#printHeading();
      await report?.close({ interrupted: interruption.signal.aborted && !this.#flags.watch });
    }
    this.#sumUp();
    if (!interruption.interrupted) return this.#tally.exitCode;
    if (file && !this.#flags.watch) out.note('interrupted; the same command with --resume goes on');
    return EXIT.interrupted;
  }

  #sumUp(): void {
    const { out, moderator } = this.#parts;
    const { classifier } = moderator;
    const judges = `${classifier.models.join(' + ')} (${classifier.runtime})`;
    const seconds = (performance.now() - this.#started) / 1000;
    out.note(summaryOf(this.#tally, judges, seconds, this.#flags.moveTo === undefined ? 'copied' : 'moved'));
    if (this.#flags.html !== undefined) out.note(`the report is in ${this.#flags.html}`);
  }

  /** Takes a record of an earlier run through all that it went through when it was made. */
  async #takeUp(record: ScanRecord): Promise<void> {
    this.#tally.addEarlier(record);
    if (this.#format.isWhole) await this.#print(record);
    this.#report(record);
    // That run may have ended before the file was sorted, or have moved it.
    const isThere = await lstat(toPath(record.input)).catch(() => null);
    if (this.#parts.sorter && isThere) await this.#sort(record, this.#folderOf(record.input));
  }

  async #judge(file: RecordFile | null, signal: AbortSignal): Promise<void> {
    const { moderator, report } = this.#parts;
    const { quiet = false, scaledDecode = false, allowSvg = false, watch = false } = this.#flags;
    using progress = openProgress(quiet, this.#counter());
    const records = scan(this.#items(file, progress, signal), {
      moderator,
      scaledDecode,
      allowSvg,
      // A watch ends well: what has arrived is judged.
      ...(!watch && { signal }),
      ...(report && {
        thumbnail: PREVIEW,
        onThumbnail: (record, webp) => void this.#previews.set(record, webp),
      }),
    });
    for await (const record of records) {
      const folder = this.#folders.shift() ?? dirname(record.input);
      await file?.write(record);
      this.#tally.add(record);
      this.#report(record);
      await progress.around(async () => {
        await this.#print(record);
        await this.#sort(record, folder);
      });
      progress.tick(this.#tally.verdicts);
    }
  }

  async #print(record: ScanRecord): Promise<void> {
    await this.#printHeading();
    await this.#parts.out.write(this.#format.row(record));
  }

  /** Not before something is to follow: a file that cannot be gone on with is refused without any output. */
  async #printHeading(): Promise<void> {
    if (this.#isHeaded) return;
    this.#isHeaded = true;
    await this.#parts.out.write(this.#format.heading);
  }

  #report(record: ScanRecord): void {
    const { report } = this.#parts;
    const preview = report?.wants(record) ? (this.#previews.get(record) ?? null) : null;
    report?.add({ ...record, input: shownName(record) }, preview);
  }

  /** How the inputs can be counted beforehand; null for a list that is still being written, and a folder that fills. */
  #counter(): ((signal: AbortSignal) => Promise<number>) | null {
    if (this.#flags.watch || this.#inputs.includes('-')) return null;
    return (signal) => countFiles(this.#inputs, { signal, except: this.#sortedInto() });
  }

  /** Files that were sorted are no input again. */
  #sortedInto(): string[] {
    const folder = this.#flags.moveTo ?? this.#flags.copyTo;
    return folder === undefined ? [] : [folder];
  }

  async *#items(
    file: RecordFile | null,
    progress: Progress,
    signal: AbortSignal,
  ): AsyncGenerator<FoundFile, void, undefined> {
    for await (const found of this.#found(progress, signal)) {
      // A watched file that is there again has changed.
      if (file?.has(found.name) && !this.#flags.watch) {
        progress.tick();
        continue;
      }
      this.#folders.push(found.folder);
      yield found;
    }
  }

  #found(progress: Progress, signal: AbortSignal): AsyncGenerator<FoundFile, void, undefined> {
    const except = this.#sortedInto();
    const onSkip = (): void => {
      this.#tally.skipped++;
      progress.tick();
    };
    if (this.#flags.watch) return watchFolder(this.#inputs[0]!, { signal, onSkip, except });
    const onDuplicate = (): void => {
      this.#tally.repeated++;
      progress.tick();
    };
    return findFiles(this.#named(), { onSkip, onDuplicate, except });
  }

  async *#named(): AsyncGenerator<NamedPath, void, undefined> {
    for (const input of this.#inputs) {
      if (input === '-') yield* listedPaths(process.stdin);
      else yield input;
    }
  }

  /** The named folder in which a file of an earlier run was found. */
  #folderOf(name: string): string {
    const folders = this.#inputs.filter((input) => name.startsWith(normalize(`${input}${sep}`)));
    return folders.sort((a, b) => b.length - a.length)[0] ?? dirname(name);
  }

  async #sort(record: ScanRecord, folder: string): Promise<void> {
    const sorted = await this.#parts.sorter?.sort({ name: record.input, folder }, record.verdict);
    if (sorted) this.#tell(sorted);
  }

  #tell(sorted: Sorted): void {
    const { out } = this.#parts;
    const verb = this.#flags.moveTo === undefined ? 'copy' : 'move';
    if ('problem' in sorted) {
      this.#tally.unsorted++;
      out.fail(printable(sorted.problem.message));
    } else if ('stays' in sorted) {
      out.note(printable(`'${sorted.from}' stays: ${sorted.stays}`));
    } else if (this.#flags.dryRun) {
      out.tell(printable(`would ${verb} '${sorted.from}' to '${sorted.to}'`));
    } else {
      this.#tally.sorted++;
    }
  }
}
