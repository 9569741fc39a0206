/** The options of a training with their defaults filled in. */
import { availableParallelism } from 'node:os';
import { constantRate, type Loss, sgd, sigmoidCrossEntropy, softmaxCrossEntropy } from '@figleaf/onnx/nn';
import { FigleafError } from 'figleaf';
import { type CheckedAugmentation, checkAugmentation } from '../augment/fields.ts';
import { augmentationOf } from '../augment/presets.ts';
import type { DataSet } from '../data-set/data-set.ts';
import type { TrainOptions } from './options.ts';

type Defaulted =
  | 'batchSize'
  | 'seed'
  | 'resume'
  | 'checkpointSeconds'
  | 'provider'
  | 'frozen'
  | 'threads'
  | 'optimiser'
  | 'schedule'
  | 'onProgress';

/** Options of which none that has a default is missing. */
export type Settings = TrainOptions &
  Required<Pick<TrainOptions, Defaulted>> & {
    /** Null where nothing is done to pictures. */
    readonly augmentation: CheckedAugmentation | null;
  };

/**
 * @throws {FigleafError} `option-invalid` for a count that is none, or a share that is none, or a name that is none; `augmentation-invalid`.
 */
export function withDefaults(options: TrainOptions): Settings {
  const settings: Settings = {
    batchSize: 32,
    seed: 1,
    resume: false,
    checkpointSeconds: 300,
    provider: 'cpu',
    frozen: [],
    threads: availableParallelism(),
    optimiser: sgd({ momentum: 0.9 }),
    schedule: constantRate(0.01),
    onProgress: () => undefined,
    ...options,
    augmentation: augmentationIn(options),
  };
  for (const name of ['epochs', 'batchSize', 'threads'] as const) {
    const value = settings[name];
    if (Number.isInteger(value) && value >= 1) continue;
    throw new FigleafError('option-invalid', `${name} is a whole number of at least 1, not ${value}`);
  }
  // The lower bits of it count, so half a number would be another number's double.
  if (!Number.isSafeInteger(settings.seed)) {
    throw new FigleafError('option-invalid', `seed is a whole number, not ${settings.seed}`);
  }
  for (const name of ['dropout', 'labelSmoothing'] as const) {
    const { [name]: share = 0 } = settings;
    if (share >= 0 && share < 1) continue;
    throw new FigleafError('option-invalid', `${name} is from 0 to below 1, not ${share}`);
  }
  if (!(settings.checkpointSeconds >= 0)) {
    throw new FigleafError(
      'option-invalid',
      `there are 0 or more seconds between checkpoints, not ${settings.checkpointSeconds}`,
    );
  }
  const { rate = 0 } = settings.l2 ?? {};
  if (!(rate >= 0 && Number.isFinite(rate))) {
    throw new FigleafError('option-invalid', `the rate of l2 is 0 or more, not ${rate}`);
  }
  return settings;
}

function augmentationIn({ augment }: TrainOptions): CheckedAugmentation | null {
  if (augment === undefined) return null;
  const checked = typeof augment === 'string' ? augmentationOf(augment) : checkAugmentation(augment);
  return checked.operations.length > 0 ? checked : null;
}

/** Settings when the pictures are known. */
export type RunSettings = Settings & { readonly loss: Loss };

/**
 * The settings with a loss that fits the data.
 *
 * @throws {FigleafError} `option-invalid` for a loss that cannot.
 */
export function withLoss(settings: Settings, { multiLabel }: DataSet): RunSettings {
  const { labelSmoothing = 0, augmentation } = settings;
  const softLabels = augmentation?.operations.some(({ type }) => type === 'mixup') ?? false;
  const usual = multiLabel
    ? sigmoidCrossEntropy({ labelSmoothing })
    : softmaxCrossEntropy({ labelSmoothing, softLabels });
  const { loss = usual } = settings;
  if (softLabels && loss.labelKind !== 'shares') {
    throw new FigleafError(
      'option-invalid',
      'pictures that are mixed need a loss that takes shares of classes: softmaxCrossEntropy({ softLabels: true })',
    );
  }
  if (multiLabel && loss.output !== 'sigmoid') {
    throw new FigleafError(
      'option-invalid',
      'pictures that may be of several classes need a loss that asks about each by itself: sigmoidCrossEntropy()',
    );
  }
  return { ...settings, loss };
}
