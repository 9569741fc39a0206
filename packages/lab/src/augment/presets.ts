/** Augmentations that have a name, and those in files. */
import { readFile } from 'node:fs/promises';
import { FigleafError } from 'figleaf';
import { unread } from '../unread.ts';
import { type CheckedAugmentation, checkAugmentation, complete } from './fields.ts';
import type { Operation, Whole } from './operation.ts';

const rarely = (type: Operation['type']): Whole => complete({ type, probability: 0.2 });

/**
 * Augmentations by name. `nudenet-2019` is that of the article "NudeNet: An ensemble of neural nets for nudity detection and
 * censoring" (2019), in its order and with its numbers.
 */
export const AUGMENTATIONS = {
  'nudenet-2019': {
    operations: [
      rarely('rotate'),
      rarely('zoom'),
      rarely('distort'),
      rarely('brightness'),
      rarely('colour'),
      rarely('contrast'),
      rarely('skew'),
    ],
  },
} as const satisfies Readonly<Record<string, CheckedAugmentation>>;

/** Names of {@link AUGMENTATIONS}. */
export type AugmentationName = keyof typeof AUGMENTATIONS;

/**
 * The augmentation of that name.
 *
 * @throws {FigleafError} `option-invalid` where there is none.
 */
export function augmentationOf(name: string): CheckedAugmentation {
  if (Object.hasOwn(AUGMENTATIONS, name)) return AUGMENTATIONS[name as AugmentationName];
  const names = Object.keys(AUGMENTATIONS).join(', ');
  throw new FigleafError(
    'option-invalid',
    `there is no augmentation '${name}': give ${names}, or a file that ends in .json`,
  );
}

/**
 * The augmentation of that name, or in that JSON file.
 *
 * @param nameOrPath A path ends in `.json`.
 * @throws {FigleafError} `option-invalid` for a name that is none, `input-not-found`, `input-unreadable`, `augmentation-invalid`.
 *
 * @example
 * ```ts
 * // {"operations": [{"type": "flip", "probability": 0.5}, {"type": "zoom", "probability": 0.2, "factor": [1, 1.2]}]}
 * const augmentation = await readAugmentation('augmentation.json');
 * ```
 */
export async function readAugmentation(nameOrPath: string): Promise<CheckedAugmentation> {
  if (!/\.json$/i.test(nameOrPath)) return augmentationOf(nameOrPath);
  let text: string;
  try {
    text = await readFile(nameOrPath, 'utf8');
  } catch (error) {
    throw unread(nameOrPath, 'file', error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new FigleafError('augmentation-invalid', `'${nameOrPath}' is not JSON`, { cause: error });
  }
  return checkAugmentation(value, `'${nameOrPath}'`);
}
