/** From what may be done to what is done: numbers drawn for one picture in one epoch. */
import { RandomStream } from '@figleaf/onnx/nn';
import { complete } from './fields.ts';
import type { Augmentation, PictureOperation, Range, Whole } from './operation.ts';
import { type AugmentStep, type Shift, SKEW_DIRECTIONS, type SkewDirection } from './step.ts';

/** Which picture it is, and how often it has been seen. */
export interface DrawKey {
  /** A whole number that all follows from. */
  readonly seed: number;
  /** From 0; each gives other numbers. */
  readonly epoch: number;
  /** Of the picture. */
  readonly name: string;
}

/** Size in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Draws what is done to a picture: the same for the same key on every platform. Each operation is drawn for itself, in the order of the
 * list; mixup is left out, which needs a batch.
 *
 * @param size Of the picture as it enters, since shifts are counted in its pixels.
 * @returns What is done, its numbers settled; often nothing.
 *
 * @example
 * ```ts
 * const steps = drawSteps(AUGMENTATIONS['nudenet-2019'], pixels, { seed: 1, epoch: 0, name: 'hats/1.jpg' });
 * ```
 */
export function drawSteps(
  { operations }: Augmentation,
  size: Size,
  { seed, epoch, name }: DrawKey,
): AugmentStep[] {
  const random = new RandomStream(seed, `augment/${name}`, epoch);
  const steps: AugmentStep[] = [];
  for (const operation of operations.map(complete)) {
    if (operation.type === 'mixup') continue;
    if (random.uniform() < operation.probability) steps.push(drawStep(operation, size, random));
  }
  return steps;
}

/** Draws the numbers of one operation. */
export function drawStep(operation: Whole<PictureOperation>, size: Size, random: RandomStream): AugmentStep {
  switch (operation.type) {
    case 'rotate':
      return { type: 'rotate', degrees: within(operation.degrees, random) };
    case 'zoom':
      return { type: 'zoom', factor: within(operation.factor, random) };
    case 'distort': {
      const { columns, rows, pixels } = operation;
      const move = (): number => within([-pixels, pixels], random);
      const shifts = Array.from({ length: (columns - 1) * (rows - 1) }, (): Shift => [move(), move()]);
      return { type: 'distort', columns, rows, shifts };
    }
    case 'brightness':
    case 'colour':
    case 'contrast':
      return { type: operation.type, factor: within(operation.factor, random) };
    case 'skew': {
      const longest = Math.max(size.width, size.height) * operation.magnitude;
      // From just above 0, where nothing would move, to the most.
      return { type: 'skew', direction: drawDirection(random), pixels: longest * (1 - random.uniform()) };
    }
    case 'flip':
      return { type: 'flip', axis: operation.axis };
    case 'crop':
      return { type: 'crop', share: within(operation.share, random), ...somewhere(random) };
    case 'jpeg': {
      const [low, high] = operation.quality;
      const [least, most] = [Math.ceil(low), Math.max(Math.ceil(low), Math.floor(high))];
      return { type: 'jpeg', quality: least + Math.floor(random.uniform() * (most - least + 1)) };
    }
    case 'cutout':
      return { type: 'cutout', share: within(operation.share, random), ...somewhere(random) };
  }
}

const within = ([low, high]: Range, random: RandomStream): number => low + random.uniform() * (high - low);

const somewhere = (random: RandomStream): { left: number; top: number } => ({
  left: random.uniform(),
  top: random.uniform(),
});

/** As likely as in Augmentor: a side in three of four cases, a corner in one. */
function drawDirection(random: RandomStream): SkewDirection {
  const where = random.uniform() * 4;
  const [sides, corners] = [4, SKEW_DIRECTIONS.length - 4];
  const index = where < 3 ? (where / 3) * sides : sides + (where - 3) * corners;
  return SKEW_DIRECTIONS[Math.floor(index)]!;
}
