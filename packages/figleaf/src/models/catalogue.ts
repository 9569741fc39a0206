/** The catalogue: which models Figleaf knows, what they take and give, where they come from and under which licence. */
import type { Category, ModelMetadata, Preprocessing } from '@figleaf/onnx/metadata';
import { FigleafError } from '../errors.ts';
import { suggestion } from '../suggestion.ts';
import type { CatalogueEntry } from './entry.ts';
import { NUDENET } from './nudenet.ts';
import { OPEN_NSFW } from './open-nsfw.ts';

/**
 * A ready-made choice of models: `fast` asks one small model, `accurate` three, and `balanced` only about pictures that the
 * small ones do not find certainly safe. `thorough` asks two more that were made apart from those; they have to be pulled first.
 */
export type Profile = 'fast' | 'balanced' | 'accurate' | 'thorough';

/** A model's look at a picture. */
export interface ProfileLook {
  readonly model: string;
  /** Share of width and height that it is shown, around the middle, over 0 to 1. Default 1: all of it. */
  readonly crop?: number;
  /** How much its answer counts beside those of the other looks. Default 1. */
  readonly weight?: number;
  /**
   * For a model of other classes: it says only how surely a photograph is explicit, a detector by its best explicit box, and that
   * counts as much as what the other looks together say of photographs. Default: its classes are averaged with those of the others.
   */
  readonly judges?: 'photographs';
}

/** Looks that are taken together. */
export interface ProfileStage {
  readonly looks: readonly ProfileLook[];
  /**
   * A picture is certainly safe, and spared the stages that follow, where the mean `unsafe` and `suggestive` of all looks so far
   * are under these; with thresholds of one's own under 0.5, under as small a share of those.
   */
  readonly certain?: { readonly unsafe: number; readonly suggestive: number };
}

const NSFWJS_TAXONOMY: Readonly<Record<string, Category>> = {
  drawing: 'safe',
  hentai: 'unsafe',
  neutral: 'safe',
  porn: 'unsafe',
  sexy: 'suggestive',
};

function nsfwjsModel(id: string, size: number): ModelMetadata {
  const preprocessing: Preprocessing = {
    width: size,
    height: size,
    layout: 'NHWC',
    channels: 'RGB',
    resize: 'bilinear-antialiased',
  };
  return {
    id,
    task: 'classify',
    labels: ['drawing', 'hentai', 'neutral', 'porn', 'sexy'],
    preprocessing,
    taxonomy: NSFWJS_TAXONOMY,
    output: 'probabilities',
    licence: 'MIT',
    sources: ['npm:nsfwjs@4.4.0'],
    trainingData:
      "Scraped from the web by the models' makers (GantMan/nsfw_model); not published, so nobody here could examine it.",
  };
}

/**
 * The head of `mobilenet_v2_mid` at each place of its feature map, a place for 32 pixels. At twice the trained size the grid is fine
 * enough to tell where, and what is seen is still about as large as in training.
 */
function activationMap(): ModelMetadata {
  const { preprocessing, ...classifier } = nsfwjsModel('activation-map', 448);
  return {
    ...classifier,
    task: 'detect',
    preprocessing: { ...preprocessing, letterbox: { fit: 'free' } },
    head: 'class-map',
    // A region is unsafe or suggestive, and not both.
    classAgnostic: true,
  };
}

/** The models that come with the package and are never downloaded. */
const BUNDLED: readonly CatalogueEntry[] = [
  {
    metadata: nsfwjsModel('mobilenet_v2', 224),
    summary: 'MobileNetV2, small and quick: asked first',
    bundled: true,
    origins: [],
    bytes: 2_736_066,
    sha256: 'a3e96b70cfb94aa822e2e0dccc076c61ab86727fa2b71bac59eed40ff17de812',
  },
  {
    metadata: nsfwjsModel('mobilenet_v2_mid', 224),
    summary: 'MobileNetV2 with more channels',
    bundled: true,
    origins: [],
    bytes: 4_442_481,
    sha256: 'c9a4744490adecbc9099e9830c2c80a6d2c24af2d4317744ec18ceee70cb0edb',
  },
  {
    metadata: nsfwjsModel('inception_v3', 299),
    summary: 'InceptionV3, the most careful of the three and the slowest',
    bundled: true,
    origins: [],
    bytes: 22_518_410,
    sha256: '84b1bc70ea3fccd870ad3f5e5784a13e406944ebc98608c4d079ab0df6bdcb4d',
  },
  {
    metadata: activationMap(),
    summary: 'where mobilenet_v2_mid sees porn, hentai or sexy: regions, not parts of the body',
    bundled: true,
    origins: [],
    bytes: 4_442_710,
    sha256: '980edef0dfe31fe56b1dc064cb86376b9fa966ad1afe3185242246387887d796',
  },
];

const ENTRIES: readonly CatalogueEntry[] = [...BUNDLED, ...NUDENET, OPEN_NSFW];

// The larger two see the picture without its outer eighth, as Inception's makers evaluate theirs; the first one sees all of it.
const MIDDLE = 0.875;
// The larger the model, the less its answer moves when the same picture is stored smaller, and the more it counts.
const FIRST: ProfileLook = { model: 'mobilenet_v2', weight: 2 };
const SECOND: ProfileLook = { model: 'mobilenet_v2_mid', crop: MIDDLE, weight: 3 };
const THIRD: ProfileLook = { model: 'inception_v3', crop: MIDDLE, weight: 4 };

/** `npm run bench -- safe-sets` measures them; docs/thresholds.md says what they get wrong and what nobody knows of them. */
const PROFILES: Readonly<Record<Profile, readonly ProfileStage[]>> = {
  fast: [{ looks: [FIRST] }],
  balanced: [
    { looks: [FIRST], certain: { unsafe: 0.05, suggestive: 0.5 } },
    { looks: [SECOND], certain: { unsafe: 0.1, suggestive: 0.5 } },
    { looks: [THIRD] },
  ],
  accurate: [{ looks: [FIRST, SECOND, THIRD] }],
  // Models that others made of other pictures err on others.
  thorough: [
    {
      looks: [
        FIRST,
        SECOND,
        THIRD,
        { model: 'open-nsfw', judges: 'photographs' },
        { model: 'nudenet-320n', judges: 'photographs' },
      ],
    },
  ],
};

/** The profile that is used where none is named. */
export const DEFAULT_PROFILE: Profile = 'balanced';

/**
 * Every model that Figleaf knows: those that come with the package, then those that are pulled on request.
 *
 * @example
 * ```ts
 * for (const { metadata, bundled } of listModels()) console.log(metadata.id, metadata.licence, bundled);
 * ```
 */
export function listModels(): readonly CatalogueEntry[] {
  return ENTRIES;
}

/**
 * The catalogue's entry for a model.
 *
 * @param id Such as `mobilenet_v2`.
 * @throws {FigleafError} `model-unknown`, naming the models there are.
 * @example
 * ```ts
 * const { metadata, sha256 } = findModel('mobilenet_v2');
 * ```
 */
export function findModel(id: string): CatalogueEntry {
  const entry = ENTRIES.find(({ metadata }) => metadata.id === id);
  if (entry) return entry;
  throw unknownModel(id, ENTRIES);
}

/**
 * The same for a model that is wanted for a task.
 *
 * @throws {FigleafError} `model-unknown`, naming the models for it; `model-unsupported` for a model of another task.
 */
export function findModelTo(task: ModelMetadata['task'], id: string): CatalogueEntry {
  const entry = ENTRIES.find(({ metadata }) => metadata.id === id);
  const able = ENTRIES.filter(({ metadata }) => metadata.task === task);
  if (!entry) throw unknownModel(id, able);
  if (able.includes(entry)) return entry;
  const why = `'${id}' is a model to ${entry.metadata.task}, not to ${task}; to ${task} there are: ${idsOf(able).join(', ')}`;
  throw new FigleafError('model-unsupported', why);
}

function unknownModel(id: string, entries: readonly CatalogueEntry[]): FigleafError {
  return new FigleafError('model-unknown', `there is no model '${id}'; ${suggestion(id, idsOf(entries))}`);
}

const idsOf = (entries: readonly CatalogueEntry[]): string[] => entries.map(({ metadata }) => metadata.id);

/**
 * Every profile, from the fastest to the most careful.
 *
 * @example
 * ```ts
 * listProfiles(); // ['fast', 'balanced', 'accurate', 'thorough']
 * ```
 */
export function listProfiles(): readonly Profile[] {
  return Object.keys(PROFILES) as Profile[];
}

/**
 * What a profile asks, stage by stage.
 *
 * @throws {FigleafError} `option-invalid` for a profile that does not exist.
 * @example
 * ```ts
 * profileStages('fast'); // [{ looks: [{ model: 'mobilenet_v2', weight: 2 }] }]
 * ```
 */
export function profileStages(profile: string): readonly ProfileStage[] {
  const stages = Object.entries(PROFILES).find(([name]) => name === profile)?.[1];
  if (stages) return stages;
  const known = listProfiles().join(', ');
  throw new FigleafError('option-invalid', `there is no profile '${profile}'; there are: ${known}`);
}

/**
 * The ids of the models that a profile asks, each once.
 *
 * @throws {FigleafError} `option-invalid` for a profile that does not exist.
 * @example
 * ```ts
 * profileModels('fast'); // ['mobilenet_v2']
 * ```
 */
export function profileModels(profile: string): readonly string[] {
  return [...new Set(profileStages(profile).flatMap(({ looks }) => looks.map(({ model }) => model)))];
}
