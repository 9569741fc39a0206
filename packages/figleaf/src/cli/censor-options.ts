/** What `figleaf censor` covers and how: its options to those of the library, checked before the first picture. */
import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import { decodeSticker } from '../censor/censor.node.ts';
import { type CensorOptions, checkCensorOptions } from '../censor/censor.ts';
import { between, type CoverShape, type CoverStyle, resolveLook, type Sticker } from '../censor/look.ts';
import { isFace, type LabelRule } from '../censor/regions.ts';
import type { DetectOptions, Detector } from '../detect/detector.ts';
import { DEFAULT_MIN_SCORE } from '../detect/settings.ts';
import { FigleafError, messageOf } from '../errors.ts';
import { suggestion } from '../suggestion.ts';
import { type DetectorFlags, detectOptionsOf, HOW_TO_PULL, isMap } from './detector-options.ts';
import { addLabelRule, type LabelRules, SHAPES, STYLES } from './label-rules.ts';
import { limitsOf, plainNumber } from './options.ts';

/** The options of `figleaf censor`, as commander hands them over. */
export interface CensorFlags extends DetectorFlags {
  readonly out?: string;
  readonly force?: true;
  readonly resume?: true;
  readonly json?: true;
  readonly style: CoverStyle;
  readonly shape: CoverShape;
  readonly colour?: string;
  readonly sticker?: string;
  readonly expand?: number;
  readonly softEdge?: number;
  readonly faces?: true;
  readonly suggestive?: true;
  readonly label?: LabelRules;
  readonly invert?: true;
  readonly keepExif?: true;
  readonly keepGps?: true;
  readonly quiet?: true;
}

/** What is covered, and how that looks. */
export function coverOptions(): Option[] {
  return [
    new Option('--faces', 'cover faces too'),
    new Option('--suggestive', 'cover what is suggestive too, such as covered parts'),
    new Option(
      '-l, --label <label[=how]>',
      'cover a label too; =leave leaves it bare; else a look of its own, such as FACE_MALE=blur,ellipse (repeatable)',
    ).argParser(addLabelRule),
    new Option('--invert', 'cover everything but what was found'),
    new Option('-s, --style <style>', 'what covers').choices(STYLES).default('box'),
    new Option('--shape <shape>', 'its outline').choices(SHAPES).default('rectangle'),
    new Option('--colour <#rrggbb>', 'the colour of box (default: #000000)'),
    new Option('--sticker <file>', 'a picture to lay over, PNG, SVG or another').implies({
      style: 'sticker',
    }),
    new Option(
      '--expand <share>',
      'how far covers reach beyond what was found, as a share of its size',
    ).argParser(plainNumber),
    new Option('--soft-edge <share>', 'how far covers fade out, beyond that').argParser(plainNumber),
    new Option('--keep-exif', 'keep date, camera, exposure, author and rights'),
    new Option('--keep-gps', 'keep the place'),
  ];
}

/** What and how to look for, and what and how to cover. */
export interface CensorPlan {
  readonly detect: DetectOptions;
  readonly cover: CensorOptions;
}

/**
 * The library's options.
 *
 * @throws {FigleafError} `option-invalid`, and what is wrong with the sticker.
 */
export async function planOf(flags: CensorFlags, signal: AbortSignal): Promise<CensorPlan> {
  const { style, shape, colour, expand, softEdge, label: labels = {}, faces, suggestive } = flags;
  const { invert, keepExif, keepGps, minScore } = flags;
  const styles = [style, ...Object.values(labels).map((rule) => rule.style)];
  if (flags.sticker === undefined && styles.includes('sticker')) {
    throw new FigleafError('option-invalid', 'the style sticker needs a picture; add --sticker FILE');
  }
  const least = Object.values(labels).flatMap((rule) => rule.minScore ?? []);
  const cover: CensorOptions = {
    ...{ style, shape, colour, expand, softEdge, labels, faces, invert, keepExif, keepGps, signal },
    ...limitsOf(flags),
    sticker: flags.sticker === undefined ? undefined : await readSticker(flags.sticker),
    categories: suggestive ? ['unsafe', 'suggestive'] : ['unsafe'],
    // What is looked for down to the score of one label is not to be covered by another.
    minScore: least.length > 0 ? (minScore ?? DEFAULT_MIN_SCORE) : minScore,
  };
  checkCensorOptions(cover);
  for (const [label, rule] of Object.entries(labels)) checkRule(label, rule, cover);
  const detect = { ...detectOptionsOf(flags), signal };
  if (least.length === 0) return { cover, detect };
  return { cover, detect: { ...detect, minScore: Math.min(minScore ?? DEFAULT_MIN_SCORE, ...least) } };
}

/** Says which rule is wrong, in the words that rules are written in. */
function checkRule(label: string, rule: LabelRule, cover: CensorOptions): void {
  try {
    resolveLook(rule, cover);
    between('min-score', rule.minScore ?? 1, 0, 1);
  } catch (error) {
    if (!(error instanceof FigleafError)) throw error;
    const message = error.message.replace(/^softEdge /, 'soft-edge ');
    throw new FigleafError(error.code, `--label ${label}: ${message}`, { cause: error });
  }
}

/**
 * Refuses to cover what the detector never finds: nobody would notice that it stays bare.
 *
 * @throws {FigleafError} `option-invalid`.
 */
export function checkLabels({ label = {}, faces }: CensorFlags, detector: Detector): void {
  const { labels, models } = detector;
  const who = models.join(' + ');
  const unknown = Object.keys(label).find((name) => !labels.includes(name));
  if (unknown !== undefined) {
    const instead = isMap(detector) ? HOW_TO_PULL : suggestion(unknown, labels, labels.length);
    throw new FigleafError('option-invalid', `${who} has no label '${unknown}'; ${instead}`);
  }
  if (!faces || labels.some(isFace)) return;
  throw new FigleafError('option-invalid', `${who} finds no faces; ${HOW_TO_PULL}`);
}

async function readSticker(path: string): Promise<Sticker> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new FigleafError('option-invalid', `cannot read the sticker '${path}': ${messageOf(error)}`, {
      cause: error,
    });
  }
  try {
    return await decodeSticker(bytes);
  } catch (error) {
    if (!(error instanceof FigleafError)) throw error;
    throw new FigleafError(error.code, `the sticker '${path}': ${error.message}`, { cause: error });
  }
}
