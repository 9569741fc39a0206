/** One run from its first step to the exported model: epochs, validation, checkpoints. */
import { basename, join } from 'node:path';
import {
  type Classifier,
  chain,
  type EvaluationStep,
  evaluationStep,
  type FrozenPrefix,
  frozenPrefix,
  isChosen,
  parameterCount,
  plateauStart,
  reduceOnPlateau,
  scaleByName,
  trainingStep,
} from '@figleaf/onnx/nn';
import { FigleafError } from 'figleaf';
import { writeWholeFile } from 'figleaf/commands';
import {
  type Checkpoint,
  checkIdentity,
  checkRates,
  type Progress,
  type RunIdentity,
  readCheckpoint,
  type Values,
  writeCheckpoint,
} from './checkpoint.ts';
import { addToCurve, type CurvePoint, NO_CURVE } from './curve.ts';
import type { Part, Sample } from './data-set.ts';
import { exportModel, wholeWeights } from './export.ts';
import { Journal } from './journal.ts';
import { removeLeftovers } from './leftovers.ts';
import { addBatch, type EpochRecord, NO_SUMS } from './metrics.ts';
import { asFigleaf, type ModelDesign, pictureShape } from './models.ts';
import type { PrefixNote, TrainProgress, TrainResult, TrainStart } from './options.ts';
import type { Pictures } from './pictures.ts';
import { openFeatures } from './prefix.ts';
import type { RunSettings } from './settings.ts';
import { ahead, type Batch, bytesOf, hashOf, type InputSource, type Measured, Trainer } from './trainer.ts';

/** The checkpoint to go on from. */
export const LAST = 'last.safetensors';
/** The one whose model is kept. */
const BEST = 'best.safetensors';

/** Values where learning begins. */
type Cut = FrozenPrefix['cut'];

/** Where learning begins. */
interface Learning {
  /** Default at the pictures. */
  readonly cut?: Cut;
  /** What is fed there. */
  readonly input: InputSource;
  readonly note: PrefixNote;
}

/** What `result.json` tells, which is written before the page is. */
type Written = Omit<TrainResult, 'pageError'>;

/** Parts of a run that stay the same from the first step to the last. */
interface Plan {
  readonly trainer: Trainer;
  readonly identity: RunIdentity;
  readonly start: Omit<TrainStart, 'resumedAt'>;
}

/** One run. */
export class Run {
  readonly #settings: RunSettings;
  readonly #design: ModelDesign;
  readonly #classes: readonly string[];
  readonly #pictures: Pictures;
  readonly #model: Classifier;
  readonly #whole: EvaluationStep;
  #journal: Journal | null = null;
  /** Step of the last checkpoint; null before the first. */
  #savedAt: number | null = null;

  constructor(settings: RunSettings, design: ModelDesign, classes: readonly string[], pictures: Pictures) {
    this.#settings = settings;
    this.#design = design;
    this.#classes = classes;
    this.#pictures = pictures;
    this.#model = design.build(classes.length);
    this.#whole = this.#check();
    this.#checkPatterns();
    const count = this.#part('train').length;
    if (count < settings.batchSize) {
      throw new FigleafError(
        'data-set-invalid',
        `there are ${count} pictures to train with, fewer than a batch of ${settings.batchSize}: give more, or a smaller batch size`,
      );
    }
  }

  async train(): Promise<TrainResult> {
    const { out } = this.#settings;
    await removeLeftovers(out, 0);
    await writeWholeFile(join(out, 'manifest.jsonl'), [this.#pictures.manifest]);
    const learning = await this.#learning();
    await using _input = learning.input;
    const plan = await this.#plan(learning);
    await using trainer = plan.trainer;
    const { progress, values } = await this.#begin(plan);
    await trainer.put(values);
    const start: TrainStart = { ...plan.start, resumedAt: progress.step };
    this.#settings.onStart?.(start);
    this.#journal = await Journal.begin(this.#settings, start, progress);
    let result: Written;
    try {
      result = await this.#finish(plan, start, await this.#epochs(plan, progress));
    } catch (error) {
      await this.#journal.stop(error, this.#settings.signal?.aborted ?? false);
      throw error;
    }
    const pageError = await this.#journal.end(result);
    return { ...result, pageError };
  }

  /** From the last epoch to the model: the best is measured and exported. */
  async #finish({ trainer }: Plan, start: TrainStart, done: Progress): Promise<Written> {
    const { out, epochs } = this.#settings;
    const kept = await readCheckpoint(join(out, done.bestEpoch === null ? LAST : BEST));
    await trainer.put(kept!.values);
    const tests = this.#part('test');
    const test = await trainer.measure(
      tests,
      (count) => this.#tell('test', count, tests.length, epochs),
      this.#settings.signal,
    );
    const bestEpoch = done.bestEpoch ?? done.history.length;
    const file = await this.#export(kept!.values, done, bestEpoch, test);
    const result: Written = { ...start, history: done.history, bestEpoch, test, file };
    await writeWholeFile(join(out, 'result.json'), [
      `${JSON.stringify({ run: done.run, ...result }, null, 2)}\n`,
    ]);
    return result;
  }

  #part(part: Part): readonly Sample[] {
    return this.#pictures.samples.filter((sample) => sample.part === part);
  }

  #tell(phase: TrainProgress['phase'], done: number, total: number, epoch: number): void {
    const { onProgress, epochs } = this.#settings;
    this.#journal?.doing(phase === 'test' ? 'testing' : `epoch ${epoch} of ${epochs}, ${phase}`);
    onProgress({ phase, done, total, epoch, epochs });
  }

  #check(cut?: Cut): EvaluationStep {
    return asFigleaf(this.#design.name, () => evaluationStep(this.#stepOptions(cut)));
  }

  #stepOptions(cut: Cut | undefined) {
    const { loss, l2, frozen } = this.#settings;
    const picture = pictureShape(this.#design.preprocessing);
    return { model: this.#model, picture, loss, frozen, ...(l2 && { l2 }), ...(cut && { cut }) };
  }

  /** A pattern that fits nothing is a slip of the pen, and a run that learns nothing a waste. */
  #checkPatterns(): void {
    const { frozen, rateFactors = {} } = this.#settings;
    const { parameters } = this.#whole;
    const patterns = [...frozen.map((pattern) => pattern.replace(/^!/, '')), ...Object.keys(rateFactors)];
    const odd = patterns.find((pattern) => !parameters.some(({ name }) => isChosen(name, [pattern])));
    const which = `'${this.#design.name}', whose parameters are called such as '${parameters[0]?.name}'`;
    if (odd !== undefined) throw optionInvalid(`'${odd}' fits no parameter of ${which}`);
    if (!parameters.some(({ trainable }) => trainable))
      throw optionInvalid(`nothing is left to learn: all of ${which}, is frozen`);
    const wrong = Object.entries(rateFactors).find(([, factor]) => !(factor >= 0 && Number.isFinite(factor)));
    if (wrong)
      throw optionInvalid(`the learning rate of '${wrong[0]}' is multiplied with 0 or more, not ${wrong[1]}`);
  }

  async #plan({ cut, input, note }: Learning): Promise<Plan> {
    const { batchSize, seed, threads, provider, loss, optimiser, rateFactors } = this.#settings;
    const scaled = rateFactors ? chain(optimiser, scaleByName(rateFactors)) : optimiser;
    const step = asFigleaf(this.#design.name, () =>
      trainingStep({ ...this.#stepOptions(cut), batchSize, optimiser: scaled }),
    );
    const graph = bytesOf(step.graph);
    const options = {
      ...{ step, check: this.#check(cut), loss, classes: this.#classes.length, input },
      ...{ samples: this.#part('train'), batchSize, seed, threads, provider },
    };
    const identity: RunIdentity = {
      model: this.#design.name,
      classes: this.#classes,
      picture: pictureShape(this.#design.preprocessing),
      batchSize,
      seed,
      graph: hashOf(graph),
      data: this.#pictures.manifestHash,
    };
    const trainer = await Trainer.start(options, graph);
    const start = {
      classes: this.#classes,
      pictures: this.#counts(),
      skipped: this.#pictures.skipped,
      parameters: {
        all: parameterCount(this.#whole.parameters),
        trainable: parameterCount(step.parameters.filter(({ trainable }) => trainable)),
      },
      prefix: note,
      stepsPerEpoch: trainer.stepsPerEpoch,
    };
    return { trainer, identity, start };
  }

  #counts(): Readonly<Record<Part, number>> {
    const count = (part: Part): number => this.#part(part).length;
    return { train: count('train'), validation: count('validation'), test: count('test') };
  }

  /** Where learning begins, and what it is fed: pictures, or what frozen layers make of them. */
  async #learning(): Promise<Learning> {
    const { frozen, seed, threads, provider, signal, out } = this.#settings;
    const { preprocessing } = this.#design;
    const prefix = asFigleaf(this.#design.name, () =>
      frozenPrefix({ model: this.#model, picture: pictureShape(preprocessing), frozen }),
    );
    if (!prefix) return { input: this.#pictures, note: { state: 'none', bytes: 0 } };
    const { input, note } = await openFeatures({
      ...{ prefix, pictures: this.#pictures, preprocessing, seed, threads, provider, out, signal },
      onBatch: (done, total) => this.#tell('features', done, total, 0),
    });
    return input ? { cut: prefix.cut, input, note } : { input: this.#pictures, note };
  }

  /** The checkpoint to go on with, or the very beginning. */
  async #begin({ trainer, identity }: Plan): Promise<Checkpoint> {
    const path = join(this.#settings.out, LAST);
    const found = this.#settings.resume ? await readCheckpoint(path) : null;
    if (found) {
      checkIdentity(path, found.progress.run, identity);
      checkRates(path, found.progress.rates, this.#rates(found.progress.rates.length));
      this.#savedAt = found.progress.step;
      return found;
    }
    const progress: Progress = {
      version: 2,
      run: identity,
      step: 0,
      sums: NO_SUMS,
      curve: NO_CURVE,
      history: [],
      bestEpoch: null,
      plateau: plateauStart(1),
      rates: [],
    };
    return { progress, values: trainer.firstValues() };
  }

  #rates(epochs: number): number[] {
    return Array.from({ length: epochs }, (_, epoch) => this.#settings.schedule(epoch));
  }

  async #epochs({ trainer }: Plan, from: Progress): Promise<Progress> {
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
    const { onProgress, epochs } = this.#settings;
    const total = trainer.stepsPerEpoch * this.#settings.batchSize;
    const epoch = from.history.length + 1;
    const rates = this.#rates(epoch);
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
    const { batchSize, checkpointSeconds, signal } = this.#settings;
    let progress = from;
    let saved = performance.now();
    let coming = progress.step < end ? ahead(trainer.batch(progress.step)) : null;
    while (coming) {
      if (signal?.aborted) {
        await coming.catch(() => undefined);
        await this.#save(trainer, progress);
        signal.throwIfAborted();
      }
      const batch: Batch = await coming;
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

  #rateAt({ stepsPerEpoch }: Trainer, { step, plateau }: Progress): number {
    return this.#settings.schedule(step / stepsPerEpoch) * plateau.rate;
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
    const lowest = Math.min(
      ...history.map(({ validationLoss }) => validationLoss ?? Number.POSITIVE_INFINITY),
    );
    const isBest = measured !== null && measured.loss < lowest;
    const { plateau } = this.#settings;
    const next: Progress = {
      ...progress,
      sums: NO_SUMS,
      history: [...history, record],
      bestEpoch: isBest ? epoch : progress.bestEpoch,
      plateau:
        plateau && measured ? reduceOnPlateau(progress.plateau, measured.loss, plateau) : progress.plateau,
    };
    const values = await this.#sound(trainer, next);
    if (isBest) await writeCheckpoint(join(this.#settings.out, BEST), { progress: next, values });
    await this.#writeLast({ progress: next, values });
    await this.#journal?.epoch(next);
    return next;
  }

  async #validate(trainer: Trainer, progress: Progress, epoch: number): Promise<Measured | null> {
    const samples = this.#part('validation');
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
    await writeCheckpoint(join(this.#settings.out, LAST), checkpoint);
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
    const path = join(this.#settings.out, LAST);
    const good =
      this.#savedAt === null
        ? 'There was no time for a checkpoint'
        : `The last good checkpoint, of step ${this.#savedAt}, is '${path}'`;
    return new FigleafError(
      'training-diverged',
      `${what} after ${step} steps: begin again with a lower learning rate. ${good}`,
    );
  }

  async #export(values: Values, done: Progress, bestEpoch: number, test: Measured | null): Promise<string> {
    const { out, seed, batchSize, taxonomy, loss } = this.#settings;
    const file = join(out, 'model.onnx');
    const best = done.history[bestEpoch - 1];
    const bytes = exportModel({
      id: idOf(out),
      design: this.#design,
      model: this.#model,
      weights: wholeWeights(this.#whole.parameters, values, seed),
      classes: this.#classes,
      loss,
      taxonomy,
      training: {
        model: this.#design.name,
        pictures: this.#counts(),
        manifest: this.#pictures.manifestHash,
        epochs: done.history.length,
        bestEpoch,
        batchSize,
        seed,
        validationAccuracy: best?.validationAccuracy ?? null,
        testAccuracy: test?.accuracy ?? null,
      },
    });
    await writeWholeFile(file, [bytes]);
    return file;
  }
}

/** An id from the folder's name. */
function idOf(out: string): string {
  return (
    basename(out)
      .toLowerCase()
      .replace(/[^a-z0-9_-]+/g, '-') || 'model'
  );
}

function optionInvalid(message: string): FigleafError {
  return new FigleafError('option-invalid', message);
}
