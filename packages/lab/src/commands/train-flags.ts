/** The options of `figleaf train`, recipes, and what both mean for the training. */
import {
  adamW,
  constantRate,
  cosineDecay,
  type L2Options,
  type Schedule,
  sgd,
  stepDecay,
  type Transformation,
} from '@figleaf/onnx/nn';
import { FigleafError } from 'figleaf';
import type { TrainOptions } from '../train/options.ts';
import { given } from './given.ts';

/** The options as commander hands them over. */
export interface TrainFlags {
  readonly out: string;
  readonly model?: string;
  readonly recipe?: keyof typeof RECIPES;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly lr?: number;
  readonly schedule?: (typeof SCHEDULES)[number];
  readonly optimizer?: (typeof OPTIMIZERS)[number];
  readonly size?: number;
  readonly augment?: string;
  readonly regularizer?: (typeof REGULARIZERS)[number];
  readonly dropout?: number;
  readonly l2?: number;
  readonly labelSmoothing?: number;
  readonly freeze?: readonly string[];
  readonly lrScale?: readonly string[];
  readonly patience?: number;
  readonly seed?: number;
  readonly testShare?: number;
  readonly validationShare?: number;
  readonly threads?: number;
  readonly provider?: string;
  readonly checkpointSeconds?: number;
  readonly resume?: true;
  readonly quiet?: true;
}

export const SCHEDULES = ['cosine', 'constant', 'xception'] as const;
export const OPTIMIZERS = ['sgd', 'adamw'] as const;
export const REGULARIZERS = ['l2', 'dropout'] as const;

/** What flags stand for where they are not given. */
type Defaults = Partial<Omit<TrainFlags, 'out' | 'recipe'>>;

/**
 * NudeNet's classifier of 2019. Where its article gives no number, those of the Xception paper (Chollet 2017, section 4):
 * learning rate 0.045, times 0.94 every second epoch, L2 of 1e-5, dropout of 0.5 before the logits.
 */
export const RECIPES = {
  'nudenet-2019': {
    model: 'xception',
    size: 256,
    batchSize: 32,
    lr: 0.045,
    schedule: 'xception',
    optimizer: 'sgd',
    l2: 1e-5,
    dropout: 0.5,
  },
} as const satisfies Readonly<Record<string, Defaults>>;

const DEFAULTS = { epochs: 20, lr: 0.01, schedule: 'cosine', optimizer: 'sgd' } as const satisfies Defaults;

/** The article offers either; the numbers are the recipe's. */
const REGULARIZED: Readonly<Record<(typeof REGULARIZERS)[number], Defaults>> = {
  l2: { l2: 1e-5, dropout: 0 },
  dropout: { l2: 0, dropout: 0.5 },
};

/**
 * What is to be trained. A flag goes before `--regularizer`, that before the recipe.
 *
 * @throws {FigleafError} `option-invalid` where there is neither model nor recipe, or an impossible number.
 */
export function optionsOf(data: string, flags: TrainFlags): TrainOptions {
  const recipe: Defaults = flags.recipe ? RECIPES[flags.recipe] : {};
  const regularized = flags.regularizer ? REGULARIZED[flags.regularizer] : {};
  const all = { ...DEFAULTS, ...recipe, ...regularized, ...flags };
  const { model, epochs, lr, dropout, freeze, lrScale, resume } = all;
  if (model === undefined) {
    throw new FigleafError(
      'option-invalid',
      'name a model: --model xception, mobilenet-v2, small-cnn, an id or an ONNX file; or --recipe nudenet-2019',
    );
  }
  if (!(lr > 0)) throw new FigleafError('option-invalid', `a learning rate is more than 0, not ${lr}`);
  return {
    data,
    model,
    out: all.out,
    epochs,
    ...given(all, ['batchSize', 'size', 'patience', 'seed', 'testShare', 'validationShare']),
    ...given(all, ['labelSmoothing', 'threads', 'provider', 'checkpointSeconds']),
    ...(dropout !== undefined && { dropout }),
    ...(all.l2 && { l2: l2Of(all.l2) }),
    ...(freeze && { frozen: freeze }),
    ...(lrScale && { rateFactors: factorsOf(lrScale) }),
    optimiser: optimiserOf(all.optimizer),
    schedule: scheduleOf(all.schedule, lr, epochs),
    resume: resume ?? false,
  };
}

const l2Of = (rate: number): L2Options => ({ rate });

function factorsOf(pairs: readonly string[]): Record<string, number> {
  const entries = pairs.map((pair): [string, number] => {
    const [, pattern, factor] = /^(.+)=([\d.]+(?:e[+-]?\d+)?)$/i.exec(pair) ?? [];
    if (pattern !== undefined && Number.isFinite(Number(factor))) return [pattern, Number(factor)];
    throw new FigleafError(
      'option-invalid',
      `--lr-scale takes PATTERN=FACTOR, such as 'block1_*=0.1', not '${pair}'`,
    );
  });
  return Object.fromEntries(entries);
}

function optimiserOf(name: (typeof OPTIMIZERS)[number]): Transformation {
  return name === 'adamw' ? adamW() : sgd({ momentum: 0.9 });
}

function scheduleOf(name: (typeof SCHEDULES)[number], rate: number, epochs: number): Schedule {
  if (name === 'constant') return constantRate(rate);
  if (name === 'xception') return stepDecay({ rate, factor: 0.94, every: 2 });
  return cosineDecay({ rate, steps: epochs });
}
