/** The moderator: a classifier and a policy in one, for whoever wants a verdict with its reason. */
import {
  type Classifier,
  type ClassifyOptions,
  checkClassifyOptions,
  type LoadOptions,
  loadClassifier,
} from '../classify/classifier.ts';
import type { ModelChoice } from '../classify/model.ts';
import { toScores } from '../classify/scores.ts';
import { FigleafError } from '../errors.ts';
import type { BlockList } from '../hash/block-list.ts';
import { BlockListedError } from '../hash/screen.ts';
import type { ImageInput } from '../image/input.ts';
import type { Profile } from '../models/catalogue.ts';
import { DEFAULT_POLICY, decide, type Policy, smallestThresholds } from '../policy/policy.ts';
import { nameOf, type ScanRecord, toListedRecord, toRecord } from './record.ts';

/** How to make a moderator. */
export interface ModeratorOptions extends Omit<LoadOptions, 'thresholds'> {
  /** A ready-made choice of models. Default: that of {@link loadClassifier}. */
  readonly profile?: Profile;
  /** Other models than a profile's; not together with `profile`. */
  readonly model?: ModelChoice;
  /** What leads to which verdict; null for records without verdicts. Default {@link DEFAULT_POLICY}. */
  readonly policy?: Policy | null;
  /**
   * Pictures that are known: one that matches has the verdict `block` by the rule `block-list`, and nothing more is done with it.
   * Made by {@link parseBlockList}. Default: none.
   */
  readonly blockList?: BlockList;
}

/** How to judge one input. */
export interface ModerateOptions extends Omit<ClassifyOptions, 'blockList' | 'thumbnail'> {
  /** What the record calls the input. Default: its path, URL or file name; `input` where it has none. */
  readonly name?: string;
}

/** A record, and a small WebP of the picture where one was asked for and may be made. */
export interface Judged {
  readonly record: ScanRecord;
  readonly thumbnail: Uint8Array | null;
}

/**
 * Loads models and checks the policy against them. The moderator owns worker threads: dispose of it when done (`await using` does).
 *
 * @throws {FigleafError} `policy-invalid` for a policy that is none, or that has a rule for what the models do not give; and what
 * {@link loadClassifier} throws.
 * @example
 * ```ts
 * await using moderator = await createModerator({ profile: 'fast' });
 * const { verdict, reason } = await moderator.moderate(upload);
 * if (verdict === 'block') console.log(`refused: ${reason?.rule} is ${reason?.score}`);
 * ```
 */
export async function createModerator(options: ModeratorOptions = {}): Promise<Moderator> {
  if (typeof options !== 'object' || options === null) {
    throw new FigleafError('option-invalid', 'the options are no object; give one, such as { profile }');
  }
  checkClassifyOptions({ blockList: options.blockList });
  const policy = await checkedPolicy(options.policy);
  const thresholds = smallestThresholds(policy ?? {});
  const classifier = await loadClassifier(choiceOf(options), { ...options, thresholds });
  try {
    if (policy) checkAnswers(policy, classifier);
    return new Moderator(classifier, policy, options.blockList);
  } catch (error) {
    await classifier.close();
    throw error;
  }
}

function choiceOf({ profile, model }: ModeratorOptions): ModelChoice | undefined {
  if (profile === undefined) return model;
  if (model === undefined) return { profile };
  throw new FigleafError('option-invalid', 'both a profile and a model are given; give one of them');
}

/** Figleaf's own policy is right as it is; the check of others brings a schema library along, which takes a while to load. */
async function checkedPolicy(policy: Policy | null = DEFAULT_POLICY): Promise<Policy | null> {
  if (policy === null || policy === DEFAULT_POLICY) return policy;
  const { checkPolicy } = await import('../policy/check.ts');
  return checkPolicy(policy);
}

/** Decides on a picture of nothing, so that a rule that the models cannot answer is found before the first real one. */
function checkAnswers(policy: Policy, { labels, families }: Classifier): void {
  const classes = Object.fromEntries(labels.map((label) => [label, 0]));
  decide({ classes, scores: families && toScores(classes, families) }, policy);
}

/**
 * A classifier with a policy. Made by {@link createModerator}.
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
  /** What it decides by; null where it only gives scores. */
  readonly policy: Policy | null;
  readonly #blockList: BlockList | undefined;

  /** @internal */
  constructor(classifier: Classifier, policy: Policy | null, blockList?: BlockList) {
    this.classifier = classifier;
    this.policy = policy;
    this.#blockList = blockList;
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
   * @throws {FigleafError} What {@link Classifier.classify} throws. Nothing has been decided then; do not take it for `allow`.
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
      const result = await this.classifier.classify(input, { ...options, blockList: this.#blockList });
      const record = toRecord(called, result);
      const decision = this.policy ? decide(record, this.policy) : null;
      return { record: { ...record, ...decision }, thumbnail: result.thumbnail ?? null };
    } catch (error) {
      if (!(error instanceof BlockListedError)) throw error;
      return { record: toListedRecord(called, error.match), thumbnail: null };
    }
  }

  /**
   * Takes no more work, waits for what is running, then ends the workers.
   */
  close(): Promise<void> {
    return this.classifier.close();
  }

  /** The same as {@link Moderator.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
