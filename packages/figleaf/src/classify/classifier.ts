/** The classifier: any picture in, class probabilities and the three scores out. */
import type { Category } from '@figleaf/onnx/metadata';
import { mapInOrder } from '../concurrency.ts';
import { FigleafError } from '../errors.ts';
import { BlockList } from '../hash/block-list.ts';
import type { Size } from '../image/dimensions.ts';
import type { ImageInput } from '../image/input.ts';
import { placementFor } from '../image/letterbox.ts';
import { resolveLimits } from '../image/limits.ts';
import type { DecodeOptions, ImageInfo, ImageLimits } from '../image/pixels.ts';
import { resizedSize } from '../image/tensor.ts';
import { checkYoloShape } from '../models/yolo-head.ts';
import { type Inquiry, inquire } from '../runtime/inquiry.ts';
import {
  type AnsweredImage,
  type Bound,
  createPool,
  type Plan,
  type Pool,
  type Question,
  type Stage,
} from '../runtime/pool.ts';
import { averageOf, checkLabels, familiesOf, type Judgement, worstOf } from './answers.ts';
import {
  type ClassifierLook,
  type ClassifierModel,
  type ClassifierStage,
  type ModelChoice,
  type ModelDescription,
  type ModelSelection,
  selectModels,
} from './model.ts';

/** How to load a classifier. */
export interface LoadOptions {
  /** Worker threads that infer and decode, 1 to 256. Default: one per available core, fewer where memory is short. */
  readonly workers?: number;
  /** Runs in these workers, which stay the caller's, instead of in workers of its own. */
  readonly pool?: Pool | undefined;
  /** Labels, preprocessing and the like for an ONNX file that does not carry Figleaf's metadata, or to override it. */
  readonly description?: ModelDescription;
  /**
   * What scores will be held against, 0 to 1, by the names of scores (`unsafe`, `suggestive`) and classes (`porn`). A profile in
   * stages lets a picture go early only where it is far below each of them. Default: `{ unsafe: 0.5 }`.
   */
  readonly thresholds?: Readonly<Record<string, number>>;
  /** Bounds on what one input may cost. */
  readonly limits?: Partial<ImageLimits>;
  /** Gives up loading. */
  readonly signal?: AbortSignal;
}

/** How to classify. */
export interface ClassifyOptions {
  /** Most frames of an animation that are judged, spread evenly, at least 1. Default 8. */
  readonly frames?: number;
  /** Let JPEGs shrink while decoding where they stay twice the model's size: faster, but scores move. Default false. */
  readonly scaledDecode?: boolean;
  /** Judge SVG, which is refused by default. Default false. */
  readonly allowSvg?: boolean;
  /** Pictures on it end with a {@link BlockListedError} and are not judged. Default: none. */
  readonly blockList?: BlockList | undefined;
  /** Longer side in pixels of a small WebP of the first frame to make beside the answer. Default: none is made. */
  readonly thumbnail?: number | undefined;
  /** Cancels; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The answer to one picture. */
export interface Classification extends Judgement {
  /** The ids of the models that were asked. */
  readonly models: readonly string[];
  /** What decoding said: size of the upright original, format, whether the file was cut off. */
  readonly image: ImageInfo;
  /** How many frames were judged: 1 for a still. The answer is that of the worst by `scores`; of the first without. */
  readonly frames: number;
  /** The small WebP that was asked for. */
  readonly thumbnail?: Uint8Array;
}

/** One line of {@link Classifier.classifyAll}: either a result or an error. */
export type ClassifyOutcome<Input> =
  | { readonly input: Input; readonly result: Classification; readonly error?: never }
  | { readonly input: Input; readonly result?: never; readonly error: FigleafError };

const DEFAULT_FRAMES = 8;

/** The threshold of `unsafe` for which the bounds of the profiles were chosen. */
const MEASURED_THRESHOLD = 0.5;

/** Longest side of a thumbnail. */
const MAX_THUMBNAIL = 4096;

/**
 * Checks options that depend on no picture.
 *
 * @throws {FigleafError} `option-invalid`.
 */
export function checkClassifyOptions({ frames = 1, thumbnail = 1, blockList }: ClassifyOptions): void {
  if (!(Number.isInteger(frames) && frames >= 1)) {
    throw new FigleafError('option-invalid', `frames is ${frames}; give a whole number from 1 on`);
  }
  if (!(Number.isInteger(thumbnail) && thumbnail >= 1 && thumbnail <= MAX_THUMBNAIL)) {
    const range = `a whole number of pixels from 1 to ${MAX_THUMBNAIL}`;
    throw new FigleafError('option-invalid', `thumbnail is ${thumbnail}; give ${range}`);
  }
  if (blockList !== undefined && !(blockList instanceof BlockList)) {
    throw new FigleafError('option-invalid', 'blockList is no block list; make one with parseBlockList');
  }
}

/**
 * Loads a classifier. It owns worker threads: dispose of it when done (`await using` does).
 *
 * @param choice A catalogue id, a path or URL, an ONNX file's bytes, a profile, or an ensemble. Default: the profile `balanced`.
 * @throws {FigleafError} `model-unknown`, `model-not-found`, `model-invalid`, `model-unsupported`,
 * `model-labels-mismatch`, `option-invalid` or `runtime-unavailable`.
 * @example
 * ```ts
 * await using classifier = await loadClassifier({ profile: 'fast' });
 * const { scores, classes } = await classifier.classify('holiday.jpg');
 * if (scores && scores.unsafe > 0.5) console.log('unsafe', classes);
 * ```
 */
export async function loadClassifier(choice?: ModelChoice, options: LoadOptions = {}): Promise<Classifier> {
  const { signal } = options;
  signal?.throwIfAborted();
  const limits = resolveLimits(options.limits);
  const pool = options.pool ?? (await createPool({ workers: options.workers, signal }));
  const isOwn = pool !== options.pool;
  try {
    const selection = await selectModels(choice, options.description, signal);
    // What later stages ask is loaded for the first picture that comes so far.
    for (const { source } of selection.models) pool.announce(source);
    const first = new Set(selection.stages[0]?.looks.map(({ model }) => model));
    await Promise.all([...first].map((model) => loadModel(pool, model, signal)));
    return new Classifier(pool, selection, limits, options.thresholds ?? {}, isOwn);
  } catch (error) {
    if (isOwn) await pool[Symbol.asyncDispose]();
    throw error;
  }
}

async function loadModel(
  pool: Pool,
  { metadata, source }: ClassifierModel,
  signal?: AbortSignal,
): Promise<void> {
  const { outputs } = await pool.load(source, { signal });
  const { dims = [] } = outputs[0] ?? {};
  if (metadata.task === 'detect') return checkYoloShape(metadata, dims);
  const classes = dims.at(-1);
  if (typeof classes === 'number' && classes > 0) checkLabels(metadata.id, metadata.labels, classes);
}

/**
 * A loaded classifier. Made by {@link loadClassifier}.
 *
 * @example
 * ```ts
 * await using classifier = await loadClassifier();
 * for await (const { input, error } of classifier.classifyAll(paths)) if (error) console.warn(input, error.message);
 * ```
 */
export class Classifier implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #selection: ModelSelection;
  readonly #asked: readonly Stage[] | Plan;
  readonly #limits: ImageLimits;
  readonly #ownsPool: boolean;

  /** @internal */
  constructor(
    pool: Pool,
    selection: ModelSelection,
    limits: ImageLimits,
    thresholds: Readonly<Record<string, number>>,
    ownsPool: boolean,
  ) {
    this.#pool = pool;
    this.#selection = selection;
    this.#asked = toAsk(selection, thresholds);
    this.#limits = limits;
    this.#ownsPool = ownsPool;
  }

  /** The ids of the models that are asked; a profile in stages asks some only of pictures that others leave in doubt. */
  get models(): readonly string[] {
    return this.#selection.models.map(({ metadata }) => metadata.id);
  }

  /** The classes that it gives. */
  get labels(): readonly string[] {
    return this.#selection.models[0]!.metadata.labels;
  }

  /** The family of each class; null where they belong to no known one, and there are no scores. */
  get families(): Readonly<Record<string, Category>> | null {
    return familiesOf(this.#selection);
  }

  /** Whether its classes do not exclude each other, so that their probabilities sum to anything. */
  get isMultiLabel(): boolean {
    return this.#selection.models[0]!.metadata.output === 'independent';
  }

  /** Most worker threads at a time. */
  get workers(): number {
    return this.#pool.workers;
  }

  /** `native` where ONNX Runtime's own library runs, else `wasm`. */
  get runtime(): 'native' | 'wasm' {
    return this.#pool.runtime;
  }

  /**
   * Judges one picture.
   *
   * @param input Node: a path, `file:` URL, bytes, Blob, stream or `Pixels`. Browser: a File, Blob, bytes, `ImageData`,
   * `ImageBitmap`, `<img>`, `<canvas>` or `Pixels`.
   * @throws {FigleafError} For an input that cannot be judged: `not-an-image`, or codes that begin with `input-`, `image-` or
   * `video-`; for options out of range `option-invalid`; for a model that fails `model-invalid` or `model-unsupported`;
   * `worker-crashed` and `disposed`.
   * @throws {BlockListedError} For a picture on the block list.
   * @example
   * ```ts
   * const { classes } = await classifier.classify(await readFile('cat.jpg'));
   * ```
   */
  async classify(input: ImageInput, options: ClassifyOptions = {}): Promise<Classification> {
    const [result] = await inquire(this.#pool, input, [this.inquiry(options)], options);
    return result;
  }

  /**
   * What it asks of a picture, for whoever asks more than that.
   *
   * @internal
   */
  inquiry(options: ClassifyOptions): Inquiry<Classification> {
    checkClassifyOptions(options);
    return {
      asked: this.#asked,
      decoding: this.#decodeOptions(options),
      read: (answered) => this.#read(answered),
    };
  }

  /**
   * Judges many pictures, several at a time. Results come in the order of the inputs; a bad input is an outcome with
   * `error`, never an end. Inputs are taken only as fast as results are.
   *
   * @example
   * ```ts
   * for await (const { input, result, error } of classifier.classifyAll(['a.jpg', 'b.png'])) {
   *   console.log(input, result?.scores ?? error.code);
   * }
   * ```
   */
  async *classifyAll<Input extends ImageInput>(
    inputs: Iterable<Input> | AsyncIterable<Input>,
    options: ClassifyOptions = {},
  ): AsyncGenerator<ClassifyOutcome<Input>, void, undefined> {
    yield* mapInOrder(inputs, this.#pool.workers * 8, (input) => this.#outcome(input, options));
  }

  /**
   * Takes no more work, waits for what is running, then ends the workers. The same as leaving an `await using` block.
   */
  async close(): Promise<void> {
    if (this.#ownsPool) await this.#pool[Symbol.asyncDispose]();
  }

  /** The same as {@link Classifier.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #outcome<Input extends ImageInput>(
    input: Input,
    options: ClassifyOptions,
  ): Promise<ClassifyOutcome<Input>> {
    try {
      return { input, result: await this.classify(input, options) };
    } catch (error) {
      if (!(error instanceof FigleafError) || error.code === 'disposed') throw error;
      return { input, error };
    }
  }

  #read({ image, answers, thumbnail }: AnsweredImage): Classification {
    const looks = this.#selection.stages.flatMap((stage) => stage.looks).slice(0, answers[0]!.length);
    const frames = answers.map((frame) => averageOf(looks, frame, this.#selection));
    const models = [...new Set(looks.map(({ model }) => model.metadata.id))];
    const judged = { ...worstOf(frames), models, image, frames: frames.length };
    return thumbnail ? { ...judged, thumbnail } : judged;
  }

  #decodeOptions(options: ClassifyOptions): DecodeOptions {
    const sizes = this.#selection.models.map(({ metadata }) => resizedSize(metadata.preprocessing));
    const largest = Math.max(...sizes.flatMap(({ width, height }) => [width, height]));
    return {
      limits: this.#limits,
      frames: options.frames ?? DEFAULT_FRAMES,
      allowSvg: options.allowSvg ?? false,
      ...(options.scaledDecode && { scaleDownTo: 2 * largest }),
    };
  }
}

/**
 * Has several classifiers judge one picture, which is read and decoded only once.
 *
 * @param pool The pool that all of them were loaded into.
 * @param input As {@link Classifier.classify} takes it.
 * @returns What each of them says, in their order.
 * @throws {FigleafError} As {@link Classifier.classify}.
 * @throws {BlockListedError} For a picture on the block list.
 * @example
 * ```ts
 * await using pool = await createPool();
 * const classifiers = await Promise.all(['mobilenet_v2', 'mine.onnx'].map((model) => loadClassifier(model, { pool })));
 * const [theirs, ours] = await classifyTogether(pool, classifiers, 'holiday.jpg');
 * ```
 */
export async function classifyTogether(
  pool: Pool,
  classifiers: readonly Classifier[],
  input: ImageInput,
  options: ClassifyOptions = {},
): Promise<Classification[]> {
  const inquiries = classifiers.map((classifier) => classifier.inquiry(options));
  return inquire<Classification[]>(pool, input, inquiries, options);
}

/** What is asked about a picture: the same of each, unless a letterbox depends on its size. */
function toAsk(selection: ModelSelection, thresholds: Readonly<Record<string, number>>): Stage[] | Plan {
  const stages = selection.stages.map(({ looks, certain }) => ({
    questions: looks.map(toQuestion),
    enough: certain && certainlySafe(selection, certain, thresholds),
  }));
  if (!selection.models.some(({ metadata }) => metadata.preprocessing.letterbox)) return stages;
  const stagesFor = (size: Size): Stage[] =>
    stages.map((stage) => ({ ...stage, questions: stage.questions.map((asked) => placed(asked, size)) }));
  return { modelId: null, stagesFor };
}

function toQuestion({ model: { metadata }, crop }: ClassifierLook): Question {
  return { modelId: metadata.id, preprocessing: metadata.preprocessing, crop };
}

function placed(question: Question, size: Size): Question {
  const { preprocessing } = question;
  if (!preprocessing.letterbox) return question;
  return { ...question, placement: placementFor({ x: 0, y: 0, ...size }, preprocessing) };
}

/** The bounds within which a picture is certainly safe. */
function certainlySafe(
  selection: ModelSelection,
  certain: NonNullable<ClassifierStage['certain']>,
  thresholds: Readonly<Record<string, number>>,
): Bound[] | undefined {
  const families = familiesOf(selection);
  // Bounds are held against what models say before it is calibrated.
  if (!families || selection.models.some(({ metadata }) => metadata.calibration)) return undefined;
  const { labels } = selection.models[0]!.metadata;
  const bound = (isMeant: (label: string) => boolean, below: number): Bound => ({
    weights: labels.map((label) => (isMeant(label) ? 1 : 0)),
    below,
  });
  // As far below any threshold as the bound on `unsafe` is below the one that it was measured with.
  const share = certain.unsafe / MEASURED_THRESHOLD;
  const below = (name: string, most: number): number =>
    Math.min(most, share * (thresholds[name] ?? Infinity));
  return [
    bound((label) => families[label] === 'unsafe', below('unsafe', certain.unsafe)),
    bound((label) => families[label] === 'suggestive', below('suggestive', certain.suggestive)),
    ...labels
      .filter((label) => Object.hasOwn(thresholds, label))
      .map((label) => bound((other) => other === label, below(label, 1))),
  ];
}
