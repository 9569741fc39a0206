/** One run of `figleaf censor`: each picture is read once, looked at, covered and written. */
import pLimit, { type LimitFunction } from 'p-limit';
import { readInput } from '#image/source';
import { overAllFrames } from '../censor/all-frames.ts';
import { censorFound } from '../censor/censor.node.ts';
import type { FrameDetections } from '../censor/censor.ts';
import type { Raster } from '../censor/raster.ts';
import { mapInOrder } from '../concurrency.ts';
import type { DetectionResult, Detector } from '../detect/detector.ts';
import { FigleafError } from '../errors.ts';
import { checkRoom, writeNewFile } from '../files/new-file.node.ts';
import type { ImageInput } from '../image/input.ts';
import { DEFAULT_LIMITS } from '../image/pixels.ts';
import { countFiles } from '../scan/input/files.node.ts';
import { toPath } from '../scan/input/names.node.ts';
import { toDetectionRecord, toErrorRecord } from '../scan/record.ts';
import { type CensorFlags, type CensorPlan, checkLabels, planOf } from './censor-options.ts';
import { type CensorRecord, censorHeading, censorRow } from './censor-table.ts';
import { CensoredFiles, type CensorItem } from './censored-files.ts';
import { type Console, openConsole } from './console.ts';
import { openDetector } from './detector-options.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Interruption, listenForInterrupt } from './interrupt.ts';
import { makeFolderOf } from './mirror.ts';
import { openProgress, type Progress } from './progress.ts';

/** Covers to the end, or until it is interrupted. */
export async function runCensor(images: readonly string[], flags: CensorFlags): Promise<ExitCode> {
  if (images.includes('-')) {
    throw new FigleafError(
      'option-invalid',
      'a picture on standard input has no name for its covered copy; name a file',
    );
  }
  using interruption = listenForInterrupt();
  const { signal } = interruption;
  const { quiet = false, resume = false, force = false } = flags;
  const out = openConsole(quiet, interruption.abort);
  try {
    const plan = await planOf(flags, signal);
    await using detector = await openDetector(flags, plan.detect, out, signal);
    checkLabels(flags, detector);
    const files = await CensoredFiles.open(images, flags.out, { resume, force });
    return await new CensorRun(flags, { images, files, detector, plan, out }).run(interruption);
  } catch (error) {
    if (!signal.aborted || error instanceof FigleafError) throw error;
    return interruption.interrupted ? EXIT.interrupted : EXIT.done;
  }
}

interface Parts {
  readonly images: readonly string[];
  readonly files: CensoredFiles;
  readonly detector: Detector;
  readonly plan: CensorPlan;
  readonly out: Console;
}

class CensorRun {
  readonly #flags: CensorFlags;
  readonly #parts: Parts;
  /** Of each picture that is being covered all frames are in memory, so there are few at a time. */
  readonly #gate: LimitFunction;
  readonly #started = performance.now();
  readonly #count = { written: 0, nothing: 0, errors: 0, covered: 0, repeated: 0, skipped: 0 };

  constructor(flags: CensorFlags, parts: Parts) {
    this.#flags = flags;
    this.#parts = parts;
    this.#gate = pLimit(parts.detector.workers + 1);
  }

  async run(interruption: Interruption): Promise<ExitCode> {
    const { out } = this.#parts;
    try {
      await this.#coverAll(interruption.signal);
    } catch (error) {
      if (!interruption.interrupted || error instanceof FigleafError) throw error;
    }
    out.note(this.#summary());
    if (!interruption.interrupted) return this.#count.errors > 0 ? EXIT.unreadable : EXIT.done;
    out.note('interrupted; the same command with --resume goes on');
    return EXIT.interrupted;
  }

  async #coverAll(signal: AbortSignal): Promise<void> {
    const { images, files, detector, out } = this.#parts;
    const { quiet = false } = this.#flags;
    const { except } = files;
    using progress = openProgress(quiet, (ended) => countFiles(images, { signal: ended, except }));
    const ahead = detector.workers * 3;
    for await (const record of mapInOrder(
      this.#items(progress),
      ahead,
      (item) => this.#recordOf(item),
      signal,
    )) {
      this.#add(record);
      await progress.around(() => out.line(this.#linesOf(record)));
      progress.tick();
    }
  }

  /** A record as it is printed; the heading comes with the first, since there may be none. */
  #linesOf(record: CensorRecord): string {
    const { json = false, invert = false } = this.#flags;
    if (json) return JSON.stringify(record);
    const isFirst = this.#count.written + this.#count.errors === 1;
    return isFirst ? `${censorHeading(invert)}\n${censorRow(record)}` : censorRow(record);
  }

  #items(progress: Progress): AsyncGenerator<CensorItem, void, undefined> {
    const passOver = (what: 'skipped' | 'repeated' | 'covered') => (): void => {
      this.#count[what]++;
      progress.tick('passed over');
    };
    return this.#parts.files.items({
      onSkip: passOver('skipped'),
      onDuplicate: passOver('repeated'),
      onCovered: passOver('covered'),
    });
  }

  #add({ error, regions }: CensorRecord): void {
    if (error) this.#count.errors++;
    else this.#count.written++;
    if (!error && regions === 0) this.#count.nothing++;
  }

  async #recordOf(item: CensorItem): Promise<CensorRecord> {
    const { signal } = this.#parts.plan.cover;
    try {
      if ('problem' in item) throw item.problem;
      return await this.#gate(() => this.#cover(item.name, item.input, item));
    } catch (error) {
      if (signal?.aborted || !(error instanceof FigleafError) || error.code === 'disposed') throw error;
      return { ...toErrorRecord(item.name, error), output: null, regions: 0, losses: [] };
    }
  }

  /** The file is read once, so that what is covered is what was looked at. */
  async #cover(name: string, input: ImageInput, { output, force }: CensorItem): Promise<CensorRecord> {
    const { cover } = this.#parts.plan;
    const bytes = (await readInput(input, { limits: DEFAULT_LIMITS, signal: cover.signal })) as Uint8Array;
    const found: DetectionResult[] = [];
    const censored = await censorFound(
      bytes,
      async (frames) => {
        found.push(...(await this.#look(bytes, frames)));
        return this.#toCover(found);
      },
      cover,
    );
    await makeFolderOf(output);
    await checkRoom(toPath(output), toPath(name), force);
    await writeNewFile(toPath(output), censored.bytes, force);
    const { regions, losses } = censored;
    return { ...toDetectionRecord(name, joined(found)), output, regions, losses };
  }

  /** What is in the frames; of a still just what `figleaf detect` finds in its file. */
  async #look(bytes: Uint8Array, frames: readonly Raster[]): Promise<DetectionResult[]> {
    const { detector, plan } = this.#parts;
    if (frames.length === 1) return [await detector.detect(bytes, plan.detect)];
    return Promise.all(frames.map((frame) => detector.detect(toInput(frame), plan.detect)));
  }

  /** What is to stay bare is so only where it was found; what is to be covered is so in all frames. */
  #toCover(found: readonly DetectionResult[]): FrameDetections {
    const lists = found.map(({ detections }) => detections);
    if (lists.length === 1) return lists[0]!;
    return this.#flags.invert ? lists : overAllFrames(lists);
  }

  #summary(): string {
    const { detector } = this.#parts;
    const { written, nothing, errors, covered, repeated, skipped } = this.#count;
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1);
    const by = `${detector.models.join(' + ')} (${detector.runtime})`;
    const remarks: [number, string][] = [
      [nothing, this.#flags.invert ? withNothingBare(nothing) : withNothingCovered(nothing)],
      [errors, 'could not be covered'],
      [covered, 'passed over: there is a covered copy'],
      [repeated, 'named again'],
      [skipped, `other ${skipped === 1 ? 'file' : 'files'} passed over`],
    ];
    return [
      `${written} ${written === 1 ? 'picture' : 'pictures'} written, looked at by ${by}, in ${seconds} s`,
      ...remarks.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
    ].join('; ');
  }
}

const withNothingCovered = (count: number): string =>
  `${count === 1 ? 'has' : 'have'} nothing covered: look at ${count === 1 ? 'it' : 'them'} before you publish`;

const withNothingBare = (count: number): string =>
  `${count === 1 ? 'is' : 'are'} covered wholly: nothing was found to leave bare`;

/** A frame as the detector takes it. */
function toInput({ width, height, channels, data }: Raster): ImageInput {
  if (channels === 3) return { width, height, data };
  return {
    width,
    height,
    data: new Uint8ClampedArray(
      data.buffer,
      data.byteOffset,
      data.byteLength,
    ) as Uint8ClampedArray<ArrayBuffer>,
  };
}

/** What was found in all frames, as one result. */
function joined(found: readonly DetectionResult[]): DetectionResult {
  const [first] = found;
  if (found.length === 1) return first!;
  const image = { ...first!.image, frameCount: found.length };
  const detections = found
    .flatMap((result, frame) => result.detections.map((detection) => ({ ...detection, frame })))
    .sort((a, b) => b.score - a.score);
  return { ...first!, detections, image, frames: found.length };
}
