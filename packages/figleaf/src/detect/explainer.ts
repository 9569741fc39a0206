/** The explainer: a picture in, where a classifier sees what it says out. */

import type { ClassProbabilities } from '../classify/scores.ts';
import type { Size } from '../image/dimensions.ts';
import type { ImageInput } from '../image/input.ts';
import { placementFor } from '../image/letterbox.ts';
import { resolveLimits } from '../image/limits.ts';
import type { ImageInfo, ImageLimits } from '../image/pixels.ts';
import type { Placement } from '../image/place.ts';
import { createPool, type Pool, type Stage, type Tensor } from '../runtime/pool.ts';
import { placeCandidates, readCandidates } from './candidates.ts';
import { type Heat, readAnswer, readFamilies } from './class-map.ts';
import type { Detection } from './detector.ts';
import { type DetectorModel, openDetector } from './model.ts';
import { resolveSettings } from './settings.ts';
import { kindsOf } from './taxonomy.ts';

/** How to load an explainer. */
export interface LoadExplainerOptions {
  /** Worker threads, 1 to 256. Default: one per available core, fewer where memory is short. */
  readonly workers?: number;
  /** Runs in these workers, which stay the caller's, instead of in workers of its own. */
  readonly pool?: Pool | undefined;
  /** Bounds on what one input may cost. */
  readonly limits?: Partial<ImageLimits>;
  /** Gives up loading. */
  readonly signal?: AbortSignal;
}

/** How to explain. */
export interface ExplainOptions {
  /** Longer side of the map's input in pixels, 32 to 4096, a multiple of 32, which is the side of a cell: larger is finer. Default 448. */
  readonly size?: number | undefined;
  /** Look at SVG, which is refused by default. Default false. */
  readonly allowSvg?: boolean;
  /** Cancels; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Where a classifier sees what it says. */
export interface Explanation {
  /** What the mapped classifier says of the whole picture at the map's size; at its own size it may say something else. */
  readonly classes: ClassProbabilities;
  /** How unsafe or suggestive it finds each part of the picture. */
  readonly heat: Heat;
  /** Where the heat is over 0.5, the hottest first. */
  readonly regions: readonly Detection[];
  /** The id of the map. */
  readonly models: readonly string[];
  /** What decoding said of the picture. Of an animation the first frame is explained. */
  readonly image: ImageInfo;
}

/**
 * Loads the class activation map of `mobilenet_v2_mid`, which comes with the package, to explain what classifiers say of pictures. It is
 * one of the three networks that verdicts come from: what the other two saw it cannot tell. It owns worker threads: dispose of it when
 * done (`await using` does).
 *
 * The method is that of Zhou et al., "Learning Deep Features for Discriminative Localization" (2016).
 *
 * @throws {FigleafError} `model-not-found`, `model-unreadable`, `option-invalid` or `runtime-unavailable`.
 * @example
 * ```ts
 * await using explainer = await loadExplainer({ workers: 1 });
 * const { frames: [pixels] } = await decodeImage('holiday.jpg');
 * const { classes, heat } = await explainer.explain(pixels);
 * const picture = drawHeat(pixels, heat);
 * ```
 */
export async function loadExplainer(options: LoadExplainerOptions = {}): Promise<Explainer> {
  const { signal } = options;
  signal?.throwIfAborted();
  const limits = resolveLimits(options.limits);
  const model = await openDetector('activation-map', {}, signal);
  const pool = options.pool ?? (await createPool({ workers: options.workers, signal }));
  try {
    await pool.load(model.source, { signal });
    return new Explainer(pool, model, limits, pool !== options.pool);
  } catch (error) {
    if (pool !== options.pool) await pool[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * A loaded explainer. Made by {@link loadExplainer}.
 *
 * @example
 * ```ts
 * await using explainer = await loadExplainer();
 * const { regions } = await explainer.explain('holiday.jpg');
 * ```
 */
export class Explainer implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #model: DetectorModel;
  readonly #limits: ImageLimits;
  readonly #ownsPool: boolean;

  /** @internal */
  constructor(pool: Pool, model: DetectorModel, limits: ImageLimits, ownsPool: boolean) {
    this.#pool = pool;
    this.#model = model;
    this.#limits = limits;
    this.#ownsPool = ownsPool;
  }

  /** The id of the map. */
  get models(): readonly string[] {
    return [this.#model.metadata.id];
  }

  /** `native` where ONNX Runtime's own library runs, else `wasm`. */
  get runtime(): 'native' | 'wasm' {
    return this.#pool.runtime;
  }

  /**
   * Says where in a picture the classifier sees what.
   *
   * @param input As {@link Detector.detect} takes it.
   * @throws {FigleafError} As {@link Detector.detect} does.
   * @example
   * ```ts
   * const { heat } = await explainer.explain('holiday.jpg');
   * const hottest = Math.max(...heat.data);
   * ```
   */
  async explain(input: ImageInput, options: ExplainOptions = {}): Promise<Explanation> {
    const { size, signal, allowSvg = false } = options;
    signal?.throwIfAborted();
    const { preprocessing, minScore } = resolveSettings({ size }, { ...this.#model, fixedSize: null });
    const { metadata } = this.#model;
    let [decoded, placement]: [Size | null, Placement | null] = [null, null];
    const stagesFor = (found: Size): Stage[] => {
      decoded = found;
      placement = placementFor({ x: 0, y: 0, ...found }, preprocessing);
      return [{ questions: [{ modelId: metadata.id, preprocessing, placement }] }];
    };
    const asked = { modelId: metadata.id, stagesFor };
    const { image, answers } = await this.#pool.ask(input, asked, { limits: this.#limits, allowSvg, signal });
    return { ...this.#read(answers[0]![0]!, placement!, decoded!, minScore), models: this.models, image };
  }

  #read(
    outputs: readonly Tensor[],
    placement: Placement,
    size: Size,
    minScore: number,
  ): Pick<Explanation, 'classes' | 'heat' | 'regions'> {
    const { metadata } = this.#model;
    const kinds = kindsOf(metadata);
    const candidates = readCandidates(metadata, outputs, minScore, placement);
    const regions = placeCandidates(candidates, placement, size)
      .map(({ label, score, box }) => ({ ...kinds[label]!, score, box }))
      .sort((a, b) => b.score - a.score);
    return { classes: readAnswer(metadata, outputs), heat: readFamilies(metadata, outputs).heat, regions };
  }

  /** Takes no more work, waits for what is running, then ends the workers. The same as leaving an `await using` block. */
  async close(): Promise<void> {
    if (this.#ownsPool) await this.#pool[Symbol.asyncDispose]();
  }

  /** The same as {@link Explainer.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
