/** What of a run stays the same from its first step to its last: the model, where learning begins, and which run it is. */
import {
  type Classifier,
  chain,
  type EvaluationStep,
  evaluationStep,
  type FrozenPrefix,
  frozenPrefix,
  isChosen,
  parameterCount,
  scaleByName,
  trainingStep,
} from '@figleaf/onnx/nn';
import { FigleafError } from 'figleaf';
import type { CheckedAugmentation } from '../augment/fields.ts';
import type { Mixup, Whole } from '../augment/operation.ts';
import type { Part, Sample } from '../data-set/data-set.ts';
import { sha256 } from '../sha256.ts';
import { AugmentedPictures } from './augmented.ts';
import type { RunIdentity, Values } from './checkpoint.ts';
import { exportModel, wholeWeights } from './export.ts';
import { asFigleaf, type ModelDesign, pictureShape } from './models.ts';
import type { PrefixNote, TrainStart } from './options.ts';
import type { Pictures } from './pictures.ts';
import { openFeatures } from './prefix.ts';
import type { RunSettings } from './settings.ts';
import { bytesOf, type InputSource, Trainer } from './trainer.ts';

/** Values where learning begins. */
type Cut = FrozenPrefix['cut'];

/** Where learning begins. */
export interface Beginning {
  /** Default at the pictures. */
  readonly cut?: Cut;
  /** What is fed there. */
  readonly input: InputSource;
  readonly note: PrefixNote;
}

/** A trainer, and what is known of the run before its first step. */
export interface Started {
  readonly trainer: Trainer;
  /** SHA-256 of the training graph. */
  readonly graph: string;
  readonly start: Omit<TrainStart, 'resumedAt'>;
}

/** What is trained with which pictures, and how. */
export class Plan {
  readonly settings: RunSettings;
  readonly pictures: Pictures;
  readonly #design: ModelDesign;
  readonly #classes: readonly string[];
  readonly #model: Classifier;
  readonly #whole: EvaluationStep;

  /**
   * @throws {FigleafError} `model-unsupported` for what cannot be trained, `option-invalid` for patterns that fit nothing,
   * `data-set-invalid` for fewer pictures than a batch.
   */
  constructor(settings: RunSettings, design: ModelDesign, classes: readonly string[], pictures: Pictures) {
    this.settings = settings;
    this.pictures = pictures;
    this.#design = design;
    this.#classes = classes;
    this.#model = design.build(classes.length);
    this.#whole = this.#check();
    this.#checkPatterns();
    const count = this.part('train').length;
    if (count < settings.batchSize) {
      throw new FigleafError(
        'data-set-invalid',
        `there are ${count} pictures to train with, fewer than a batch of ${settings.batchSize}: give more, or a smaller batch size`,
      );
    }
  }

  part(part: Part): readonly Sample[] {
    return this.pictures.samples.filter((sample) => sample.part === part);
  }

  /** Which run it is, but for the training graph, which follows from where learning begins. */
  get identity(): Omit<RunIdentity, 'graph'> {
    const { batchSize, seed, augmentation, plateau = null } = this.settings;
    return {
      model: this.#design.name,
      classes: this.#classes,
      picture: pictureShape(this.#design.preprocessing),
      batchSize,
      seed,
      source: this.#design.source ?? null,
      data: this.pictures.dataHash,
      augmentation,
      plateau,
    };
  }

  /** Where learning begins: at the pictures, or behind frozen layers, whose values are found or computed. */
  async beginning(onBatch: (done: number, total: number) => void): Promise<Beginning> {
    const { frozen, seed, threads, provider, signal, out, augmentation } = this.settings;
    const { preprocessing } = this.#design;
    const prefix = asFigleaf(this.#design.name, () =>
      frozenPrefix({ model: this.#model, picture: pictureShape(preprocessing), frozen }),
    );
    if (augmentation) {
      const input = new AugmentedPictures(this.pictures, preprocessing, { augmentation, seed, threads });
      return { input, note: { state: prefix ? 'augmented' : 'none', bytes: 0 } };
    }
    if (!prefix) return { input: this.pictures, note: { state: 'none', bytes: 0 } };
    const { input, note } = await openFeatures({
      ...{ prefix, pictures: this.pictures, preprocessing, seed, threads, provider, out, signal },
      onBatch,
    });
    return input ? { cut: prefix.cut, input, note } : { input: this.pictures, note };
  }

  async start({ cut, input, note }: Beginning): Promise<Started> {
    const { batchSize, seed, threads, provider, loss, optimiser, rateFactors, augmentation } = this.settings;
    const scaled = rateFactors ? chain(optimiser, scaleByName(rateFactors)) : optimiser;
    const step = asFigleaf(this.#design.name, () =>
      trainingStep({ ...this.#stepOptions(cut), batchSize, optimiser: scaled }),
    );
    const graph = bytesOf(step.graph);
    const options = {
      ...{ step, check: this.#check(cut), loss, classes: this.#classes.length, input },
      ...{ samples: this.part('train'), batchSize, seed, threads, provider, mixup: mixupIn(augmentation) },
    };
    const trainer = await Trainer.start(options, graph);
    const start = {
      classes: this.#classes,
      pictures: this.#counts(),
      skipped: this.pictures.skipped,
      parameters: {
        all: parameterCount(this.#whole.parameters),
        trainable: parameterCount(step.parameters.filter(({ trainable }) => trainable)),
      },
      prefix: note,
      augmentation,
      stepsPerEpoch: trainer.stepsPerEpoch,
    };
    // How much is dropped is not in the graph, which is fed the masks.
    const hash = sha256(Buffer.concat([graph, Buffer.from(JSON.stringify(step.masks))]));
    return { trainer, graph: hash, start };
  }

  /**
   * The ONNX file of a model with these values.
   *
   * @param id What the model is called.
   * @param results What is said of its training beside the plan.
   */
  export(
    id: string,
    values: Values,
    results: {
      readonly epochs: number;
      readonly bestEpoch: number;
      readonly validationAccuracy: number | null;
      readonly testAccuracy: number | null;
    },
  ): Uint8Array {
    const { seed, batchSize, taxonomy, loss, augmentation } = this.settings;
    return exportModel({
      id,
      design: this.#design,
      model: this.#model,
      weights: wholeWeights(this.#whole.parameters, values, seed),
      classes: this.#classes,
      loss,
      taxonomy,
      training: {
        model: this.#design.name,
        pictures: this.#counts(),
        manifest: this.pictures.manifestHash,
        batchSize,
        seed,
        ...(augmentation && { augmentation }),
        ...results,
      },
    });
  }

  #counts(): Readonly<Record<Part, number>> {
    const count = (part: Part): number => this.part(part).length;
    return { train: count('train'), validation: count('validation'), test: count('test') };
  }

  #check(cut?: Cut): EvaluationStep {
    return asFigleaf(this.#design.name, () => evaluationStep(this.#stepOptions(cut)));
  }

  #stepOptions(cut: Cut | undefined) {
    const { loss, l2, frozen } = this.settings;
    const picture = pictureShape(this.#design.preprocessing);
    return { model: this.#model, picture, loss, frozen, ...(l2 && { l2 }), ...(cut && { cut }) };
  }

  /** A pattern that fits nothing is a slip of the pen, and a run that learns nothing a waste. */
  #checkPatterns(): void {
    const { frozen, rateFactors = {} } = this.settings;
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
}

function mixupIn(augmentation: CheckedAugmentation | null): Whole<Mixup> | null {
  return augmentation?.operations.find((operation) => operation.type === 'mixup') ?? null;
}

function optionInvalid(message: string): FigleafError {
  return new FigleafError('option-invalid', message);
}
