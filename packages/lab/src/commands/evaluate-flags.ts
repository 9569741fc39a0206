/** The options of `figleaf evaluate`, and what they mean. */
import { DEFAULT_PROFILE, FigleafError, findModel, locateModel } from 'figleaf';
import type { Console } from 'figleaf/commands';
import type { CalibrateOptions } from '../evaluate/calibrate.ts';
import type { Wish } from '../evaluate/metrics/thresholds.ts';
import type { DescribedModel, EvaluateOptions } from '../evaluate/options.ts';
import { given } from './given.ts';

/** The options as commander hands them over. */
export interface EvaluateFlags {
  readonly model?: readonly string[];
  readonly predictions?: readonly string[];
  readonly compare?: true;
  readonly calibrate?: true;
  readonly part?: (typeof PARTS)[number];
  readonly map?: string;
  readonly modelMap?: string;
  readonly positive?: string;
  readonly at?: string;
  readonly prevalence?: number;
  readonly resamples?: number;
  readonly seed?: number;
  readonly testShare?: number;
  readonly validationShare?: number;
  readonly workers?: number;
  readonly out?: string;
  readonly unblurred?: true;
  readonly json?: true;
  readonly quiet?: true;
}

export const PARTS = ['train', 'validation', 'test', 'all'] as const;

/**
 * What is to be evaluated, but for the models.
 *
 * @throws {FigleafError} `option-invalid`.
 */
export function optionsOf(data: readonly string[], flags: EvaluateFlags): Omit<EvaluateOptions, 'models'> {
  const { map, modelMap, at } = flags;
  return {
    data,
    ...given(flags, ['predictions', 'part', 'positive', 'prevalence', 'resamples', 'seed', 'out']),
    ...given(flags, ['testShare', 'validationShare', 'workers']),
    ...(map !== undefined && { labels: map }),
    ...(modelMap !== undefined && { modelLabels: modelMap }),
    ...(at !== undefined && { wish: wishOf(at) }),
    ...(flags.unblurred && { isBlurred: false }),
  };
}

/**
 * What is to be calibrated.
 *
 * @throws {FigleafError} `option-invalid` unless it is one model.
 */
export function calibrationOf(data: readonly string[], flags: EvaluateFlags): CalibrateOptions {
  const [model, ...others] = flags.model ?? [];
  if (model === undefined || others.length > 0)
    throw new FigleafError('option-invalid', '--calibrate takes one --model, an ONNX file of your own');
  return {
    data,
    model,
    ...given(flags, ['seed', 'testShare', 'validationShare', 'workers']),
    ...(flags.map !== undefined && { labels: flags.map }),
  };
}

function wishOf(text: string): Wish {
  const [, of, value] = /^(precision|recall|fpr)=([\d.]+(?:e[+-]?\d+)?)$/i.exec(text) ?? [];
  if (of !== undefined && Number.isFinite(Number(value)))
    return { of: of.toLowerCase() as Wish['of'], value: Number(value) };
  throw new FigleafError(
    'option-invalid',
    `--at takes precision=0.95, recall=0.99 or fpr=0.01 and the like, not '${text}'`,
  );
}

/** GantMan's models, which nsfwjs carries. */
const NSFWJS = ['mobilenet_v2', 'mobilenet_v2_mid', 'inception_v3'];

/** Yahoo's. */
const PULLED = 'open-nsfw';

/** The models that are named; with `--compare` also what Figleaf asks by default, and those of others as their own packages run them. */
export async function modelsOf(
  { model = [], compare }: EvaluateFlags,
  out: Pick<Console, 'note'>,
): Promise<(string | DescribedModel)[]> {
  if (!compare) return [...model];
  const isPulled = await locateModel(PULLED).then(
    () => true,
    () => false,
  );
  if (!isPulled) out.note(`without ${PULLED}: figleaf models pull ${PULLED} brings it`);
  return [...new Set([...model, DEFAULT_PROFILE]), ...peers(isPulled)];
}

/**
 * Models of others and an average of them. nsfwjs scales pictures in another way than Figleaf has its models see them.
 *
 * @param hasPulled Whether open_nsfw is here.
 */
export function peers(hasPulled: boolean): (string | DescribedModel)[] {
  const theirs = NSFWJS.map((id): DescribedModel => {
    const { preprocessing } = findModel(id).metadata;
    return {
      name: `nsfwjs:${id}`,
      model: id,
      description: { preprocessing: { ...preprocessing, resize: 'bilinear-aligned' } },
    };
  });
  const pulled = hasPulled ? [PULLED] : [];
  const ensemble = ['nsfwjs:mobilenet_v2', 'nsfwjs:inception_v3', ...pulled].join('+');
  return [...theirs, ...pulled, ensemble];
}
