/** The pool: worker threads that prepare pictures and run models, with ONNX Runtime sessions kept apart from the event loop. */
import pLimit, { type LimitFunction } from 'p-limit';
import { availableCores, availableMemory, spawn } from '#threads';
import { abortable } from '../concurrency.ts';
import { FigleafError } from '../errors.ts';
import type { BlockList } from '../hash/block-list.ts';
import { BlockListedError, findListed, screenBytes } from '../hash/screen.ts';
import { isReadAgain, readImage } from '../image/decode.ts';
import type { Size } from '../image/dimensions.ts';
import type { ImageInput } from '../image/input.ts';
import type { DecodedImage, DecodeOptions } from '../image/pixels.ts';
import { WasmDecoder } from '../image/wasm-decoder.ts';
import { movable, Remote } from '../threads/rpc.ts';

import { ExitGuard } from './guard.ts';
import type {
  AnsweredImage,
  LoadedModel,
  Look,
  ModelSource,
  PictureProtocol,
  PictureRequest,
  Plan,
  PreparedImage,
  PrepareReply,
  PrepareRequest,
  Question,
  ReducedImage,
  RuntimeKind,
  SharedAnswers,
  Stage,
  Tensor,
} from './protocol.ts';
import { Scheduler, type SchedulerWorker } from './scheduler.ts';
import { inputOf, isEnough } from './stages.ts';

export type {
  AnsweredImage,
  Bound,
  LoadedModel,
  Look,
  ModelSource,
  Plan,
  PreparedImage,
  Question,
  ReducedImage,
  RuntimeKind,
  SharedAnswers,
  Stage,
  Tensor,
  TensorInfo,
} from './protocol.ts';

/** How to make a pool. */
export interface PoolOptions {
  /** Most worker threads, 1 to 256. Default: the available cores, fewer where memory is short. */
  readonly workers?: number | undefined;
  /** Gives up making it. */
  readonly signal?: AbortSignal | undefined;
}

/** How to cancel a call. */
export interface CallOptions {
  /** Rejects the call with the signal's reason at once; what a worker has begun ends unheard. */
  readonly signal?: AbortSignal | undefined;
}

/** How to ask about a picture. */
export interface AskOptions extends DecodeOptions, CallOptions {
  /** Pictures on it are refused before anything is asked. Default: none. */
  readonly blockList?: BlockList | undefined;
  /** Longer side in pixels of a small WebP of the picture to make. Default: none is made. */
  readonly thumbnail?: number | undefined;
}

/** How to make a picture smaller. */
export interface ReduceOptions extends DecodeOptions, CallOptions {
  /** Most pixels from top to bottom; lower pictures are not enlarged. At least 1. */
  readonly maxHeight: number;
  /** Whether to tell the PDQ hashes of the picture turned and mirrored too. Default false. */
  readonly rotations?: boolean;
}

/** How to run a model. */
export interface RunOptions extends CallOptions {
  /**
   * Moves the input's memory to the worker. That is cheaper, but the input cannot be used again, nor can the run be tried
   * again should the worker die. Default false: it is copied.
   */
  readonly move?: boolean;
}

const MOST_WORKERS = 256;

/** Memory per worker below which fewer workers are made: decoders, runtime, and pictures in flight. */
const WORKER_BYTES = 192 * 2 ** 20;

/** What a large picture takes while it is decoded and scaled. */
const PICTURE_BYTES = 256 * 2 ** 20;

/** One loads the first model while the other gets its decoders ready. */
const WARM_WORKERS = 2;

/**
 * Starts worker threads, and ONNX Runtime in the first of them.
 *
 * @throws {FigleafError} `runtime-unavailable`, `option-invalid`, or `worker-crashed` where no worker can be started.
 * @example
 * ```ts
 * await using pool = await createPool({ workers: 2 });
 * await pool.load({ id: 'mine', file: 'mine.onnx' });
 * const [output] = await pool.run('mine', { data: new Float32Array(224 * 224 * 3), dims: [1, 224, 224, 3] });
 * ```
 */
export async function createPool(options: PoolOptions = {}): Promise<Pool> {
  const { signal, workers } = options;
  signal?.throwIfAborted();
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1 && workers <= MOST_WORKERS)) {
    throw new FigleafError(
      'option-invalid',
      `workers is ${workers}; give a whole number from 1 to ${MOST_WORKERS}`,
    );
  }
  const memory = availableMemory();
  const affordable = Math.max(1, Math.floor(memory / WORKER_BYTES));
  const maxWorkers = workers ?? Math.min(availableCores(), affordable, MOST_WORKERS);
  return Pool.start(maxWorkers, memory, signal);
}

/**
 * Worker threads behind one queue. Made by {@link createPool}; dispose of it when done. A pool that is forgotten does
 * not keep the process alive, except while it works.
 * @example
 * ```ts
 * await using pool = await createPool({ workers: 2 });
 * await pool.load({ id: 'mine', file: 'mine.onnx' });
 * const [output] = await pool.run('mine', { data: new Float32Array(4), dims: [1, 4] });
 * ```
 */
export class Pool implements AsyncDisposable {
  /** Which ONNX Runtime computes. */
  readonly runtime: RuntimeKind;
  /** Most worker threads at a time. They are started as work comes in. */
  readonly workers: number;
  readonly #scheduler: Scheduler;
  readonly #guard: ExitGuard;
  /** HEIC and BMP are decoded apart. */
  readonly #wasm = new WasmDecoder();
  readonly #gate: LimitFunction;

  private constructor(runtime: RuntimeKind, workers: number, scheduler: Scheduler, guard: ExitGuard) {
    this.runtime = runtime;
    this.workers = workers;
    this.#scheduler = scheduler;
    this.#guard = guard;
    // Bytes of pictures that wait would pile up, so only a few are read ahead of the workers.
    this.#gate = pLimit(workers * 3);
  }

  /** @internal */
  static async start(workers: number, memory: number, signal?: AbortSignal): Promise<Pool> {
    const guard = new ExitGuard();
    let first: Promise<RuntimeKind> | undefined;
    const startWorker = (onExit: (reason?: Error) => void): SchedulerWorker => {
      const worker = new PoolWorker(guard, onExit);
      if (first) worker.warm();
      else first = worker.runtime();
      return worker;
    };
    const scheduler = new Scheduler({
      startWorker,
      maxWorkers: workers,
      memory: memory / 2,
      maxPrepares: Math.max(1, Math.floor(memory / 2 / PICTURE_BYTES)),
    });
    try {
      scheduler.warm(WARM_WORKERS);
      const runtime = await abortable(first!, signal);
      return new Pool(runtime, workers, scheduler, guard);
    } catch (error) {
      // Not awaited on an abort: that has to be prompt, and ONNX Runtime may still be loading.
      const closed = scheduler.close().finally(() => guard.remove());
      if (!signal?.aborted) await closed;
      throw error;
    }
  }

  /**
   * Loads a model on one worker; others load it when runs queue up for it and memory allows.
   *
   * @throws {FigleafError} `model-not-found`, `model-invalid`, `model-unsupported`, `worker-crashed` or `disposed`.
   */
  async load(model: ModelSource, { signal }: CallOptions = {}): Promise<LoadedModel> {
    return this.#scheduler.load(model, signal);
  }

  /**
   * Makes a model known without loading it: its first run does, so that a model that is never needed costs nothing.
   *
   * @throws {FigleafError} `option-invalid` where another model has that name, `disposed`.
   */
  announce(model: ModelSource): void {
    this.#scheduler.announce(model);
  }

  /**
   * Reads and decodes a picture and makes one tensor for each of its frames and each look.
   *
   * @throws {FigleafError} Those of reading and decoding (`input-...`, `image-...`, `not-an-image`, `video-unsupported`),
   * `worker-crashed` or `disposed`.
   */
  async prepare(
    input: ImageInput,
    looks: readonly Look[],
    options: DecodeOptions & CallOptions = {},
  ): Promise<PreparedImage> {
    const toDo = () => ({ looks: [looks] });
    const { image, tensors } = await this.#prepare(input, options, { modelId: null, measured: false, toDo });
    return { image, tensors: tensors[0]! };
  }

  /**
   * Reads and decodes a picture and asks loaded models about each of its frames, stage by stage until the answers are
   * enough. A model that is first and alone is run by the worker that decoded the picture, where it can; those of one
   * stage run side by side. Three pictures a worker are under way at a time, others wait unread.
   *
   * @param asked The stages, or a plan that makes them from the size of the picture, which the worker tells first.
   * @throws {FigleafError} Those of {@link prepare} and {@link run}.
   * @throws {BlockListedError} For a picture on the block list.
   * @example
   * ```ts
   * const { answers } = await pool.ask('cat.jpg', [{ questions: [{ modelId: 'mine', preprocessing }] }]);
   * const [firstOutput] = answers[0][0];
   * ```
   */
  async ask(
    input: ImageInput,
    asked: readonly Stage[] | Plan,
    options: AskOptions = {},
  ): Promise<AnsweredImage> {
    const { answers, ...rest } = await this.askTogether(input, [asked], options);
    return { ...rest, answers: answers[0]! };
  }

  /**
   * The same for several who ask about one picture: it is read and decoded only once, and the answers to one spare the others
   * nothing.
   *
   * @param asked Stages or a plan of each of them, at least one. A model that is first and alone in the first of them is run where the
   * picture was decoded.
   * @throws {FigleafError} Those of {@link ask}.
   * @throws {BlockListedError} For a picture on the block list.
   * @example
   * ```ts
   * const { answers } = await pool.askTogether('cat.jpg', [stagesOfTheClassifier, planOfTheDetector]);
   * const [ofTheClassifier, ofTheDetector] = answers;
   * ```
   */
  async askTogether(
    input: ImageInput,
    asked: readonly (readonly Stage[] | Plan)[],
    options: AskOptions = {},
  ): Promise<SharedAnswers> {
    const { signal } = options;
    signal?.throwIfAborted();
    const asking = this.#gate(() => {
      signal?.throwIfAborted();
      return this.#askTogether(input, asked, options);
    });
    return abortable(asking, signal);
  }

  async #askTogether(
    input: ImageInput,
    asked: readonly (readonly Stage[] | Plan)[],
    options: AskOptions,
  ): Promise<SharedAnswers> {
    const plans = asked.map((one) => ('stagesFor' in one ? one : planOf(one)));
    const modelId = plans[0]?.modelId ?? null;
    let stages: (readonly Stage[])[] = [];
    const begun = await this.#prepare(input, options, {
      modelId,
      measured: asked.some((one) => 'stagesFor' in one),
      toDo: (holds, size) => {
        stages = plans.map(({ stagesFor }) => stagesFor(size));
        return {
          thumbnail: options.thumbnail,
          looks: stages.map(looksOf),
          run: modelId !== null && holds ? { modelId, enough: stages[0]?.[0]?.enough } : undefined,
        };
      },
    });
    const { image, thumbnail, tensors } = begun;
    const answers = await Promise.all(
      tensors.map((own, index) => {
        const ran = index === 0 ? begun.answers : undefined;
        return this.#goOn(ran, own, stages[index]!, options);
      }),
    );
    return { image, thumbnail, answers };
  }

  /** Asks what is left to ask. */
  async #goOn(
    ran: PrepareReply['answers'],
    tensors: PreparedImage['tensors'],
    stages: readonly Stage[],
    options: CallOptions,
  ): Promise<Tensor[][][]> {
    const frames = ran ? ran.map((answer) => [[...answer]]) : tensors.map((): Tensor[][] => []);
    // Models that want the same share one tensor; then each needs a copy.
    const inputs = tensors.map((frame) =>
      frame.map((data) => ({ data, move: frame.indexOf(data) === frame.lastIndexOf(data) })),
    );
    for (const { questions, enough } of stages) {
      const left = ran && questions === stages[0]?.questions ? [] : questions;
      const asking = frames.map(async (frame, index) => {
        const own = inputs[index]?.splice(0, left.length) ?? [];
        frame.push(...(await this.#askAll(left, own, options)));
      });
      await Promise.all(asking);
      if (isEnough(enough, frames)) break;
    }
    return frames;
  }

  #askAll(
    questions: readonly Question[],
    inputs: readonly { readonly data: Float32Array; readonly move: boolean }[],
    { signal }: CallOptions,
  ): Promise<Tensor[][]> {
    return Promise.all(
      questions.map((question, index) => {
        const { data, move } = inputs[index]!;
        return this.run(question.modelId, inputOf(data, question), { signal, move });
      }),
    );
  }

  /** Reads a picture and has a worker prepare it. */
  async #prepare(
    input: ImageInput,
    { signal, blockList, thumbnail: _, ...options }: AskOptions,
    { modelId, measured, toDo }: Preparation,
  ): Promise<PrepareReply> {
    const inspect = blockList && ((bytes: Uint8Array) => screenBytes(blockList, bytes));
    const readOptions = { ...options, signal, inspect };
    let read = await readImage(input, readOptions, this.#wasm);
    return this.#scheduler.prepare(
      modelId,
      async (worker, holds) => {
        // The worker that it moved to has died.
        if (isGone(read)) read = await readImage(input, readOptions, this.#wasm);
        let { source, transfer }: Sent = toSend(read, isReadAgain(input));
        if (blockList?.kinds.includes('pdq')) {
          source = await screenPixels(worker, { source, options }, transfer, blockList);
          transfer = [];
        }
        if (!measured)
          return worker.call('prepare', { source, options, ...toDo(holds, UNMEASURED) }, transfer);
        const { ticket, size } = await worker.call('measure', { source, options }, transfer);
        const request = await orForget(worker, ticket, () => toDo(holds, size));
        return worker.call('prepare', { source: ticket, options, ...request });
      },
      signal,
    );
  }

  /**
   * Makes of a picture what a data set keeps: upright, in sRGB, alpha on white, the first frame, no higher than wished. And tells what
   * pictures are compared by: a digest of the pixels and the PDQ hash, both of the original at its full size, and that of the original at
   * one size that is the same for all. All in one go, since most of
   * the time goes into decoding.
   *
   * Everything that is encoded becomes a JPEG, whatever it was: a model must not learn classes by the formats of their sources.
   *
   * @throws {FigleafError} Those of reading and decoding (`input-...`, `image-...`, `not-an-image`, `video-unsupported`),
   * `option-invalid`, `worker-crashed` or `disposed`.
   * @example
   * ```ts
   * const { pixelDigest, hashes, jpeg } = await pool.reduce('holiday.heic', { maxHeight: 320 });
   * if (jpeg) await writeFile('small.jpg', jpeg);
   * ```
   */
  async reduce(
    input: ImageInput,
    { maxHeight, rotations = false, signal, ...options }: ReduceOptions,
  ): Promise<ReducedImage> {
    if (!(Number.isInteger(maxHeight) && maxHeight >= 1))
      throw new FigleafError('option-invalid', `maxHeight is ${maxHeight}; give a whole number from 1 on`);
    let read = await readImage(input, { ...options, signal }, this.#wasm);
    return this.#scheduler.prepare(
      null,
      async (worker) => {
        // The worker that it moved to has died.
        if (isGone(read)) read = await readImage(input, { ...options, signal }, this.#wasm);
        const { source, transfer } = toSend(read, isReadAgain(input));
        return worker.call('reduce', { source, options, maxHeight, rotations }, transfer);
      },
      signal,
    );
  }

  /**
   * Runs a loaded model once.
   *
   * @param input The model's one input; copied unless `move` is set.
   * @returns Every output of the model, in its order, as 32-bit floats.
   * @throws {FigleafError} `model-unknown` where it was not loaded, `model-invalid` where it fails on this input,
   * `worker-crashed` or `disposed`.
   */
  run(modelId: string, input: Tensor, { signal, move = false }: RunOptions = {}): Promise<Tensor[]> {
    return this.#scheduler.run(
      modelId,
      async (worker) => {
        if (input.data.byteLength === 0) {
          throw new FigleafError('worker-crashed', 'a worker died with the only copy of its input');
        }
        // A copy that moves costs half of one that is cloned.
        const data = move ? input.data : new Float32Array(input.data);
        return worker.call('run', { modelId, input: { data, dims: input.dims } }, movable([data.buffer]));
      },
      signal,
    );
  }

  /** Refuses new work and what still waits, lets running work end, then ends the workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#scheduler.close(), this.#wasm[Symbol.asyncDispose]()]);
    this.#guard.remove();
  }
}

/** A worker thread with what it is told first; its end waits for that. */
class PoolWorker implements SchedulerWorker {
  readonly #remote: Remote<PictureProtocol>;
  readonly #setup: Promise<unknown>[] = [];

  constructor(guard: ExitGuard, onExit: (reason?: Error) => void) {
    this.#remote = new Remote<PictureProtocol>(spawn('picture'), onExit);
    void this.#settingUp(this.#remote.call('start', { guard: guard.memory }));
  }

  runtime(): Promise<RuntimeKind> {
    return this.#settingUp(this.#remote.call('runtime', null));
  }

  warm(): void {
    void this.#settingUp(this.#remote.call('warm', null));
  }

  call: SchedulerWorker['call'] = (method, argument, transfer) =>
    this.#remote.call(method, argument, transfer);

  async terminate(): Promise<void> {
    await Promise.allSettled(this.#setup);
    await this.#remote.terminate();
  }

  /** Whoever needs what failed here meets the failure again; alone it harms nobody. */
  #settingUp<T>(call: Promise<T>): Promise<T> {
    this.#setup.push(call);
    call.catch(() => undefined);
    return call;
  }
}

/** What a worker is to do with a picture. */
interface Preparation {
  /** What the worker might run at once if it holds it. */
  readonly modelId: string | null;
  /** Whether `toDo` must know the size of the picture. */
  readonly measured: boolean;
  readonly toDo: (holds: boolean, size: Size) => Omit<PrepareRequest, keyof PictureRequest>;
}

const UNMEASURED: Size = { width: 0, height: 0 };

/** Stages that are the same whatever the size of the picture. */
function planOf(stages: readonly Stage[]): Plan {
  const first = stages[0]?.questions;
  return { modelId: first?.length === 1 ? first[0]!.modelId : null, stagesFor: () => stages };
}

/** What the models of all stages are shown, in the order in which they are asked. */
function looksOf(stages: readonly Stage[]): Look[] {
  const questions = stages.flatMap((stage) => stage.questions);
  return questions.map(({ preprocessing, crop = 1, placement }) => ({ preprocessing, crop, placement }));
}

/** Where `make` fails, the worker need not keep the picture. */
async function orForget<T>(worker: SchedulerWorker, ticket: number, make: () => T): Promise<T> {
  try {
    return make();
  } catch (error) {
    await worker.call('forget', ticket);
    throw error;
  }
}

interface Sent {
  readonly source: Uint8Array | DecodedImage | number;
  /** The buffers that move to the worker. */
  readonly transfer: readonly ArrayBufferLike[];
}

/**
 * What goes to a worker. What is ours moves, so that the event loop never waits for megabytes to be copied: files that we
 * read, pixels that we decoded. The caller's own is copied and the copy moves, which costs half of cloning and does not
 * drag along the larger buffer that a view may be of.
 */
function toSend(read: Uint8Array | DecodedImage, ours: boolean): Sent {
  if (read instanceof Uint8Array) {
    const source = ours ? read : new Uint8Array(read);
    return { source, transfer: [source.buffer] };
  }
  if (read.format !== 'pixels') return { source: read, transfer: read.frames.map(({ data }) => data.buffer) };
  const frames = read.frames.map((frame) => ({ ...frame, data: new Uint8Array(frame.data) }));
  return { source: { ...read, frames }, transfer: frames.map(({ data }) => data.buffer) };
}

/**
 * Has a worker decode a picture and keep it, unless it is on the block list.
 *
 * @returns The ticket for it.
 * @throws {BlockListedError} Where it is listed; the worker has let go of it then.
 */
async function screenPixels(
  worker: SchedulerWorker,
  request: PictureRequest,
  transfer: Sent['transfer'],
  blockList: BlockList,
): Promise<number> {
  const { ticket, hashes } = await worker.call('fingerprint', request, transfer);
  const match = findListed(blockList, hashes);
  if (!match) return ticket;
  await worker.call('forget', ticket);
  throw new BlockListedError(match);
}

/** Whether the bytes have moved away. */
function isGone(read: Uint8Array | DecodedImage): boolean {
  const parts = read instanceof Uint8Array ? [read] : read.frames.map(({ data }) => data);
  return parts.some(({ byteLength }) => byteLength === 0);
}
