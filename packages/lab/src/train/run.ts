/** One run from its first step to the exported model: epochs, validation, checkpoints. */
import { basename, join } from 'node:path';
import { type PlateauOptions, type PlateauState, plateauStart, reduceOnPlateau } from '@figleaf/onnx/nn';
import { FigleafError } from 'figleaf';
import { writeWholeFile } from 'figleaf/commands';
import {
  type Checkpoint,
  checkIdentity,
  checkRates,
  type Progress,
  readCheckpoint,
  type Values,
  writeCheckpoint,
} from './checkpoint.ts';
import { addToCurve, type CurvePoint, NO_CURVE } from './curve.ts';
import { Journal } from './journal.ts';
import { removeLeftovers } from './leftovers.ts';
import { addBatch, type EpochRecord, isBetter, NO_SUMS } from './metrics.ts';
import type { TrainProgress, TrainResult, TrainStart } from './options.ts';
import type { Plan, Started } from './plan.ts';
import type { RunSettings } from './settings.ts';
import { ahead, type Batch, type Measured, type Trainer } from './trainer.ts';

/** The checkpoint to go on from. */
export const LAST = 'last.safetensors';
/** The one whose model is kept. */
const BEST = 'best.safetensors';

/** What `result.json` tells, which is written before the page is. */
type Written = Omit<TrainResult, 'pageError'>;

/** One run. */
export class Run {
  readonly #plan: Plan;
  readonly #settings: RunSettings;
  readonly #from: Progress | null;
  #journal: Journal | null = null;
  /** Step of the last checkpoint; null before the first. */
  #savedAt: number | null = null;

  /**
   * @param from Where the run stopped that is gone on with; null to begin.
   * @throws {FigleafError} `checkpoint-mismatch` for one of another run, as far as that is known before anything is computed.
   */
  constructor(plan: Plan, from: Progress | null) {
    this.#plan = plan;
    this.#settings = plan.settings;
    this.#from = from;
    if (from) checkIdentity(this.#last, from.run, plan.identity);
  }

  get #last(): string {
    return join(this.#settings.out, LAST);
  }

  async train(): Promise<TrainResult> {
    const { out } = this.#settings;
    await removeLeftovers(out, 0);
    await writeWholeFile(join(out, 'manifest.jsonl'), [this.#plan.pictures.manifest]);
    const beginning = await this.#plan.beginning((done, total) => this.#tell('features', done, total, 0));
    await using _input = beginning.input;
    const started = await this.#plan.start(beginning);
    await using trainer = started.trainer;
    const progress = await this.#begin(started);
    const start: TrainStart = { ...started.start, resumedAt: progress.step };
    this.#settings.onStart?.(start);
    this.#journal = await Journal.begin(this.#settings, start, progress);
    let result: Written;
    try {
      result = await this.#finish(trainer, start, await this.#epochs(trainer, progress));
    } catch (error) {
      await this.#journal.stop(error, this.#settings.signal?.aborted ?? false);
      throw error;
    }
    const pageError = await this.#journal.end(result);
    return { ...result, pageError };
  }

  /** From the last epoch to the model: the best is measured and exported. */
  async #finish(trainer: Trainer, start: TrainStart, done: Progress): Promise<Written> {
    const { out, epochs } = this.#settings;
    const path = join(out, done.bestEpoch === null ? LAST : BEST);
    const kept = await readThere(path, 'the model of the best epoch');
    await trainer.put(kept.values);
    const tests = this.#plan.part('test');
    const test = await trainer.measure(
      tests,
      (count) => this.#tell('test', count, tests.length, epochs),
      this.#settings.signal,
    );
    const bestEpoch = done.bestEpoch ?? done.history.length;
    const file = await this.#export(kept.values, done, bestEpoch, test);
    const result: Written = { ...start, history: done.history, bestEpoch, test, file };
    await writeWholeFile(join(out, 'result.json'), [
      `${JSON.stringify({ run: done.run, ...result }, null, 2)}\n`,
    ]);
    return result;
  }

  #tell(phase: TrainProgress['phase'], done: number, total: number, epoch: number): void {
    const { onProgress, epochs } = this.#settings;
    this.#journal?.doing(phase === 'test' ? 'testing' : `epoch ${epoch} of ${epochs}, ${phase}`);
    onProgress({ phase, done, total, epoch, epochs });
  }

  /** Puts the values of the checkpoint to go on from, or the very first, where they are learned. They are held there alone. */
  async #begin({ trainer, graph }: Started): Promise<Progress> {
    const from = this.#from;
    if (from) {
      const { schedule } = this.#settings;
      checkIdentity(this.#last, from.run, { graph });
      checkRates(this.#last, from, { schedule, stepsPerEpoch: trainer.stepsPerEpoch });
      await trainer.put((await readThere(this.#last, 'the checkpoint to go on from')).values);
      this.#savedAt = from.step;
      return from;
    }
    await trainer.put(trainer.firstValues());
    return {
      version: 3,
      run: { ...this.#plan.identity, graph },
      skipped: this.#plan.pictures.skipped,
      step: 0,
      sums: NO_SUMS,
      curve: NO_CURVE,
      history: [],
      bestEpoch: null,
      plateau: plateauStart(1),
      rates: [],
      rate: null,
    };
  }

  async #epochs(trainer: Trainer, from: Progress): Promise<Progress> {
    const { epochs, onEpoch } = this.#settings;
    let progress = from;
    while (progress.history.length < epochs && !this.#isStale(progress)) {
      progress = await this.#epoch(trainer, progress);
      await onEpoch?.(progress.history.at(-1)!);
    }
    return progress;
  }

  /** Whether validation has not got better for too long. */
  #isStale({ history, bestEpoch }: Progress): boolean {
    const { patience } = this.#settings;
    return patience !== undefined && bestEpoch !== null && history.length - bestEpoch >= patience;
  }

  async #epoch(trainer: Trainer, from: Progress): Promise<Progress> {
    const { onProgress, epochs, schedule } = this.#settings;
    const total = trainer.stepsPerEpoch * this.#settings.batchSize;
    const epoch = from.history.length + 1;
    const rates = Array.from({ length: epoch }, (_, begun) => schedule(begun));
    const begun = performance.now();
    const before = from.sums.pictures;
    this.#journal?.doing(`epoch ${epoch} of ${epochs}`);
    const pace = (pictures: number): number => ((pictures - before) / (performance.now() - begun)) * 1000;
    const progress = await this.#steps(
      trainer,
      { ...from, rates },
      epoch * trainer.stepsPerEpoch,
      async (after, step) => {
        const done = after.sums.pictures;
        const imagesPerSecond = pace(done);
        onProgress({ phase: 'training', done, total, epoch, epochs, loss: step.loss, imagesPerSecond });
        await this.#journal?.step(after, step, imagesPerSecond);
      },
    );
    const imagesPerSecond = pace(progress.sums.pictures);
    return this.#endEpoch(trainer, progress, epoch, imagesPerSecond);
  }

  /** Steps up to `end`; a batch is made while the one before is learned from. */
  async #steps(
    trainer: Trainer,
    from: Progress,
    end: number,
    onStep: (progress: Progress, step: CurvePoint) => Promise<void>,
  ): Promise<Progress> {
    const { batchSize, checkpointSeconds, schedule } = this.#settings;
    let progress = from;
    let saved = performance.now();
    let coming = progress.step < end ? ahead(trainer.batch(progress.step)) : null;
    while (coming) {
      const batch: Batch = await this.#arrived(coming, trainer, progress);
      coming = batch.step + 1 < end ? ahead(trainer.batch(batch.step + 1)) : null;
      const learningRate = this.#rateAt(trainer, progress);
      const result = await trainer.learn(batch, learningRate);
      if (!Number.isFinite(result.loss)) {
        await coming?.catch(() => undefined);
        throw this.#diverged('the loss is no number any more', batch.step);
      }
      const { loss, correct } = result;
      const step = { step: batch.step + 1, loss, accuracy: correct / batchSize, learningRate };
      progress = {
        ...progress,
        step: step.step,
        rate: schedule(batch.step / trainer.stepsPerEpoch),
        sums: addBatch(progress.sums, result, batchSize),
        curve: addToCurve(progress.curve, step),
      };
      await onStep(progress, step);
      if (performance.now() - saved >= checkpointSeconds * 1000 && coming) {
        await this.#save(trainer, progress);
        saved = performance.now();
      }
    }
    return progress;
  }

  /** The batch that is made; where all is to stop, what was learned so far is kept first. */
  async #arrived(coming: Promise<Batch>, trainer: Trainer, progress: Progress): Promise<Batch> {
    const { signal } = this.#settings;
    try {
      const batch = await coming;
      signal?.throwIfAborted();
      return batch;
    } catch (error) {
      if (signal?.aborted) await this.#save(trainer, progress);
      throw error;
    }
  }

  /** What a plateau has left of the schedule's rate. */
  #rateAt({ stepsPerEpoch }: Trainer, { step, plateau }: Progress): number {
    const { schedule, plateau: { minRate = 0 } = {} } = this.#settings;
    const rate = schedule(step / stepsPerEpoch);
    return Math.max(rate * plateau.rate, Math.min(rate, minRate));
  }

  async #endEpoch(
    trainer: Trainer,
    progress: Progress,
    epoch: number,
    imagesPerSecond: number,
  ): Promise<Progress> {
    const measured = await this.#validate(trainer, progress, epoch);
    const { sums, step, history } = progress;
    const record: EpochRecord = {
      epoch,
      step,
      loss: sums.loss / sums.pictures,
      accuracy: sums.correct / sums.pictures,
      validationLoss: measured?.loss ?? null,
      validationAccuracy: measured?.accuracy ?? null,
      ...(measured?.f1 !== undefined && { validationF1: measured.f1 }),
      learningRate: this.#rateAt(trainer, { ...progress, step: step - 1 }),
      imagesPerSecond,
    };
    const best = progress.bestEpoch === null ? undefined : history[progress.bestEpoch - 1];
    const isBest = measured !== null && (!best || isBetter(measured, best));
    const { plateau } = this.#settings;
    const next: Progress = {
      ...progress,
      sums: NO_SUMS,
      history: [...history, record],
      bestEpoch: isBest ? epoch : progress.bestEpoch,
      plateau: plateau && measured ? afterEpoch(progress.plateau, measured.loss, plateau) : progress.plateau,
    };
    const values = await this.#sound(trainer, next);
    await this.#journal?.epochEvents(next);
    if (isBest) await writeCheckpoint(join(this.#settings.out, BEST), { progress: next, values });
    await this.#writeLast({ progress: next, values });
    await this.#journal?.epoch(next);
    return next;
  }

  async #validate(trainer: Trainer, progress: Progress, epoch: number): Promise<Measured | null> {
    const samples = this.#plan.part('validation');
    const { signal } = this.#settings;
    const tell = (done: number): void => this.#tell('validation', done, samples.length, epoch);
    try {
      return await trainer.measure(samples, tell, signal);
    } catch (error) {
      if (signal?.aborted) await this.#save(trainer, progress);
      throw error;
    }
  }

  async #save(trainer: Trainer, progress: Progress): Promise<void> {
    if (progress.step === 0) return;
    await this.#writeLast({ progress, values: await this.#sound(trainer, progress) });
  }

  async #writeLast(checkpoint: Checkpoint): Promise<void> {
    await writeCheckpoint(this.#last, checkpoint);
    this.#savedAt = checkpoint.progress.step;
  }

  /** All values, if they are numbers: no checkpoint that cannot be gone on with goes over one that can. */
  async #sound(trainer: Trainer, { step }: Progress): Promise<Values> {
    const values = await trainer.take();
    for (const [name, { data }] of values) {
      if (!data.every(Number.isFinite))
        throw this.#diverged(`'${name}' has values that are no numbers`, step);
    }
    return values;
  }

  #diverged(what: string, step: number): FigleafError {
    const good =
      this.#savedAt === null
        ? 'There was no time for a checkpoint'
        : `The last good checkpoint, of step ${this.#savedAt}, is '${this.#last}'`;
    return new FigleafError(
      'training-diverged',
      `${what} after ${step} steps: begin again with a lower learning rate. ${good}`,
    );
  }

  async #export(values: Values, done: Progress, bestEpoch: number, test: Measured | null): Promise<string> {
    const { out } = this.#settings;
    const file = join(out, 'model.onnx');
    const bytes = this.#plan.export(idOf(out), values, {
      epochs: done.history.length,
      bestEpoch,
      validationAccuracy: done.history[bestEpoch - 1]?.validationAccuracy ?? null,
      testAccuracy: test?.accuracy ?? null,
    });
    await writeWholeFile(file, [bytes]);
    return file;
  }
}

/** @param what What it is, for the error where it is gone. */
async function readThere(path: string, what: string): Promise<Checkpoint> {
  const found = await readCheckpoint(path);
  if (found) return found;
  throw new FigleafError(
    'checkpoint-invalid',
    `'${path}', ${what}, is gone: put it back, or begin again with another --out`,
  );
}

/** Its rate is a share of the schedule's, which has no least one. */
function afterEpoch(
  state: PlateauState,
  loss: number,
  { minRate: _, ...options }: PlateauOptions,
): PlateauState {
  return reduceOnPlateau(state, loss, options);
}

/** An id from the folder's name. */
function idOf(out: string): string {
  return (
    basename(out)
      .toLowerCase()
      .replace(/[^a-z0-9_-]+/g, '-') || 'model'
  );
}
