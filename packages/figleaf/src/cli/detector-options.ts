/** What commands that look for parts have in common: which detector, how it looks, and what is said of it. */
import { InvalidArgumentError, Option } from 'commander';
import { type DetectOptions, type Detector, loadDetector } from '../detect/detector.ts';
import { LEAST_SIDE } from '../detect/settings.ts';
import {
  DEFAULT_DETECTOR_PROFILE,
  type DetectorProfile,
  listDetectorProfiles,
} from '../models/detector-profiles.ts';
import type { Console } from './console.ts';
import { limitsOf, noteRuntime, plainNumber, positiveInteger } from './options.ts';

/** The options of {@link detectorOptions}, as commander hands them over. */
export interface DetectorFlags {
  readonly profile: DetectorProfile;
  readonly model?: string;
  readonly minScore?: number;
  readonly tiles?: NonNullable<DetectOptions['tiles']>;
  readonly size?: number;
  readonly workers?: number;
  readonly maxPixels?: number;
}

/** Which detector is asked, and how it looks. */
export function detectorOptions(): Option[] {
  return [
    new Option('-p, --profile <name>', 'how closely to look')
      .choices(listDetectorProfiles())
      .default(DEFAULT_DETECTOR_PROFILE),
    new Option(
      '-m, --model <id or file>',
      'one detector: an id of `figleaf models list`, or an ONNX file (YOLOv8, YOLO11)',
    ).conflicts('profile'),
    new Option('--min-score <score>', 'least score of what is found, over 0 to 1 (default: 0.25)').argParser(
      toScore,
    ),
    new Option(
      '--tiles <auto or side>',
      'look at overlapping parts of large pictures too, for what is small; or at parts of so many pixels a side',
    ).argParser(toTiles),
    new Option('--size <pixels>', "longer side of the detector's input, a multiple of 32").argParser(
      positiveInteger,
    ),
  ];
}

function toScore(text: string): number {
  const score = plainNumber(text);
  if (score > 0 && score <= 1) return score;
  throw new InvalidArgumentError('Give a number over 0, up to 1.');
}

function toTiles(text: string): NonNullable<DetectOptions['tiles']> {
  if (text === 'auto') return 'auto';
  const side = Number(text);
  if (Number.isInteger(side) && side >= LEAST_SIDE) return { side };
  throw new InvalidArgumentError(`Give 'auto', or a side of at least ${LEAST_SIDE} whole pixels.`);
}

/** How the detector looks, as the flags ask. */
export function detectOptionsOf({ minScore, tiles, size }: DetectorFlags): DetectOptions {
  return { ...(minScore !== undefined && { minScore }), tiles, size };
}

/**
 * Loads the detector that was asked for, says what a user has to know of it, and checks how it is to look before the first picture.
 *
 * @throws {FigleafError} What {@link loadDetector} throws, such as `model-not-pulled`; `option-invalid`.
 */
export async function openDetector(
  flags: DetectorFlags,
  options: DetectOptions,
  out: Console,
  signal: AbortSignal,
): Promise<Detector> {
  const { model, profile, workers } = flags;
  const detector = await loadDetector(model ?? { profile }, {
    ...(workers && { workers }),
    ...limitsOf(flags),
    signal,
  });
  try {
    await detector.detectAll([], options).next();
  } catch (error) {
    await detector.close();
    throw error;
  }
  noteRuntime(detector, out);
  if (model === undefined && isMap(detector)) {
    out.note(
      `figleaf: no detector is pulled, so there are only rough regions, from a bundled classifier; ${HOW_TO_PULL}`,
    );
  }
  return detector;
}

/** Whether regions come from a classifier's activation map, which knows no parts. */
export function isMap({ models }: Detector): boolean {
  return models.includes('activation-map');
}

/** Where parts come from. */
export const HOW_TO_PULL = 'for parts and faces:  figleaf models pull nudenet-320n';
