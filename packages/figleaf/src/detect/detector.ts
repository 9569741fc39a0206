/** The detector: any picture in, boxes with labels out. */
import type { Category, Preprocessing } from '@figleaf/onnx/metadata';
import { mapInOrder } from '../concurrency.ts';
import { FigleafError } from '../errors.ts';
import type { BlockList } from '../hash/block-list.ts';
import type { Box } from '../image/box.ts';
import type { Size } from '../image/dimensions.ts';
import type { ImageInput } from '../image/input.ts';
import { placementFor } from '../image/letterbox.ts';
import { resolveLimits } from '../image/limits.ts';
import type { DecodeOptions, ImageInfo, ImageLimits } from '../image/pixels.ts';
import type { Placement } from '../image/place.ts';
import { type Inquiry, inquire } from '../runtime/inquiry.ts';
import { type AnsweredImage, createPool, type Pool, type Stage, type Tensor } from '../runtime/pool.ts';
import { type Candidate, placeCandidates, readCandidates } from './candidates.ts';
import { scaleBox } from './geometry.ts';
import {
  checkLoaded,
  type DetectorChoice,
  type DetectorDescription,
  type DetectorModel,
  openDetector,
} from './model.ts';
import { nms } from './nms.ts';
import { type DetectionSettings, resolveSettings } from './settings.ts';
import { type DetectionKind, kindsOf } from './taxonomy.ts';
import { autoTiles, countTiles, layTiles, mergeViews, type TileGrid } from './tiles.ts';

/** The tensors of all tiles are in memory at a time. */
const MOST_TILES = 100;

/** How to load a detector. */
export interface LoadDetectorOptions {
  /** Worker threads that infer and decode, 1 to 256. Default: one per available core, fewer where memory is short. */
  readonly workers?: number;
  /** Runs in these workers, which stay the caller's, instead of in workers of its own. */
  readonly pool?: Pool | undefined;
  /** Labels, head, input size, letterbox, families: what the ONNX file does not say itself, or what is to hold instead. */
  readonly description?: DetectorDescription;
  /** Bounds on what one input may cost. */
  readonly limits?: Partial<ImageLimits>;
  /** Gives up loading. */
  readonly signal?: AbortSignal;
}

/** How to detect. */
export interface DetectOptions {
  /** Least score of a detection, over 0 to 1. Default 0.25. */
  readonly minScore?: number;
  /** Boxes suppress those that they overlap by more, as intersection over union, 0 to 1. Default 0.45. */
  readonly iou?: number;
  /** Whether boxes suppress those of other labels too. Default: what the model's metadata say, else false. */
  readonly classAgnostic?: boolean;
  /**
   * Looks at overlapping parts of the picture as well, for what is too small in the whole of it. `'auto'`: up to 25 parts of large
   * pictures, none of others. Takes as many inferences more as there are tiles. `false`: no tiles. Default: what the profile says, else
   * no tiles.
   */
  readonly tiles?: 'auto' | TileGrid | false | undefined;
  /**
   * Longer side of the input in pixels, 32 to 4096, a multiple of 32: larger finds smaller things and takes longer. Only for models
   * whose input has free axes. Default: what the profile says, else the model's own.
   */
  readonly size?: number | undefined;
  /** Most frames of an animation that are looked at, spread evenly, at least 1. Default 8. */
  readonly frames?: number;
  /** Let JPEGs shrink while decoding where they stay twice the model's size, and without tiles: faster, but boxes move. Default false. */
  readonly scaledDecode?: boolean;
  /** Look at SVG, which is refused by default. Default false. */
  readonly allowSvg?: boolean;
  /** Pictures on it end with a {@link BlockListedError} and are not looked at. Default: none. */
  readonly blockList?: BlockList | undefined;
  /** Longer side in pixels of a small WebP of the first frame to make beside the answer. Default: none is made. */
  readonly thumbnail?: number | undefined;
  /** Cancels; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Something that was found. */
export interface Detection {
  /** One of the model's labels, as the model writes it. */
  readonly label: string;
  /** The family of the label; null where it belongs to no known one. */
  readonly category: Category | null;
  /** How sure the model is, `minScore` to 1. */
  readonly score: number;
  /** Where, in pixels of the upright original, clipped to it; not rounded. */
  readonly box: Box;
  /** Of an animation: which of its frames, from 0. Absent for a still. */
  readonly frame?: number;
}

/** The answer to one picture. */
export interface DetectionResult {
  /** All that was found, the highest score first; in all frames that were looked at. */
  readonly detections: readonly Detection[];
  /** The ids of the models that were asked. */
  readonly models: readonly string[];
  /** What decoding said: size of the upright original, format, whether the file was cut off. */
  readonly image: ImageInfo;
  /** How many frames were looked at: 1 for a still. */
  readonly frames: number;
  /** The small WebP that was asked for. */
  readonly thumbnail?: Uint8Array;
}

/** One line of {@link Detector.detectAll}: either a result or an error. */
export type DetectOutcome<Input> =
  | { readonly input: Input; readonly result: DetectionResult; readonly error?: never }
  | { readonly input: Input; readonly result?: never; readonly error: FigleafError };

/**
 * Loads a detector. It owns worker threads: dispose of it when done (`await using` does).
 *
 * @param choice A catalogue id, a path or URL, an ONNX file's bytes, or a profile. Default: the profile `balanced`. A profile asks the
 * first of its detectors that was pulled, and where none was `activation-map`, which comes with the package; the detector's `models` says
 * which. A YOLOv8 or YOLO11 as Ultralytics exports it needs no description.
 * @throws {FigleafError} `model-unknown`, `model-not-found`, `model-unreadable`, `model-invalid`, `model-unsupported`,
 * `model-labels-mismatch`, `model-not-pulled`, `model-hash-mismatch`, `option-invalid` or `runtime-unavailable`.
 * @example
 * ```ts
 * await using detector = await loadDetector({ profile: 'accurate' });
 * const { detections } = await detector.detect('holiday.jpg', { minScore: 0.4 });
 * for (const { label, score, box } of detections) console.log(label, score, box.x, box.y, box.width, box.height);
 * ```
 */
export async function loadDetector(
  choice?: DetectorChoice,
  options: LoadDetectorOptions = {},
): Promise<Detector> {
  const { signal } = options;
  signal?.throwIfAborted();
  const limits = resolveLimits(options.limits);
  const model = await openDetector(choice, options.description, signal);
  const pool = options.pool ?? (await createPool({ workers: options.workers, signal }));
  try {
    const fixedSize = checkLoaded(model.metadata, await pool.load(model.source, { signal }));
    return new Detector(pool, { ...model, fixedSize }, limits, pool !== options.pool);
  } catch (error) {
    if (pool !== options.pool) await pool[Symbol.asyncDispose]();
    throw error;
  }
}

/** A model that has been loaded. */
interface LoadedDetectorModel extends DetectorModel {
  /** The only size of input that it takes; null where its axes are free. */
  readonly fixedSize: Size | null;
}

/**
 * A loaded detector. Made by {@link loadDetector}.
 *
 * @example
 * ```ts
 * await using detector = await loadDetector('models/yolov8n.onnx');
 * for await (const { input, result, error } of detector.detectAll(paths)) {
 *   console.log(input, result?.detections.length ?? error.message);
 * }
 * ```
 */
export class Detector implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #model: LoadedDetectorModel;
  readonly #limits: ImageLimits;
  readonly #ownsPool: boolean;
  readonly #kinds: readonly DetectionKind[];

  /** @internal */
  constructor(pool: Pool, model: LoadedDetectorModel, limits: ImageLimits, ownsPool: boolean) {
    this.#pool = pool;
    this.#model = model;
    this.#limits = limits;
    this.#ownsPool = ownsPool;
    this.#kinds = kindsOf(model.metadata);
  }

  /** The ids of the models that are asked. */
  get models(): readonly string[] {
    return [this.#model.metadata.id];
  }

  /** The labels that it gives. */
  get labels(): readonly string[] {
    return [...new Set(this.#kinds.map(({ label }) => label))];
  }

  /** The kinds of things that it finds: their labels with the families that they belong to. */
  get kinds(): readonly DetectionKind[] {
    return this.#kinds;
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
   * Finds what there is in one picture.
   *
   * @param input Node: a path, `file:` URL, bytes, Blob, stream or `Pixels`. Browser: a File, Blob, bytes, `ImageData`,
   * `ImageBitmap`, `<img>`, `<canvas>` or `Pixels`.
   * @throws {FigleafError} For an input that cannot be looked at: `not-an-image`, or codes that begin with `input-`, `image-` or
   * `video-`; for options out of range `option-invalid`; for a model that fails `model-invalid`, `model-unsupported` or
   * `model-labels-mismatch`; `worker-crashed` and `disposed`.
   * @throws {BlockListedError} For a picture on the block list.
   * @example
   * ```ts
   * const { detections } = await detector.detect('crowd.jpg', { tiles: 'auto' });
   * const explicit = detections.filter(({ category }) => category === 'unsafe');
   * ```
   */
  async detect(input: ImageInput, options: DetectOptions = {}): Promise<DetectionResult> {
    const [result] = await inquire(this.#pool, input, [this.inquiry(options)], options);
    return result;
  }

  /**
   * What it asks of a picture, for whoever asks more than that. Serves for one picture.
   *
   * @internal
   */
  inquiry(options: DetectOptions): Inquiry<DetectionResult> {
    const settings = resolveSettings(options, this.#model);
    let [size, placements]: [Size, Placement[]] = [{ width: 0, height: 0 }, []];
    const modelId = this.#model.metadata.id;
    const stagesFor = (decoded: Size): Stage[] => {
      size = decoded;
      placements = placementsFor(size, settings);
      return toStages(modelId, settings.preprocessing, placements);
    };
    return {
      asked: { modelId, stagesFor },
      decoding: this.#decodeOptions(options, settings),
      read: (answered) => this.#read(answered, placements, size, settings),
    };
  }

  /**
   * Looks at many pictures, several at a time. Results come in the order of the inputs; a bad input is an outcome with
   * `error`, never an end. Inputs are taken only as fast as results are.
   *
   * @throws {FigleafError} `option-invalid` or `disposed`.
   * @example
   * ```ts
   * for await (const { input, result, error } of detector.detectAll(['a.jpg', 'b.png'])) {
   *   console.log(input, result?.detections ?? error.code);
   * }
   * ```
   */
  async *detectAll<Input extends ImageInput>(
    inputs: Iterable<Input> | AsyncIterable<Input>,
    options: DetectOptions = {},
  ): AsyncGenerator<DetectOutcome<Input>, void, undefined> {
    resolveSettings(options, this.#model);
    yield* mapInOrder(inputs, this.#pool.workers * 8, (input) => this.#outcome(input, options));
  }

  /** Takes no more work, waits for what is running, then ends the workers. The same as leaving an `await using` block. */
  async close(): Promise<void> {
    if (this.#ownsPool) await this.#pool[Symbol.asyncDispose]();
  }

  /** The same as {@link Detector.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #outcome<Input extends ImageInput>(
    input: Input,
    options: DetectOptions,
  ): Promise<DetectOutcome<Input>> {
    try {
      return { input, result: await this.detect(input, options) };
    } catch (error) {
      if (!(error instanceof FigleafError) || error.code === 'disposed') throw error;
      return { input, error };
    }
  }

  #read(
    { image, answers, thumbnail }: AnsweredImage,
    placements: readonly Placement[],
    size: Size,
    settings: DetectionSettings,
  ): DetectionResult {
    const found = answers.map((frame) =>
      this.#readFrame(frame, placements, size, settings).map((candidate) => ({
        ...candidate,
        box: scaleBox(candidate.box, size, image),
      })),
    );
    const detections = this.#describe(found, image);
    const result = { detections, models: this.models, image, frames: found.length };
    return thumbnail ? { ...result, thumbnail } : result;
  }

  /** What is found in one frame, in pixels of the picture as it was decoded. */
  #readFrame(
    answers: readonly (readonly Tensor[])[],
    placements: readonly Placement[],
    size: Size,
    settings: DetectionSettings,
  ): Candidate[] {
    const views = placements.map((placement, index) => {
      const candidates = readCandidates(this.#model.metadata, answers[index]!, settings.minScore, placement);
      const placed = placeCandidates(candidates, placement, size);
      return { view: placement.view, candidates: nms(placed, settings) };
    });
    return views.length === 1 ? views[0]!.candidates : mergeViews(views, size, settings);
  }

  #describe(frames: readonly (readonly Candidate[])[], { frameCount }: ImageInfo): Detection[] {
    return frames
      .flatMap((candidates, index) =>
        candidates.map(({ label, score, box }): Detection => {
          const detection = { ...this.#kinds[label]!, score, box };
          // As `spreadFrames` spread them.
          const frame = Math.floor((index * frameCount) / frames.length);
          return frameCount > 1 ? { ...detection, frame } : detection;
        }),
      )
      .sort((a, b) => b.score - a.score);
  }

  #decodeOptions(options: DetectOptions, { frames, tiles, preprocessing }: DetectionSettings): DecodeOptions {
    const { width, height } = preprocessing;
    return {
      limits: this.#limits,
      frames,
      allowSvg: options.allowSvg ?? false,
      ...(options.scaledDecode && !tiles && { scaleDownTo: 2 * Math.max(width, height) }),
    };
  }
}

/** The whole picture first, then its tiles. */
function placementsFor(size: Size, { tiles, preprocessing }: DetectionSettings): Placement[] {
  const whole: Box = { x: 0, y: 0, width: size.width, height: size.height };
  const parts = !tiles
    ? []
    : tiles === 'auto'
      ? autoTiles(size, Math.max(preprocessing.width, preprocessing.height))
      : gridTiles(size, tiles);
  // A single tile is the picture itself.
  const views = parts.length > 1 ? [whole, ...parts] : [whole];
  return views.map((view) => placementFor(view, preprocessing));
}

function gridTiles(size: Size, grid: TileGrid): Box[] {
  const count = countTiles(size, grid);
  if (count <= MOST_TILES) return layTiles(size, grid);
  throw new FigleafError(
    'option-invalid',
    `a picture of ${size.width} x ${size.height} makes ${count} tiles of ${grid.side} pixels; at most ${MOST_TILES} are ` +
      'looked at: give a larger side',
  );
}

/** The whole is asked alone, so that the worker that decoded it can do so at once. */
function toStages(modelId: string, preprocessing: Preprocessing, placements: readonly Placement[]): Stage[] {
  const questions = placements.map((placement) => ({ modelId, preprocessing, placement }));
  const [whole, ...tiles] = questions;
  return [{ questions: [whole!] }, ...(tiles.length > 0 ? [{ questions: tiles }] : [])];
}
