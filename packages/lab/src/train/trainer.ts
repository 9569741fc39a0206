/** Batches into graphs: steps that learn, measurements, features; what runs is in the thread. */
import { elementCount, type Graph, modelOf, writeModel } from '@figleaf/onnx';
import {
  dropoutMask,
  type EvaluationStep,
  initialWeights,
  type Loss,
  RandomStream,
  type TrainingStep,
} from '@figleaf/onnx/nn';
import { drawMixes, mix } from '../augment/mixup.ts';
import type { Mixup, Whole } from '../augment/operation.ts';
import type { Sample } from '../data-set/data-set.ts';
import { shuffle } from '../data-set/order.ts';
import type { Values } from './checkpoint.ts';
import { addBatch, addHits, f1Of, NO_HITS, NO_SUMS } from './metrics.ts';
import type { Fed, NamedValue } from './protocol.ts';
import { StepThread } from './step-thread.ts';

/** Where inputs of the model come from: pictures, or features of them. */
export interface InputSource extends AsyncDisposable {
  /**
   * What is fed for these pictures, by the names of inputs; the caller may give the memory away.
   *
   * @param epoch From 0, of what is learned from; null for what is measured.
   */
  feeds(samples: readonly Sample[], epoch: number | null): Promise<Record<string, Fed>>;
}

/** How good a model is. */
export interface Measured {
  /** Mean over the pictures. */
  readonly loss: number;
  /** Share of right answers, 0 to 1. Of a picture that may be of several classes an answer is right where all of it is. */
  readonly accuracy: number;
  /**
   * Only where a picture may be of several classes, each by itself at a probability of 0.5: twice the right ones over those that
   * are there and those that were said, all classes and pictures together; 0 to 1. Null where none is there and none was said.
   */
  readonly f1?: number | null;
}

/** What a trainer works with. */
export interface TrainerOptions {
  readonly step: TrainingStep;
  readonly check: EvaluationStep;
  readonly loss: Loss;
  /** Number of classes. */
  readonly classes: number;
  readonly input: InputSource;
  readonly samples: readonly Sample[];
  readonly batchSize: number;
  readonly seed: number;
  readonly threads: number;
  readonly provider: string;
  /** How pictures of a batch are mixed; null where they are not. */
  readonly mixup: Whole<Mixup> | null;
}

/** A batch, ready to be fed. */
export interface Batch {
  readonly step: number;
  readonly feeds: Readonly<Record<string, Fed>>;
}

const TRAINING = 'training';
const CHECKING = 'validation';

/** Holds the thread with both graphs. */
export class Trainer implements AsyncDisposable {
  /** Steps in an epoch; what is left over of the pictures is passed over, others in each epoch. */
  readonly stepsPerEpoch: number;
  readonly #options: TrainerOptions;
  readonly #thread: StepThread;
  /** The order of the epoch that batches were last made for. */
  #order: { readonly epoch: number; readonly samples: readonly Sample[] } | null = null;

  private constructor(options: TrainerOptions, thread: StepThread) {
    this.#options = options;
    this.#thread = thread;
    this.stepsPerEpoch = Math.floor(options.samples.length / options.batchSize);
  }

  /** @throws {FigleafError} `runtime-unavailable`, `model-invalid`. */
  static async start(options: TrainerOptions, graph: Uint8Array): Promise<Trainer> {
    const { threads, provider, step, check } = options;
    const thread = new StepThread();
    try {
      await thread.call('start', null);
      await thread.call('open', {
        session: TRAINING,
        model: graph,
        threads,
        provider,
        keeps: Object.values(step.next),
      });
      await thread.call('open', { session: CHECKING, model: bytesOf(check.graph), threads, provider });
    } catch (error) {
      await thread[Symbol.asyncDispose]();
      throw error;
    }
    return new Trainer(options, thread);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
  }

  /** What training begins with. */
  firstValues(): Values {
    const { step, seed } = this.#options;
    const zeros = step.state.map(({ name, dims }) => {
      const data = new Float32Array(elementCount(dims));
      return [name, { dims, data }] as const;
    });
    const weights: Values = initialWeights(step.parameters, seed);
    return new Map([...weights, ...zeros]);
  }

  /** From now on these are the parameters and the optimiser's state. */
  async put(values: Values): Promise<void> {
    await this.#thread.call('put', namedOf(values));
  }

  /** Parameters and state as they are. */
  async take(): Promise<Values> {
    const values = await this.#thread.call('take', null);
    return new Map(values.map(({ name, dims, data }) => [name, { dims, data }]));
  }

  /** The batch of a step, counted from 0: the same pictures and masks whenever it is made. */
  async batch(step: number): Promise<Batch> {
    const { batchSize } = this.#options;
    const from = (step % this.stepsPerEpoch) * batchSize;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const chosen = this.#orderOf(epoch).slice(from, from + batchSize);
    const feeds = await this.#feeds(chosen, epoch);
    this.#mix(feeds, chosen, epoch);
    return { step, feeds: { ...feeds, ...this.#masks(step) } };
  }

  /** Shuffled once an epoch: for each step anew a million pictures would take longer than the step. */
  #orderOf(epoch: number): readonly Sample[] {
    if (this.#order?.epoch !== epoch) {
      const { samples, seed } = this.#options;
      this.#order = { epoch, samples: shuffle(samples, new RandomStream(seed, 'order', epoch)) };
    }
    return this.#order.samples;
  }

  /** Learns from a batch; its memory is given away. */
  async learn({ feeds }: Batch, rate: number): Promise<{ loss: number; correct: number }> {
    const { step } = this.#options;
    const learningRate: Fed = { type: 'float32', dims: [], data: Float32Array.of(rate) };
    const results = await this.#thread.call(
      'run',
      {
        session: TRAINING,
        feeds: { ...feeds, learning_rate: learningRate },
        uses: [...step.parameters, ...step.state].map(({ name }) => name),
        next: step.next,
        wants: ['loss', 'correct'],
      },
      buffersOf(feeds),
    );
    return lossOf(results);
  }

  /** How good the parameters are as they are; null of no samples. */
  async measure(
    samples: readonly Sample[],
    onBatch: (done: number) => void,
    signal?: AbortSignal,
  ): Promise<Measured | null> {
    const { check, batchSize, loss, classes } = this.#options;
    const isMultiLabel = loss.output === 'sigmoid';
    const wants = ['loss', 'correct', ...(isMultiLabel ? ['logits'] : [])];
    let sums = NO_SUMS;
    let hits = NO_HITS;
    const chosenFrom = (from: number): readonly Sample[] => samples.slice(from, from + batchSize);
    const feedsFrom = (from: number) =>
      from < samples.length ? ahead(this.#feeds(chosenFrom(from), null)) : null;
    let coming = feedsFrom(0);
    for (let from = 0; coming; from += batchSize) {
      const feeds: Record<string, Fed> = await coming;
      signal?.throwIfAborted();
      // Made while this one is measured.
      coming = feedsFrom(from + batchSize);
      const chosen = chosenFrom(from);
      const uses = check.parameters.map(({ name }) => name);
      const request = { session: CHECKING, feeds, uses, next: {}, wants };
      const results = await this.#thread.call('run', request, buffersOf(feeds));
      sums = addBatch(sums, lossOf(results), chosen.length);
      if (isMultiLabel) hits = addHits(hits, results[2]!.data, severalHot(chosen, classes));
      onBatch(sums.pictures);
    }
    if (sums.pictures === 0) return null;
    const measured = { loss: sums.loss / sums.pictures, accuracy: sums.correct / sums.pictures };
    return isMultiLabel ? { ...measured, f1: f1Of(hits) } : measured;
  }

  async #feeds(samples: readonly Sample[], epoch: number | null): Promise<Record<string, Fed>> {
    const { input, loss, classes } = this.#options;
    const labels: Fed =
      loss.labelKind === 'shares'
        ? { type: 'float32', dims: [samples.length, classes], data: severalHot(samples, classes) }
        : {
            type: 'int64',
            dims: [samples.length],
            data: BigInt64Array.from(samples, (sample) => BigInt(sample.labels[0]!)),
          };
    return { ...(await input.feeds(samples, epoch)), labels };
  }

  /** Mixes pictures and answers alike. */
  #mix(feeds: Readonly<Record<string, Fed>>, samples: readonly Sample[], epoch: number): void {
    const { mixup, seed } = this.#options;
    if (!mixup) return;
    const names = samples.map(({ name }) => name);
    const mixes = drawMixes(mixup, names, seed, epoch);
    for (const { data } of Object.values(feeds)) if (data instanceof Float32Array) mix(data, mixes);
  }

  #masks(step: number): Record<string, Fed> {
    const { seed, batchSize } = this.#options;
    const masks = this.#options.step.masks.map(({ name, shape, rate }) => {
      const dims = [batchSize, ...(shape.slice(1) as number[])];
      const count = elementCount(dims);
      const data = dropoutMask(count, rate, { seed, step, name });
      return [name, { type: 'float32', dims, data }] as const;
    });
    return Object.fromEntries(masks);
  }
}

/** The ONNX file of a graph. */
export function bytesOf(graph: Graph): Uint8Array {
  return writeModel(modelOf(graph));
}

/** 1 for each class that a picture is of, else 0. */
function severalHot(samples: readonly Sample[], classes: number): Float32Array {
  const answers = new Float32Array(samples.length * classes);
  for (const [row, { labels }] of samples.entries()) {
    for (const label of labels) answers[row * classes + label] = 1;
  }
  return answers;
}

function buffersOf(feeds: Readonly<Record<string, Fed>>): ArrayBufferLike[] {
  return Object.values(feeds).map(({ data }) => data.buffer);
}

function namedOf(values: Values): NamedValue[] {
  return [...values].map(([name, { dims, data }]) => ({ name, dims, data }));
}

function lossOf(results: readonly NamedValue[]): { loss: number; correct: number } {
  const [loss, correct] = results.map(({ data }) => data[0]!);
  return { loss: loss!, correct: correct! };
}

/** A promise that is made before anyone waits for it; whoever does still sees how it ends. */
export function ahead<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
