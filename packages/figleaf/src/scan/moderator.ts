/** The moderator: a classifier, a detector where wanted, and a policy in one, for whoever wants a verdict with its reason. */
import {
  type Classification,
  type Classifier,
  type ClassifyOptions,
  checkClassifyOptions,
  type LoadOptions,
  loadClassifier,
} from '../classify/classifier.ts';
import type { ModelChoice } from '../classify/model.ts';
import { toScores } from '../classify/scores.ts';
import {
  type DetectionResult,
  type DetectOptions,
  type Detector,
  type LoadDetectorOptions,
  loadDetector,
} from '../detect/detector.ts';
import type { DetectorChoice } from '../detect/model.ts';
import { DEFAULT_MIN_SCORE } from '../detect/settings.ts';
import { FigleafError } from '../errors.ts';
import type { BlockList } from '../hash/block-list.ts';
import { BlockListedError } from '../hash/screen.ts';
import type { ImageInput } from '../image/input.ts';
import type { Profile } from '../models/catalogue.ts';
import {
  ACTIVATION_MAP,
  DEFAULT_DETECTOR_PROFILE,
  type DetectorProfile,
  detectorProfileModels,
} from '../models/detector-profiles.ts';
import {
  checkRules,
  DEFAULT_DETECTION_POLICY,
  DEFAULT_POLICY,
  decide,
  type Evidence,
  type Policy,
  smallestBoxThreshold,
  smallestThresholds,
} from '../policy/policy.ts';
import { inquire } from '../runtime/inquiry.ts';
import { createPool, type Pool } from '../runtime/pool.ts';
import { nameOf, type ScanRecord, toListedRecord, toRecord } from './record.ts';

/** How to make a moderator. */
export interface ModeratorOptions extends Omit<LoadOptions, 'thresholds' | 'pool'> {
  /** A ready-made choice of models. Default: that of {@link loadClassifier}. */
  readonly profile?: Profile;
  /** Other models than a profile's; not together with `profile`. */
  readonly model?: ModelChoice;
  /**
   * A detector to ask beside the classifier, about the same decoded picture: `true` for the profile `balanced`, or another choice. One of
   * a profile's detectors has to be pulled; `activation-map` is taken only by its name, since the classifiers say already what it says.
   * Default false: none.
   */
  readonly detect?: boolean | DetectorChoice;
  /**
   * What leads to which verdict; null for records without verdicts. Default {@link DEFAULT_POLICY}, with a detector
   * {@link DEFAULT_DETECTION_POLICY}.
   */
  readonly policy?: Policy | null;
  /**
   * Pictures that are known: one that matches has the verdict `block` by the rule `block-list`, and nothing more is done with it.
   * Made by {@link parseBlockList}. Default: none.
   */
  readonly blockList?: BlockList;
}

/** How to judge one input. */
export interface ModerateOptions extends Omit<DetectOptions, 'blockList' | 'thumbnail'> {
  /** What the record calls the input. Default: its path, URL or file name; `input` where it has none. */
  readonly name?: string;
  /**
   * Least score of the detections in the record, over 0 to 1. Where the policy looks at lower ones, those are in it too. Default 0.25.
   */
  readonly minScore?: number;
}

/** A record, and a small WebP of the picture where one was asked for and may be made. */
export interface Judged {
  readonly record: ScanRecord;
  readonly thumbnail: Uint8Array | null;
}

/**
 * Loads models and checks the policy against them. The moderator owns worker threads: dispose of it when done (`await using` does).
 *
 * @throws {FigleafError} `policy-invalid` for a policy that is none, or that has a rule for what the models do not give;
 * `model-not-pulled` where the detector has to be pulled first; and what {@link loadClassifier} and {@link loadDetector} throw.
 * @example
 * ```ts
 * await using moderator = await createModerator({ profile: 'fast' });
 * const { verdict, reason } = await moderator.moderate(upload);
 * if (verdict === 'block') console.log(`refused: ${reason?.rule} is ${reason?.score}`);
 * ```
 * @example With a detector, whose boxes are in the record and count by the policy.
 * ```ts
 * await using moderator = await createModerator({ detect: true });
 * const { detections } = await moderator.moderate(upload, { tiles: 'auto' });
 * ```
 */
export async function createModerator(options: ModeratorOptions = {}): Promise<Moderator> {
  if (typeof options !== 'object' || options === null) {
    throw new FigleafError('option-invalid', 'the options are no object; give one, such as { profile }');
  }
  checkClassifyOptions({ blockList: options.blockList });
  const choice = choiceOf(options);
  const { workers, limits, signal, detect = false } = options;
  const policy = await checkedPolicy(options.policy, detect !== false);
  const thresholds = smallestThresholds(policy ?? {});
  const pool = await createPool({ workers, signal });
  try {
    const [classifier, detector] = await Promise.all([
      loadClassifier(choice, { ...options, thresholds, pool }),
      detect === false
        ? null
        : loadOther(detect, { ...(limits && { limits }), ...(signal && { signal }), pool }),
    ]);
    if (policy) checkRules(policy, mostOf(classifier, detector));
    return new Moderator(pool, { classifier, detector, policy, blockList: options.blockList });
  } catch (error) {
    await pool[Symbol.asyncDispose]();
    throw error;
  }
}

/** A detector that is not made of what the classifiers say already, and would count twice; unless it is named outright. */
async function loadOther(detect: true | DetectorChoice, options: LoadDetectorOptions): Promise<Detector> {
  const choice = detect === true ? { profile: DEFAULT_DETECTOR_PROFILE } : detect;
  const detector = await loadDetector(choice, options);
  if (detector.models.includes(ACTIVATION_MAP) && typeof choice === 'object' && 'profile' in choice) {
    throw notPulled(choice.profile);
  }
  return detector;
}

function notPulled(profile: DetectorProfile): FigleafError {
  const models = detectorProfileModels(profile).map(({ model }) => model);
  const ids = models.filter((id) => id !== ACTIVATION_MAP);
  return new FigleafError(
    'model-not-pulled',
    `no detector of the profile '${profile}' is on this machine (${ids.join(', ')}); \`figleaf models pull ${ids.at(-1)}\` fetches one`,
  );
}

function choiceOf({ profile, model }: ModeratorOptions): ModelChoice | undefined {
  if (profile === undefined) return model;
  if (model === undefined) return { profile };
  throw new FigleafError('option-invalid', 'both a profile and a model are given; give one of them');
}

/** Figleaf's own policies are right as they are; the check of others brings a schema library along, which takes a while to load. */
async function checkedPolicy(policy: Policy | null | undefined, detects: boolean): Promise<Policy | null> {
  if (policy === undefined) return detects ? DEFAULT_DETECTION_POLICY : DEFAULT_POLICY;
  if (policy === null || policy === DEFAULT_POLICY || policy === DEFAULT_DETECTION_POLICY) return policy;
  const { checkPolicy } = await import('../policy/check.ts');
  return checkPolicy(policy);
}

/** Evidence in which there is all that the models can say, of a picture of nothing. */
function mostOf({ labels, families }: Classifier, detector: Detector | null): Evidence {
  const classes = Object.fromEntries(labels.map((label) => [label, 0]));
  const scores = families && toScores(classes, families);
  if (!detector) return { scores, classes };
  return { scores, classes, detections: detector.kinds.map((kind) => ({ ...kind, score: 0 })) };
}

/** What a moderator is made of. */
interface Parts {
  readonly classifier: Classifier;
  readonly detector: Detector | null;
  readonly policy: Policy | null;
  readonly blockList: BlockList | undefined;
}

/**
 * A classifier with a policy, and a detector where one is wanted. Made by {@link createModerator}.
 *
 * @example
 * ```ts
 * await using moderator = await createModerator({ policy: { scores: { unsafe: { block: 0.7 } } } });
 * const { verdict } = await moderator.moderate('holiday.jpg');
 * ```
 */
export class Moderator implements AsyncDisposable {
  /** What it asks. Closed with the moderator. */
  readonly classifier: Classifier;
  /** What it asks beside; null where no detector is wanted. Closed with the moderator. */
  readonly detector: Detector | null;
  /** What it decides by; null where it only gives scores. */
  readonly policy: Policy | null;
  readonly #pool: Pool;
  readonly #blockList: BlockList | undefined;

  /** @internal */
  constructor(pool: Pool, { classifier, detector, policy, blockList }: Parts) {
    this.classifier = classifier;
    this.detector = detector;
    this.policy = policy;
    this.#pool = pool;
    this.#blockList = blockList;
  }

  /** The ids of all models that it may ask. */
  get models(): readonly string[] {
    return [...this.classifier.models, ...(this.detector?.models ?? [])];
  }

  /** How many entries the block list has; null without one. */
  get blockListSize(): number | null {
    return this.#blockList?.size ?? null;
  }

  /**
   * Judges one picture and decides on it.
   *
   * The policy decides on the scores as the record has them, rounded to six digits, so that the same record always leads to
   * the same verdict.
   *
   * @param input Whatever {@link Classifier.classify} takes.
   * @throws {FigleafError} What {@link Classifier.classify} and {@link Detector.detect} throw. Nothing has been decided then; do not
   * take it for `allow`.
   * @example
   * ```ts
   * const record = await moderator.moderate(bytes, { name: 'avatar of user 12' });
   * console.log(record.verdict, record.reason, record.scores);
   * ```
   */
  async moderate(input: ImageInput, options: ModerateOptions = {}): Promise<ScanRecord> {
    return (await this.judge(input, options)).record;
  }

  /**
   * As {@link moderate}, with a small picture beside the record where one is wanted.
   *
   * @internal
   */
  async judge(
    input: ImageInput,
    { name, ...options }: ModerateOptions & Pick<ClassifyOptions, 'thumbnail'>,
  ): Promise<Judged> {
    const called = name ?? nameOf(input) ?? 'input';
    try {
      const [result, found] = await this.#ask(input, options);
      const record = toRecord(called, result, found);
      const decision = this.policy ? decide(record, this.policy) : null;
      return { record: { ...record, ...decision }, thumbnail: result.thumbnail ?? null };
    } catch (error) {
      if (!(error instanceof BlockListedError)) throw error;
      return { record: toListedRecord(called, error.match), thumbnail: null };
    }
  }

  /**
   * Checks options that depend on no picture.
   *
   * @throws {FigleafError} `option-invalid`.
   * @internal
   */
  checkOptions(options: ModerateOptions): void {
    this.classifier.inquiry(options);
    this.detector?.inquiry(this.#detecting(options));
  }

  /**
   * Takes no more work, waits for what is running, then ends the workers.
   */
  close(): Promise<void> {
    return this.#pool[Symbol.asyncDispose]();
  }

  /** The same as {@link Moderator.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #ask(input: ImageInput, options: DetectOptions): Promise<[Classification, DetectionResult?]> {
    const classifying = this.classifier.inquiry(options);
    const common = { ...options, blockList: this.#blockList };
    if (!this.detector) return inquire(this.#pool, input, [classifying], common);
    const detecting = this.detector.inquiry(this.#detecting(options));
    return inquire(this.#pool, input, [classifying, detecting], common);
  }

  /** A detector does not tell of boxes under its least score, and the policy could not decide on those. */
  #detecting(options: DetectOptions): DetectOptions {
    const { minScore = DEFAULT_MIN_SCORE } = options;
    return { ...options, minScore: Math.min(minScore, smallestBoxThreshold(this.policy ?? {})) };
  }
}
