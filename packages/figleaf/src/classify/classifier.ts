/** The classifier: any picture in, class probabilities and the three scores out. */
import type { ModelMetadata } from '@figleaf/onnx/metadata';
import pLimit, { type LimitFunction } from 'p-limit';
import { abortable, mapInOrder } from '../concurrency.ts';
import { FigleafError } from '../errors.ts';
import type { ImageInput } from '../image/input.ts';
import { resolveLimits } from '../image/limits.ts';
import type { DecodeOptions, ImageInfo, ImageLimits } from '../image/pixels.ts';
import { createPool, type Pool, type Tensor } from '../runtime/pool.ts';
import { type ClassifierModel, type ModelChoice, type ModelDescription, selectModels } from './model.ts';
import { type ClassProbabilities, meanOf, type Scores, softmax, taxonomyOf, toScores } from './scores.ts';

/** How to load a classifier. */
export interface LoadOptions {
  /** Worker threads that infer and decode, 1 to 256. Default: one per available core, fewer where memory is short. */
  readonly workers?: number;
  /** Labels, preprocessing and the like for an ONNX file that does not carry Figleaf's metadata, or to override it. */
  readonly description?: ModelDescription;
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
  /** Cancels; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The answer to one picture. */
export interface Classification {
  /** `safe`, `unsafe` and `suggestive`; null for a model whose classes belong to no known family. */
  readonly scores: Scores | null;
  /** Every class of the model with its probability. */
  readonly classes: ClassProbabilities;
  /** The ids of the models that were asked. */
  readonly models: readonly string[];
  /** What decoding said: size of the upright original, format, whether the file was cut off. */
  readonly image: ImageInfo;
  /** How many frames were judged: 1 for a still. The answer is that of the worst by `scores`; of the first without. */
  readonly frames: number;
}

/** One line of {@link Classifier.classifyAll}: either a result or an error. */
export type ClassifyOutcome<Input> =
  | { readonly input: Input; readonly result: Classification; readonly error?: never }
  | { readonly input: Input; readonly result?: never; readonly error: FigleafError };

const DEFAULT_FRAMES = 8;

/**
 * Loads a classifier. It owns worker threads: dispose of it when done (`await using` does).
 *
 * @param choice A catalogue id, a path or URL, an ONNX file's bytes, a profile, or an ensemble. Default: the profile `fast`.
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
  const pool = await createPool({ workers: options.workers, signal });
  try {
    const { models, weights } = await selectModels(choice, options.description, signal);
    await Promise.all(models.map((model) => loadModel(pool, model, signal)));
    return new Classifier(pool, models, weights, limits);
  } catch (error) {
    await pool[Symbol.asyncDispose]();
    throw error;
  }
}

async function loadModel(
  pool: Pool,
  { metadata, source }: ClassifierModel,
  signal?: AbortSignal,
): Promise<void> {
  const { outputs } = await pool.load(source, { signal });
  const classes = outputs[0]?.dims.at(-1);
  if (typeof classes === 'number' && classes > 0) checkLabels(metadata.id, metadata.labels, classes);
}

function checkLabels(id: string, labels: readonly string[], outputs: number): void {
  if (outputs === labels.length) return;
  throw new FigleafError(
    'model-labels-mismatch',
    `the model '${id}' gives ${outputs} numbers, but ${labels.length} labels are named (${labels.join(', ')})`,
  );
}

/** Logits under the name of probabilities, or a network that overflows, must not pass for an answer. */
function checkProbabilities(id: string, values: ArrayLike<number>): void {
  const sum = Array.from(values).reduce((total, p) => total + (p >= 0 ? p : Number.NaN), 0);
  if (Math.abs(sum - 1) < 0.01) return;
  throw new FigleafError(
    'model-unsupported',
    `the model '${id}' does not give probabilities that sum to 1; where it gives logits say so (output: 'logits')`,
  );
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
  readonly #models: readonly ClassifierModel[];
  readonly #weights: readonly number[] | undefined;
  readonly #limits: ImageLimits;
  readonly #gate: LimitFunction;

  /** @internal */
  constructor(
    pool: Pool,
    models: readonly ClassifierModel[],
    weights: readonly number[] | undefined,
    limits: ImageLimits,
  ) {
    this.#pool = pool;
    this.#models = models;
    this.#weights = weights;
    this.#limits = limits;
    // Bytes of pictures that wait would pile up, so only a few are read ahead of the workers.
    this.#gate = pLimit(pool.workers * 3);
  }

  /** The ids of the models that are asked. */
  get models(): readonly string[] {
    return this.#models.map(({ metadata }) => metadata.id);
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
   * @example
   * ```ts
   * const { classes } = await classifier.classify(await readFile('cat.jpg'));
   * ```
   */
  async classify(input: ImageInput, options: ClassifyOptions = {}): Promise<Classification> {
    const { signal } = options;
    signal?.throwIfAborted();
    return abortable(
      this.#gate(() => this.#judge(input, options)),
      signal,
    );
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
  close(): Promise<void> {
    return this.#pool[Symbol.asyncDispose]();
  }

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

  async #judge(input: ImageInput, options: ClassifyOptions): Promise<Classification> {
    const { signal } = options;
    signal?.throwIfAborted();
    const questions = this.#models.map(({ metadata: { id, preprocessing } }) => ({
      modelId: id,
      preprocessing,
    }));
    const { image, answers } = await this.#pool.ask(input, questions, {
      ...this.#decodeOptions(options),
      signal,
    });
    const frames = answers.map((frame) => this.#mean(frame));
    const worst = frames.reduce((a, b) => (severity(b) > severity(a) ? b : a));
    return { ...worst, models: this.models, image, frames: frames.length };
  }

  #decodeOptions(options: ClassifyOptions): DecodeOptions {
    const sizes = this.#models.map(({ metadata }) => metadata.preprocessing);
    const largest = Math.max(...sizes.flatMap(({ width, height }) => [width, height]));
    return {
      limits: this.#limits,
      frames: options.frames ?? DEFAULT_FRAMES,
      allowSvg: options.allowSvg ?? false,
      ...(options.scaledDecode && { scaleDownTo: 2 * largest }),
    };
  }

  /** What all models together say of one frame; `answers` are each model's outputs. */
  #mean(answers: readonly (readonly Tensor[])[]): Pick<Classification, 'scores' | 'classes'> {
    const classes = meanOf(
      this.#models.map(({ metadata }, index) => toProbabilities(metadata, answers[index]?.[0])),
      this.#weights,
    );
    const { labels, taxonomy } = this.#models[0]!.metadata;
    const families = taxonomyOf(labels, taxonomy);
    return { classes, scores: families && toScores(classes, families) };
  }
}

function toProbabilities(metadata: ModelMetadata, output: Tensor | undefined): ClassProbabilities {
  const { id, labels } = metadata;
  if (!output) throw new FigleafError('model-unsupported', `the model '${id}' has no output`);
  checkLabels(id, labels, output.data.length);
  const values = metadata.output === 'logits' ? softmax(output.data) : output.data;
  checkProbabilities(id, values);
  return Object.fromEntries(labels.map((label, index) => [label, values[index]!]));
}

/** Orders the frames of an animation; the worst one speaks for it. */
function severity({ scores }: Pick<Classification, 'scores'>): number {
  return scores ? scores.unsafe + (scores.suggestive ?? 0) / 1000 : 0;
}
