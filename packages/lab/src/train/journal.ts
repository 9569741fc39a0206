/** What a run writes for people while it goes: `metrics.jsonl`, `index.html` and event files of TensorBoard. */
import { join } from 'node:path';
import { messageOf, timeOf, writeWholeFile } from 'figleaf/commands';
import type { Progress } from './checkpoint.ts';
import { type CurvePoint, meanOf } from './curve.ts';
import type { TrainResult, TrainStart } from './options.ts';
import { type RunState, type RunView, runPage } from './run-page.ts';
import { EventFile } from './tensorboard.ts';

/** Milliseconds between two writings of the page. */
const PAGE_INTERVAL = 5000;

/** Points of an epoch that TensorBoard gets. */
const EVENTS_PER_EPOCH = 20;

/** The journal of one run. */
export class Journal {
  readonly #out: string;
  readonly #epochs: number;
  readonly #start: TrainStart;
  readonly #training: EventFile;
  readonly #validation: EventFile;
  readonly #began = new Date();
  #progress: Progress;
  #state: RunState = { name: 'training', doing: 'training' };
  #imagesPerSecond: number | null = null;
  /** Steps since the last event. */
  #steps: CurvePoint[] = [];
  #pageDue = 0;
  #page: Promise<void> = Promise.resolve();

  private constructor(
    { out, epochs }: { readonly out: string; readonly epochs: number },
    start: TrainStart,
    progress: Progress,
    files: { readonly training: EventFile; readonly validation: EventFile },
  ) {
    this.#out = out;
    this.#epochs = epochs;
    this.#start = start;
    this.#progress = progress;
    this.#training = files.training;
    this.#validation = files.validation;
  }

  /** @throws {FigleafError} `output-unwritable`. */
  static async begin(
    settings: { readonly out: string; readonly epochs: number },
    start: TrainStart,
    progress: Progress,
  ): Promise<Journal> {
    const folder = join(settings.out, 'tensorboard');
    // Two folders are two runs to TensorBoard, which lays those of the same name into one chart.
    const [training, validation] = await Promise.all(
      ['train', 'validation'].map((name) => EventFile.begin(join(folder, name), start.resumedAt)),
    );
    const journal = new Journal(settings, start, progress, { training: training!, validation: validation! });
    await journal.#writeMetrics();
    await journal.#tryPage();
    return journal;
  }

  /** Says on the page what is being done. */
  doing(words: string): void {
    this.#state = { name: 'training', doing: words };
    this.#pageSoon();
  }

  /** One step more. */
  async step(progress: Progress, step: CurvePoint, imagesPerSecond: number): Promise<void> {
    this.#progress = progress;
    this.#imagesPerSecond = imagesPerSecond;
    this.#steps.push(step);
    const every = Math.max(1, Math.floor(this.#start.stepsPerEpoch / EVENTS_PER_EPOCH));
    if (progress.step % every === 0) await this.#writeSteps();
    this.#pageSoon();
  }

  /**
   * Tells TensorBoard of one epoch more, before the checkpoint is written: a run that is killed in between goes on from the one before,
   * and tells it again in place of this. The other way round, nobody would ever tell it.
   */
  async epochEvents({ history }: Progress): Promise<void> {
    const { step, loss, accuracy, validationLoss, validationAccuracy } = history.at(-1)!;
    await this.#writeSteps();
    await this.#training.add(step, { 'epoch/loss': loss, 'epoch/accuracy': accuracy });
    if (validationLoss !== null && validationAccuracy !== null) {
      await this.#validation.add(step, {
        'epoch/loss': validationLoss,
        'epoch/accuracy': validationAccuracy,
      });
    }
  }

  /** One epoch more, of which there is a checkpoint. */
  async epoch(progress: Progress): Promise<void> {
    this.#progress = progress;
    await this.#writeMetrics();
    this.#pageSoon();
  }

  /** Says on the page how the run ended; gives what kept it from being written, null where nothing did. */
  async end({ test, bestEpoch }: Pick<TrainResult, 'test' | 'bestEpoch'>): Promise<string | null> {
    this.#state = { name: 'ended', test, bestEpoch };
    return this.#tryPage();
  }

  /** Says on the page why the run did not end; what goes wrong with that is nothing beside the reason. */
  async stop(reason: unknown, isAsked: boolean): Promise<void> {
    this.#state = isAsked ? { name: 'stopped' } : { name: 'failed', message: messageOf(reason) };
    await this.#tryPage();
  }

  async #writeSteps(): Promise<void> {
    if (this.#steps.length === 0) return;
    const { step, loss, accuracy, learningRate } = meanOf(this.#steps);
    this.#steps = [];
    await this.#training.add(step, {
      'steps/loss': loss,
      'steps/accuracy': accuracy,
      'steps/learning_rate': learningRate,
      'steps/images_per_second': this.#imagesPerSecond ?? 0,
    });
  }

  async #writeMetrics(): Promise<void> {
    const lines = this.#progress.history.map((record) => `${JSON.stringify(record)}\n`);
    await writeWholeFile(join(this.#out, 'metrics.jsonl'), lines);
  }

  /** Writes the page beside the training, now and then. One that cannot be written now is written the next time. */
  #pageSoon(): void {
    const now = performance.now();
    if (now < this.#pageDue) return;
    this.#pageDue = now + PAGE_INTERVAL;
    this.#page = this.#page.then(() => this.#writePage()).catch(() => undefined);
  }

  /**
   * Writes the page now, if that can be done: on Windows it cannot while another program has the page open, and that is no reason for a
   * run to fail.
   */
  async #tryPage(): Promise<string | null> {
    await this.#page;
    try {
      await this.#writePage();
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }

  async #writePage(): Promise<void> {
    await writeWholeFile(join(this.#out, 'index.html'), [runPage(this.#view())]);
  }

  #view(): RunView {
    const { resumedAt, stepsPerEpoch } = this.#start;
    const written = new Date();
    const done = this.#progress.step - resumedAt;
    const left = this.#epochs * stepsPerEpoch - this.#progress.step;
    const passed = (written.getTime() - this.#began.getTime()) / 1000;
    return {
      out: this.#out,
      state: this.#state,
      start: this.#start,
      progress: this.#progress,
      epochs: this.#epochs,
      began: this.#began,
      written,
      imagesPerSecond: this.#imagesPerSecond,
      secondsLeft: done > 0 ? (passed / done) * left : null,
      timeOf,
    };
  }
}
