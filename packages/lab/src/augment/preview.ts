/** A sheet of what augmentation does to pictures: a row for each operation, from its lowest to its highest, and what training sees. */
import { FigleafError, type Pixels } from 'figleaf';
import { fitInto, stretchTo } from '../sheet/fit.ts';
import { drawSheet, type SheetPicture, type SheetSection } from '../sheet/sheet.ts';
import { applySteps } from './apply.ts';
import { drawSteps } from './draw.ts';
import { checkAugmentation, OPERATION_TYPES, usual } from './fields.ts';
import { drawMixes } from './mixup.ts';
import type { Augmentation, Whole } from './operation.ts';
import { AUGMENTATIONS } from './presets.ts';
import { type Sweep, sweepsOf, told } from './sweep.ts';
import { numbersOf } from './words.ts';

/** What to show. */
export interface PreviewOptions {
  /** Rows are its operations. Default all there are, with their usual numbers; and below, `nudenet-2019` as training sees it. */
  readonly augmentation?: Augmentation;
  /** What the last rows follow from. Default 1. */
  readonly seed?: number;
}

/** Pictures are brought to so many pixels on their longer side, as large as the article's model wanted them. */
const SIDE = 256;
const COLUMNS = 7;
/** How often training is shown to see a picture. */
const DRAWS = 2 * COLUMNS;

/**
 * Draws what augmentation does: for each operation a row from its lowest to its highest, and below what training would see, drawn at random.
 * The rows take turns with the pictures.
 *
 * @param pictures At least one; they are shrunk or enlarged to 256 pixels on the longer side first.
 * @returns The sheet.
 * @throws {FigleafError} `augmentation-invalid`; `option-invalid` for no picture.
 *
 * @example
 * ```ts
 * const { frames: [pixels] } = await decodeImage('hat.jpg');
 * const sheet = await drawPreview([pixels], { augmentation: AUGMENTATIONS['nudenet-2019'] });
 * ```
 */
export async function drawPreview(
  pictures: readonly Pixels[],
  { augmentation, seed = 1 }: PreviewOptions = {},
): Promise<Pixels> {
  if (pictures.length === 0) throw new FigleafError('option-invalid', 'a preview needs a picture');
  const shown = pictures.map((picture) => fitInto(picture, SIDE));
  const pictureAt = (index: number): Pixels => shown[index % shown.length]!;
  const operations = augmentation ? checkAugmentation(augmentation).operations : OPERATION_TYPES.map(usual);
  const sections: SheetSection[] = [];
  for (const [index, operation] of operations.entries()) {
    const picture = pictureAt(index);
    if (operation.type === 'mixup') {
      sections.push(mixed(operation, picture, pictureAt(index + 1)));
      continue;
    }
    const heading = headingOf(operation, augmentation !== undefined);
    for (const [place, row] of sweepsOf(operation, picture, COLUMNS).entries()) {
      sections.push({ heading: place === 0 ? heading : '', pictures: swept(picture, row) });
    }
  }
  const all = augmentation ?? AUGMENTATIONS['nudenet-2019'];
  sections.push({
    heading: `${augmentation ? 'all together' : 'nudenet-2019'}, as training sees it`,
    pictures: drawn(all, pictureAt, seed),
  });
  return drawSheet(sections, { columns: COLUMNS });
}

function headingOf(operation: Whole, hasChance: boolean): string {
  const chance = hasChance ? ` (${told(operation.probability * 100)} %)` : '';
  return `${operation.type}${chance}: ${numbersOf(operation)}`;
}

async function* swept(picture: Pixels, row: readonly Sweep[]): AsyncIterable<SheetPicture> {
  for (const { step, caption } of row)
    yield { pixels: await applySteps(picture, step ? [step] : []), caption };
}

/** From all of one picture to half of each; one that is alone is mixed with its mirror image. */
function mixed(operation: Extract<Whole, { type: 'mixup' }>, picture: Pixels, next: Pixels): SheetSection {
  const heading = `mixup: ${numbersOf(operation)}`;
  const pictures = async function* (): AsyncIterable<SheetPicture> {
    const other = next === picture ? await applySteps(picture, [{ type: 'flip', axis: 'horizontal' }]) : next;
    for (let column = 0; column < COLUMNS; column++) {
      const share = 1 - (column / (COLUMNS - 1)) * 0.5;
      yield { pixels: blended(picture, other, share), caption: `${told(share)} and ${told(1 - share)}` };
    }
  };
  return { heading, pictures: pictures() };
}

/** All of it on some pictures, which are a batch of their own where they are mixed. */
async function* drawn(
  augmentation: Augmentation,
  pictureAt: (index: number) => Pixels,
  seed: number,
): AsyncIterable<SheetPicture> {
  const batch = await Promise.all(
    Array.from({ length: DRAWS }, async (_, index) => {
      const picture = pictureAt(index);
      const steps = drawSteps(augmentation, picture, { seed, epoch: index, name: 'preview' });
      return { pixels: await applySteps(picture, steps), words: steps.map(({ type }) => type) };
    }),
  );
  const mixup = checkAugmentation(augmentation).operations.find(({ type }) => type === 'mixup');
  const names = batch.map((_, index) => `preview ${index}`);
  const mixes = mixup?.type === 'mixup' ? drawMixes(mixup, names, seed, 0) : [];
  for (const [index, { pixels, words }] of batch.entries()) {
    const mix = mixes[index];
    const seen = mix ? blended(pixels, batch[mix.other]!.pixels, mix.share) : pixels;
    const all = mix ? [...words, `mixup ${told(mix.share)}`] : words;
    yield { pixels: seen, caption: all.join(' ') || 'as it is' };
  }
}

/** So much of one picture, and the rest of another, which is stretched over it. */
function blended(picture: Pixels, other: Pixels, share: number): Pixels {
  const { data } = stretchTo(other, picture);
  return {
    ...picture,
    data: picture.data.map((level, at) => Math.round(level * share + data[at]! * (1 - share))),
  };
}
