/** One run of `figleaf scan`: takes each record to the file, to standard output, to the report and to the sorter, and sums up. */
import { dirname } from 'node:path';
import { FigleafError } from '../errors.ts';
import { type FoundFile, toInput } from '../scan/input/files.node.ts';
import type { Moderator } from '../scan/moderator.ts';
import type { RecordFile } from '../scan/output/record-file.node.ts';
import type { ScanRecord } from '../scan/record.ts';
import type { Report } from '../scan/report.node.ts';
import { scan } from '../scan/scan.ts';
import { type Console, openConsole } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Format, formatOf } from './formats.ts';
import { type Interruption, listenForInterrupt } from './interrupt.ts';
import { judgesOf, noteRuntime } from './options.ts';
import { openProgress } from './progress.ts';
import { ScanInputs } from './scan-inputs.ts';
import { loadModerator, openHtml, openOut, type ScanFlags } from './scan-setup.ts';
import { openScanSorter, type ScanSorter } from './scan-sort.ts';
import { shownName } from './table.ts';
import { summaryOf, Tally } from './tally.ts';

/** Longer side of a preview in the report, so that 10,000 of them fit. */
const PREVIEW = 192;

/** Scans to the end, or until it is interrupted. */
export async function runScan(inputs: readonly string[], flags: ScanFlags): Promise<ExitCode> {
  using interruption = listenForInterrupt();
  const out = openConsole(flags.quiet ?? false, interruption.abort);
  const tally = new Tally();
  try {
    const sorter = await openScanSorter(inputs, flags, tally, out);
    const named = await ScanInputs.open(inputs, flags, sorter.except, tally);
    await using moderator = await loadModerator(flags, interruption.signal);
    noteRuntime(moderator.classifier, out);
    if (moderator.blockListSize === 0) out.note('figleaf: the block list has no hash in it');
    const report = await openHtml(flags, moderator);
    return await new ScanRun(flags, { inputs: named, moderator, sorter, report, tally, out }).run(
      interruption,
    );
  } catch (error) {
    if (!interruption.signal.aborted || error instanceof FigleafError) throw error;
    return interruption.interrupted ? EXIT.interrupted : EXIT.done;
  } finally {
    // Whoever writes there may go on for ever, and would keep the process alive.
    if (inputs.includes('-')) process.stdin.destroy();
  }
}

interface Parts {
  readonly inputs: ScanInputs;
  readonly moderator: Moderator;
  readonly sorter: ScanSorter;
  readonly report: Report | null;
  readonly tally: Tally;
  readonly out: Console;
}

class ScanRun {
  readonly #flags: ScanFlags;
  readonly #parts: Parts;
  readonly #format: Format;
  readonly #started = Date.now();
  /** Where the files that are being judged were found, in the order in which their records will come. */
  readonly #folders: string[] = [];
  readonly #previews = new WeakMap<ScanRecord, Uint8Array>();
  #isHeaded = false;

  constructor(flags: ScanFlags, parts: Parts) {
    this.#flags = flags;
    this.#parts = parts;
    this.#format = formatOf(flags);
  }

  async run(interruption: Interruption): Promise<ExitCode> {
    const { inputs, out, moderator, report, tally } = this.#parts;
    await using file = await openOut(inputs.named, this.#flags, moderator, (record) => this.#takeUp(record));
    let isWhole = false;
    try {
      await this.#judge(file, interruption.signal);
      isWhole = true;
      if (report) await this.#addPreviews(report, interruption.signal);
    } catch (error) {
      if (!interruption.interrupted || error instanceof FigleafError) {
        // What failed first is what there is to tell: on a full disk there may be no room for the report either.
        await this.#end(isWhole).catch(() => undefined);
        throw error;
      }
    }
    await this.#end(isWhole);
    this.#sumUp();
    if (!interruption.interrupted) return tally.exitCode;
    if (!this.#flags.watch) out.note(goingOn(file));
    return EXIT.interrupted;
  }

  /** Ends what is printed and the report, so that what there is of them can be read. */
  async #end(isWhole: boolean): Promise<void> {
    await this.#printHeading();
    await this.#parts.report?.close({ interrupted: !isWhole });
  }

  #sumUp(): void {
    const { out, moderator, sorter, tally } = this.#parts;
    const judges = judgesOf(tally.models, moderator);
    out.note(summaryOf(tally, judges, (Date.now() - this.#started) / 1000, sorter.done));
    if (this.#flags.html !== undefined) out.note(`the report is in ${this.#flags.html}`);
  }

  /** Takes a record of an earlier run through all that it went through when it was made. */
  async #takeUp({ run: _, ...record }: ScanRecord): Promise<void> {
    this.#parts.tally.addEarlier(record);
    if (this.#format.isWhole) await this.#print(record);
    this.#report(record);
    await this.#parts.sorter.sortEarlier(record);
  }

  async #judge(file: RecordFile | null, signal: AbortSignal): Promise<void> {
    const { inputs, sorter, tally } = this.#parts;
    using progress = openProgress(this.#flags.quiet ?? false, inputs.counter);
    // A watch ends well: what has arrived is judged.
    const ended = this.#flags.watch ? undefined : signal;
    for await (const record of this.#records(this.#noted(inputs.items(file, progress, signal)), ended)) {
      const folder = this.#folders.shift() ?? dirname(record.input);
      await file?.write(record);
      tally.add(record);
      this.#report(record);
      await progress.around(async () => {
        await this.#print(record);
        await sorter.sort(record, folder);
      });
      progress.tick(tally.verdicts);
    }
  }

  async *#noted(found: AsyncIterable<FoundFile>): AsyncGenerator<FoundFile, void, undefined> {
    for await (const item of found) {
      this.#folders.push(item.folder);
      yield item;
    }
  }

  /** Of pictures that an earlier run judged, the report has no previews: those that it shows are read again for them. */
  async #addPreviews(report: Report, signal: AbortSignal): Promise<void> {
    const lacking = report.lacking();
    const items = lacking.map(({ record: { input: name } }) => ({ name, input: toInput(name) }));
    let index = 0;
    for await (const record of this.#records(items, signal)) {
      const { order } = lacking[index++]!;
      const preview = this.#previews.get(record);
      if (preview) report.addThumbnail(order, preview);
    }
  }

  #records(
    items: Parameters<typeof scan>[0],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ScanRecord, void, undefined> {
    const { moderator, report } = this.#parts;
    const { scaledDecode = false, allowSvg = false } = this.#flags;
    return scan(items, {
      moderator,
      scaledDecode,
      allowSvg,
      ...(signal && { signal }),
      ...(report && {
        thumbnail: PREVIEW,
        onThumbnail: (record, webp) => void this.#previews.set(record, webp),
      }),
    });
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
}

/** How to go on after an interruption. */
function goingOn(file: RecordFile | null): string {
  return file
    ? 'interrupted; the same command with --resume goes on'
    : 'interrupted; a scan with --out FILE can be gone on with';
}
