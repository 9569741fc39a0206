/** `figleaf detect`: pictures in, what is in them and where out; `--annotate` draws it. */
import type { Command } from 'commander';
import { readInput } from '#image/source';
import { mapInOrder } from '../concurrency.ts';
import type { DetectOptions, Detector } from '../detect/detector.ts';
import { FigleafError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../image/pixels.ts';
import { countFiles } from '../scan/input/files.node.ts';
import { type ScanRecord, toDetectionRecord, toErrorRecord } from '../scan/record.ts';
import type { ScanItem } from '../scan/scan.ts';
import { type Annotations, openAnnotations } from './annotations.ts';
import { type Console, openConsole } from './console.ts';
import { detectionHeading, detectionRows } from './detection-table.ts';
import { type DetectorFlags, detectOptionsOf, detectorOptions, openDetector } from './detector-options.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Interruption, listenForInterrupt } from './interrupt.ts';
import { checkNamedOnce, closeStandardInput, namedPictures } from './named-pictures.ts';
import { judgeOptions, limitsOf } from './options.ts';
import { openProgress } from './progress.ts';

interface DetectFlags extends DetectorFlags {
  readonly json?: true;
  readonly annotate?: string;
  readonly force?: true;
  readonly scaledDecode?: true;
  readonly allowSvg?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
Families:
  unsafe (exposed), suggestive (the same parts, covered) and safe (faces, feet, bellies). Boxes are in pixels of the upright picture.

Examples:
  $ figleaf models pull nudenet-320n              once: the detector does not come along
  $ figleaf detect party.jpg                      what is in one picture, and where
  $ figleaf detect party.jpg --annotate out.png   the same drawn in
  $ figleaf detect photos --annotate drawn        of a folder, with all folders in it
  $ figleaf detect crowd.jpg --tiles auto         small things in a large picture
  $ figleaf detect photos --json | jq -c '.input, (.detections[]? | select(.category == "unsafe"))'

Exit codes:
  0 done   1 could not do what was asked   4 some inputs could not be read or drawn   130 interrupted`;

/** Adds the command to the program; `exit` receives the exit code. */
export function addDetect(program: Command, exit: (code: ExitCode) => void): void {
  const command = program
    .command('detect')
    .summary('find parts in pictures')
    .description('Finds body parts and faces in pictures: what, how surely, and where.')
    .argument('<image...>', "files, folders, glob patterns, or '-' for a picture on standard input")
    .option('--json', 'one JSON record a line instead of a table')
    .option(
      '-a, --annotate <file or folder>',
      'draw what was found, small pictures enlarged: a PNG, JPEG or WebP for one picture, a folder for several',
    )
    .option('--force', 'replace annotated pictures that are there already')
    .addHelpText('after', EXAMPLES)
    .action(async (images: string[], flags: DetectFlags) => exit(await detect(images, flags)));
  for (const option of [...detectorOptions(), ...judgeOptions()]) command.addOption(option);
}

async function detect(images: readonly string[], flags: DetectFlags): Promise<ExitCode> {
  checkNamedOnce(images);
  using interruption = listenForInterrupt();
  const { signal } = interruption;
  const out = openConsole(flags.quiet ?? false, interruption.abort);
  const { annotate, force = false, scaledDecode = false, allowSvg = false } = flags;
  const options: DetectOptions = { ...detectOptionsOf(flags), scaledDecode, allowSvg, signal };
  try {
    await using detector = await openDetector(flags, options, out, signal);
    const annotations =
      annotate === undefined
        ? null
        : await openAnnotations(annotate, images, { force, allowSvg, signal, ...limitsOf(flags) });
    return await look(images, flags, { detector, options, annotations, out }, interruption);
  } catch (error) {
    if (!signal.aborted) throw error;
    return interruption.interrupted ? EXIT.interrupted : EXIT.done;
  } finally {
    closeStandardInput(images);
  }
}

interface Parts {
  readonly detector: Detector;
  readonly options: DetectOptions;
  readonly annotations: Annotations | null;
  readonly out: Console;
}

async function look(
  images: readonly string[],
  flags: DetectFlags,
  parts: Parts,
  { signal }: Interruption,
): Promise<ExitCode> {
  const { detector, annotations, out } = parts;
  const { json = false, quiet = false } = flags;
  const start = performance.now();
  const count: Count = { records: 0, withAny: 0, errors: 0, repeated: 0, skipped: 0 };
  const except = annotations?.except ?? [];
  using progress = openProgress(quiet, (ended) => countFiles(images, { signal: ended, except }));
  const passOver = (what: 'repeated' | 'skipped') => (): void => {
    count[what]++;
    progress.tick('passed over');
  };
  const items = namedPictures(images, {
    onSkip: passOver('skipped'),
    onDuplicate: passOver('repeated'),
    except,
  });
  // Of each picture that is to be drawn the file is in memory, so few are read ahead.
  const ahead = detector.workers * 3;
  if (!json) await out.line(detectionHeading());
  for await (const record of mapInOrder(items, ahead, (item) => recordOf(item, parts), signal)) {
    count.records++;
    if (record.error) count.errors++;
    if (record.detections?.length) count.withAny++;
    await progress.around(() => out.line(json ? JSON.stringify(record) : detectionRows(record)));
    progress.tick();
  }
  progress[Symbol.dispose]();
  out.note(summary(count, detector, (performance.now() - start) / 1000));
  return count.errors > 0 ? EXIT.unreadable : EXIT.done;
}

async function recordOf(item: ScanItem, { detector, options, annotations }: Parts): Promise<ScanRecord> {
  if ('problem' in item) return toErrorRecord(item.name, item.problem);
  try {
    if (!annotations) return toDetectionRecord(item.name, await detector.detect(item.input, options));
    const bytes = await readInput(item.input, { limits: DEFAULT_LIMITS, signal: options.signal });
    const result = await detector.detect(bytes, options);
    await annotations.draw(item.name, bytes as Uint8Array, result);
    return toDetectionRecord(item.name, result);
  } catch (error) {
    if (error instanceof FigleafError && error.code !== 'disposed') return toErrorRecord(item.name, error);
    throw error;
  }
}

interface Count {
  records: number;
  withAny: number;
  errors: number;
  repeated: number;
  skipped: number;
}

function summary(
  { records, withAny, errors, repeated, skipped }: Count,
  { models, runtime }: Detector,
  seconds: number,
): string {
  const looked = records - errors;
  const pictures = `${looked} ${looked === 1 ? 'picture' : 'pictures'}`;
  return [
    `${pictures} looked at by ${models.join(' + ')} (${runtime}) in ${seconds.toFixed(1)} s: something found in ${withAny}`,
    ...(errors > 0 ? [`${errors} could not be read or drawn`] : []),
    ...(repeated > 0 ? [`${repeated} named again`] : []),
    ...(skipped > 0 ? [`${skipped} other ${skipped === 1 ? 'file' : 'files'} passed over`] : []),
  ].join('; ');
}
