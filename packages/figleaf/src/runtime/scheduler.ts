/** Who does what when: the pool's jobs, its workers, and which worker holds which model. */
// Knows nothing of threads or ONNX Runtime, so that it can be tested step by step.

import { abortable, onAbort } from '../concurrency.ts';
import { FigleafError, messageOf } from '../errors.ts';
import type { Remote } from '../threads/rpc.ts';

import type { LoadedModel, LoadReply, ModelSource, PictureProtocol } from './protocol.ts';

/** A worker as the scheduler sees it. */
export type SchedulerWorker = Pick<Remote<PictureProtocol>, 'call' | 'terminate'>;

/** What the scheduler works with. */
export interface SchedulerParts {
  /** Starts a worker; `onExit` is called once when it has ended, whoever ended it. */
  startWorker(onExit: (reason?: Error) => void): SchedulerWorker;
  /** Most workers at a time. */
  readonly maxWorkers: number;
  /** Bytes that all sessions together may take, by {@link sessionBytes}. A model's first session is always made. */
  readonly memory: number;
  /** Most pictures decoded at a time in all workers together. */
  readonly maxPrepares: number;
}

/** Pictures decoded at a time in one worker: one on the way while another is scaled. Each may take 150 MB and more. */
const PREPARES_PER_WORKER = 2;

/** How often a job is tried when workers die under it. */
const ATTEMPTS = 2;

/** Runs that had to wait beside an idle worker before the model is loaded there too, per session that it has. */
const MISSES_PER_COPY = 2;

/**
 * What a session takes, for files of 8-bit weights: these as floats, once more as packed for the kernels, and the
 * tensors between layers. Measured with ONNX Runtime 1.30: 47 MiB for mobilenet_v2, 217 MiB for inception_v3.
 */
export function sessionBytes(fileSize: number): number {
  return 8 * fileSize + 32 * 2 ** 20;
}

type JobKind = 'load' | 'run' | 'prepare';

/** What a job does on the worker it is given; `holds` says whether that worker holds the job's model. */
type Perform<T> = (worker: SchedulerWorker, holds: boolean) => Promise<T>;

/** A piece of work that waits or is under way. */
interface Job {
  readonly kind: JobKind;
  /** The model that is loaded or run; of a picture to prepare the one to run at once, where the worker holds it. */
  readonly modelId: string | null;
  readonly perform: Perform<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
  /** Whether it keeps its worker's thread from other inference. */
  blocks: boolean;
  /** Whether a run was counted as having waited in vain. */
  missed: boolean;
}

/** A model of the pool. */
interface Model {
  readonly source: ModelSource;
  /** Absent until somebody wants the model. */
  loaded: Promise<LoadedModel> | undefined;
  /** Size of the file; 0 until the first session is there. */
  size: number;
  misses: number;
  /** False once another copy could not be made. */
  copies: boolean;
}

/** A worker and what it has on its hands. */
interface Slot {
  readonly worker: SchedulerWorker;
  /** Models held, or being loaded. */
  readonly models: Map<string, 'loading' | 'held'>;
  readonly jobs: Set<Job>;
}

const blocked = (slot: Slot): boolean => [...slot.jobs].some(({ blocks }) => blocks);
const preparing = (slot: Slot): number => [...slot.jobs].filter(({ kind }) => kind === 'prepare').length;
const holds = (slot: Slot, modelId: string | null): boolean =>
  modelId !== null && slot.models.get(modelId) === 'held';

/** Hands jobs to workers. */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #slots = new Set<Slot>();
  readonly #models = new Map<string, Model>();
  /** Jobs that wait, in the order of their arrival. */
  readonly #queue: Job[] = [];
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  /** How many workers are there now. */
  get workers(): number {
    return this.#slots.size;
  }

  /** Starts workers until there are `count`, within the most that are allowed, so that they are up when needed. */
  warm(count: number): void {
    while (this.#slots.size < Math.min(count, this.#parts.maxWorkers)) this.#start();
  }

  /** Makes the model's first session; further ones follow where they pay. */
  load(source: ModelSource, signal?: AbortSignal): Promise<LoadedModel> {
    const model = this.#register(source);
    const loaded = this.#loading(model);
    // It may be tried again, perhaps from another file.
    loaded.catch(() => {
      if (this.#models.get(source.id) === model) this.#models.delete(source.id);
    });
    return abortable(loaded, signal);
  }

  /** Makes a model known; its first session is made for its first run. */
  announce(source: ModelSource): void {
    this.#register(source);
  }

  /** Does `perform` on a worker that holds the model. */
  async run<T>(modelId: string, perform: Perform<T>, signal?: AbortSignal): Promise<T> {
    this.#refuseWhenClosing();
    const model = this.#models.get(modelId);
    if (!model)
      throw new FigleafError('model-unknown', `the model '${modelId}' has not been loaded into the pool`);
    // Only while it is being loaded, so that runs keep the order in which they were asked for.
    if (model.size === 0) await abortable(this.#loading(model), signal);
    return this.#enqueue('run', modelId, perform, signal);
  }

  /**
   * Does `perform` on the worker with the fewest pictures on its hands.
   *
   * @param modelId A model that `perform` runs on the picture at once where the worker holds it.
   */
  async prepare<T>(modelId: string | null, perform: Perform<T>, signal?: AbortSignal): Promise<T> {
    return this.#enqueue('prepare', modelId, perform, signal);
  }

  /** Refuses new work, drops what waits, lets what is under way end, then ends the workers. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const job of this.#queue.splice(0)) job.reject(disposed());
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
      this.#tellWhenDrained();
    });
    await Promise.all([...this.#slots].map(({ worker }) => worker.terminate()));
  }

  #tellWhenDrained(): void {
    if ([...this.#slots].every(({ jobs }) => jobs.size === 0)) this.#drained?.();
  }

  #refuseWhenClosing(): void {
    if (this.#closing) throw disposed();
  }

  #register(source: ModelSource): Model {
    this.#refuseWhenClosing();
    const known = this.#models.get(source.id);
    if (known && !sameSource(known.source, source)) {
      throw new FigleafError('option-invalid', `two different models are both called '${source.id}'`);
    }
    const model: Model = known ?? { source, loaded: undefined, size: 0, misses: 0, copies: true };
    this.#models.set(source.id, model);
    return model;
  }

  #loading(model: Model): Promise<LoadedModel> {
    if (model.loaded) return model.loaded;
    const { source } = model;
    const loaded = this.#enqueue<LoadedModel>('load', source.id, (worker) => this.#loadInto(worker, source));
    model.loaded = loaded;
    loaded.catch(() => {
      model.loaded = undefined;
    });
    return loaded;
  }

  async #loadInto(worker: SchedulerWorker, source: ModelSource): Promise<LoadedModel> {
    const { model, size }: LoadReply = await worker.call('load', source);
    const known = this.#models.get(source.id);
    if (known) known.size = size;
    return model;
  }

  #enqueue<T>(kind: JobKind, modelId: string | null, perform: Perform<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#refuseWhenClosing();
      signal?.throwIfAborted();
      const leave = (reason: unknown): void => {
        const place = this.#queue.indexOf(job);
        if (place >= 0) this.#queue.splice(place, 1);
        // What is under way ends unheard: a running inference cannot be stopped.
        job.reject(reason);
      };
      const forget = signal ? onAbort(signal, leave) : () => {};
      const job: Job = {
        kind,
        modelId,
        perform,
        attempts: 0,
        blocks: false,
        missed: false,
        resolve: (value) => {
          forget();
          resolve(value as T);
        },
        reject: (error) => {
          forget();
          job.attempts = ATTEMPTS;
          reject(error);
        },
      };
      this.#queue.push(job);
      this.#dispatch();
    });
  }

  /** Gives out whatever can be given out. Called whenever something changed. */
  #dispatch(): void {
    if (this.#closing) {
      this.#tellWhenDrained();
      return;
    }
    this.#placeLoads();
    this.#placeRuns();
    this.#copyModels();
    this.#placePrepares();
  }

  #placeLoads(): void {
    for (const job of this.#waiting('load')) {
      const slot = this.#idleWithout(job.modelId!) ?? this.#startIfAllowed();
      if (!slot) return;
      this.#perform(slot, job);
    }
  }

  #placeRuns(): void {
    for (const job of this.#waiting('run')) {
      const idle = this.#idleSlots();
      if (idle.length === 0) return;
      const slot = idle.find((candidate) => holds(candidate, job.modelId));
      if (slot) this.#perform(slot, job);
    }
  }

  /**
   * Loads models on idle workers where runs waited beside them often enough. Loading costs as much as many runs, so a
   * single picture never causes it and a steady stream soon does.
   */
  #copyModels(): void {
    for (const job of this.#waiting('run')) {
      const model = this.#models.get(job.modelId!);
      if (!model) continue;
      const holders = [...this.#slots].filter(({ models }) => models.has(job.modelId!));
      if (holders.length > 0 && !this.#worthCopying(job, model, holders.length)) continue;
      const slot = this.#idleWithout(job.modelId!) ?? this.#startIfAllowed();
      if (slot) this.#copy(slot, model, job);
    }
  }

  #worthCopying(job: Job, model: Model, holders: number): boolean {
    if (!this.#idleWithout(model.source.id) && this.#slots.size >= this.#parts.maxWorkers) return false;
    if (!job.missed) {
      job.missed = true;
      model.misses += 1;
    }
    return model.copies && model.misses >= MISSES_PER_COPY * holders && this.#fits(model);
  }

  #fits(model: Model): boolean {
    let taken = 0;
    for (const { models } of this.#slots) {
      for (const id of models.keys()) taken += sessionBytes(this.#models.get(id)?.size ?? 0);
    }
    return taken + sessionBytes(model.size) <= this.#parts.memory;
  }

  #copy(slot: Slot, model: Model, cause: Job): void {
    model.misses = 0;
    const { id } = model.source;
    const job: Job = {
      kind: 'load',
      modelId: id,
      perform: (worker) => this.#loadInto(worker, model.source),
      attempts: 0,
      blocks: false,
      missed: false,
      resolve: () => {},
      reject: (error) => {
        // With no session left the runs would wait for ever; with one they only wait longer.
        model.copies = false;
        if ([...this.#slots].some(({ models }) => models.has(id))) return;
        for (const waiting of [cause, ...this.#waiting('run')]) {
          if (waiting.modelId === id) this.#drop(waiting, error);
        }
      },
    };
    this.#perform(slot, job);
  }

  #drop(job: Job, error: unknown): void {
    const place = this.#queue.indexOf(job);
    if (place < 0) return;
    this.#queue.splice(place, 1);
    job.reject(error);
  }

  #placePrepares(): void {
    for (const job of this.#waiting('prepare')) {
      if (this.#preparing() >= this.#parts.maxPrepares) return;
      let slot = this.#slotToPrepare(job);
      if (!slot || preparing(slot) > 0) slot = this.#startIfAllowed() ?? slot;
      if (!slot) return;
      this.#perform(slot, job);
    }
  }

  /** The worker with the least on its hands. */
  #slotToPrepare({ modelId }: Job): Slot | undefined {
    const wanted = new Set(this.#waiting('run').map((run) => run.modelId));
    // Pictures that run on their worker would keep it from the runs that wait for it, one after the other for ever.
    const starves = (slot: Slot): boolean => holds(slot, modelId) && wanted.has(modelId);
    const load = (slot: Slot): number => 2 * preparing(slot) + (blocked(slot) ? 1 : 0);
    // Of equals the one that can run the model too, else that with fewer models: others are wanted for runs.
    const rank = (slot: Slot): number => (holds(slot, modelId) ? -1 : slot.models.size);
    return [...this.#slots]
      .filter((slot) => preparing(slot) < PREPARES_PER_WORKER && !starves(slot))
      .sort((a, b) => load(a) - load(b) || rank(a) - rank(b))[0];
  }

  #preparing(): number {
    let sum = 0;
    for (const slot of this.#slots) sum += preparing(slot);
    return sum;
  }

  #waiting(kind: JobKind): Job[] {
    return this.#queue.filter((job) => job.kind === kind);
  }

  /** Workers that neither run nor load, those with the fewest models first. */
  #idleSlots(): Slot[] {
    return [...this.#slots].filter((slot) => !blocked(slot)).sort((a, b) => a.models.size - b.models.size);
  }

  #idleWithout(modelId: string): Slot | undefined {
    return this.#idleSlots().find(({ models }) => !models.has(modelId));
  }

  #startIfAllowed(): Slot | undefined {
    if (this.#slots.size >= this.#parts.maxWorkers) return undefined;
    try {
      return this.#start();
    } catch (error) {
      // With other workers left the job waits for them; with none it would wait for ever.
      if (this.#slots.size === 0) for (const job of this.#queue.splice(0)) job.reject(error);
      return undefined;
    }
  }

  #start(): Slot {
    const worker = this.#parts.startWorker((reason) => this.#bury(slot, reason));
    const slot: Slot = { worker, models: new Map(), jobs: new Set() };
    this.#slots.add(slot);
    return slot;
  }

  #perform(slot: Slot, job: Job): void {
    const place = this.#queue.indexOf(job);
    if (place >= 0) this.#queue.splice(place, 1);
    job.attempts += 1;
    slot.jobs.add(job);
    const held = holds(slot, job.modelId);
    job.blocks = job.kind !== 'prepare' || held;
    if (job.kind === 'load') slot.models.set(job.modelId!, 'loading');
    // Whatever it throws, even before it has a promise, is the job's failure alone.
    const performed = new Promise((resolve) => resolve(job.perform(slot.worker, held)));
    performed.then(
      (value) => this.#succeed(slot, job, value),
      (error: unknown) => this.#fail(slot, job, error),
    );
  }

  #succeed(slot: Slot, job: Job, value: unknown): void {
    if (!slot.jobs.delete(job)) return;
    if (job.kind === 'load') slot.models.set(job.modelId!, 'held');
    job.resolve(value);
    this.#dispatch();
  }

  #fail(slot: Slot, job: Job, error: unknown): void {
    // The jobs of a dead worker were seen to already.
    if (!slot.jobs.delete(job)) return;
    if (job.kind === 'load') slot.models.delete(job.modelId!);
    job.reject(error);
    this.#dispatch();
  }

  /** A worker has ended: all that it was doing is done again at once, or given up. */
  #bury(slot: Slot, reason: Error | undefined): void {
    this.#slots.delete(slot);
    const jobs = [...slot.jobs];
    slot.jobs.clear();
    const again = jobs.filter(({ attempts }) => attempts < ATTEMPTS && !this.#closing);
    this.#queue.unshift(...again);
    const error = new FigleafError('worker-crashed', `a worker died: ${messageOf(reason ?? 'it was ended')}`);
    for (const job of jobs) if (!again.includes(job)) job.reject(error);
    this.#dispatch();
  }
}

function disposed(): FigleafError {
  return new FigleafError('disposed', 'the pool of workers was disposed of');
}

function sameSource(a: ModelSource, b: ModelSource): boolean {
  return a.file === b.file && a.bytes === b.bytes;
}
