/** The policy: thresholds as data, and the verdict that they lead to. */
import type { ClassProbabilities, Scores } from '../classify/scores.ts';
import type { Detection } from '../detect/detector.ts';
import { FigleafError } from '../errors.ts';
import { suggestion } from '../suggestion.ts';

/** What becomes of a picture: let it pass, let a person look, or keep it out. */
export type Verdict = 'allow' | 'review' | 'block';

/** From where on a score leads to which verdict; a score that equals a threshold has reached it. At least one is given. */
export interface Thresholds {
  /** Scores of at least this are for a person to look at, 0 to 1. At most `block`. Default: none are. */
  readonly review?: number;
  /** Scores of at least this are blocked, 0 to 1. Default: none are. */
  readonly block?: number;
}

/**
 * What leads to which verdict. It is plain JSON: `figleaf/policy.schema.json` is the JSON Schema of such a file.
 *
 * A policy is complete in itself. What it does not name is not looked at, and `{}` allows everything.
 *
 * @example
 * ```ts
 * const strict: Policy = {
 *   name: 'strict',
 *   scores: { unsafe: { review: 0.2, block: 0.6 }, suggestive: { review: 0.7 } },
 *   classes: { hentai: { block: 0.5 } },
 *   boxes: { unsafe: { block: 0.5 } },
 *   labels: { BUTTOCKS_EXPOSED: { review: 0.3 } },
 * };
 * ```
 */
export interface Policy {
  /** What reports call it. */
  readonly name?: string;
  /** Thresholds of the scores that sum up families of classes. */
  readonly scores?: { readonly [Score in 'unsafe' | 'suggestive']?: Thresholds };
  /** Thresholds of single classes, by the names that the model has for them, such as `porn`. */
  readonly classes?: Readonly<Record<string, Thresholds>>;
  /** Thresholds of what a detector finds, by family: of the box that it is surest of. No box counts as 0. */
  readonly boxes?: { readonly [Family in 'unsafe' | 'suggestive']?: Thresholds };
  /** The same of single labels, by the names that the detector has for them, such as `FEET_EXPOSED`. */
  readonly labels?: Readonly<Record<string, Thresholds>>;
}

/**
 * What a verdict rests on. A `Classification` is evidence, and so is a `ScanRecord` without `error`; what a detector alone says is
 * `{ scores: null, classes: {}, detections }`.
 */
export interface Evidence {
  /** Null where no classifier was asked, and for models of unknown families. */
  readonly scores: Scores | null;
  /** Empty where no classifier was asked. */
  readonly classes: ClassProbabilities;
  /** What a detector found, in any order; absent where none was asked. */
  readonly detections?: readonly Pick<Detection, 'label' | 'category' | 'score'>[] | undefined;
}

/** A verdict, and why. */
export interface Decision {
  readonly verdict: Verdict;
  /** The rule that led to it, named by its place in the policy (`scores.unsafe`), and its score; null for `allow`. */
  readonly reason: { readonly rule: string; readonly score: number } | null;
}

/**
 * The policy that holds where none is given: `unsafe` from 0.5 on is for a person to look at, from 0.85 on it is blocked.
 *
 * 0.5 is where the models hold unsafe for likelier than all else together. 0.85 is a choice and not a measurement: no picture
 * is to be blocked unseen that the models doubt. `docs/thresholds.md` says what is known of both.
 */
export const DEFAULT_POLICY: Policy = {
  name: 'default',
  scores: { unsafe: { review: 0.5, block: 0.85 } },
};

/**
 * The policy that holds where a detector is asked and none is given: {@link DEFAULT_POLICY}, and explicit parts lead to `review` from 0.25
 * on and to `block` from 0.5 on. Other parts lead to nothing.
 *
 * 0.25 is where a detector's own default takes a box for one, so that none is passed over that anybody would be shown. 0.5 is where it
 * holds the part for likelier than not; `docs/thresholds.md` has the measurements.
 */
export const DEFAULT_DETECTION_POLICY: Policy = {
  ...DEFAULT_POLICY,
  name: 'default with boxes',
  boxes: { unsafe: { review: 0.25, block: 0.5 } },
};

/**
 * The verdict of a policy. The strictest rule wins; among equally strict ones that with the highest score, then the first.
 *
 * @param evidence A `Classification`, or a record that was kept: thresholds can be tried without judging pictures again.
 * @throws {FigleafError} `policy-invalid` for a rule about a score or class that the evidence does not have, and for one about boxes
 * where no detector was asked.
 * @example
 * ```ts
 * const { verdict, reason } = decide(await classifier.classify('holiday.jpg'), DEFAULT_POLICY);
 * console.log(verdict, reason); // such as: block { rule: 'scores.unsafe', score: 0.93 }
 * ```
 */
export function decide(evidence: Evidence, policy: Policy): Decision {
  const answers = answersOf(evidence);
  return rulesOf(policy)
    .map((rule) => {
      const score = answers.get(rule.name) ?? (rule.isAboutBoxes && evidence.detections ? 0 : undefined);
      if (score === undefined) throw unanswered(rule, evidence);
      return applied(rule, score);
    })
    .reduce((worst, next) => (isWorse(next, worst) ? next : worst), ALLOWED);
}

/**
 * Checks a policy against all that the models in use can give, so that a rule that would never act is found before the first picture.
 *
 * @param most Evidence in which each score, class and label of the models occurs.
 * @throws {FigleafError} `policy-invalid` for a rule about anything else.
 */
export function checkRules(policy: Policy, most: Evidence): void {
  const answers = answersOf(most);
  const odd = rulesOf(policy).find(({ name }) => !answers.has(name));
  if (odd) throw unanswered(odd, most);
}

/** The smallest threshold of each score and class that the policy looks at. Boxes are not among them. */
export function smallestThresholds({ scores = {}, classes = {} }: Policy): Record<string, number> {
  const smallest = new Map<string, number>();
  for (const [name, { review = 1, block = 1 }] of [...Object.entries(scores), ...Object.entries(classes)]) {
    smallest.set(name, Math.min(review, block, smallest.get(name) ?? 1));
  }
  return Object.fromEntries(smallest);
}

/** The smallest score of a box that decides anything, over 0 to 1: to what 0 leads no box is needed. Infinity without such rules. */
export function smallestBoxThreshold({ boxes = {}, labels = {} }: Policy): number {
  const thresholds = [...Object.values(boxes), ...Object.values(labels)];
  const scores = thresholds.flatMap(({ review = Infinity, block = Infinity }) => [review, block]);
  return Math.min(...scores.filter((score) => score > 0));
}

/** A rule of a policy. */
interface Rule {
  /** Its place in the policy. */
  readonly name: string;
  readonly thresholds: Thresholds;
  readonly isAboutBoxes: boolean;
}

function rulesOf({ scores = {}, classes = {}, boxes = {}, labels = {} }: Policy): Rule[] {
  const rules = (group: string, of: Readonly<Record<string, Thresholds>>, isAboutBoxes: boolean): Rule[] =>
    Object.entries(of).map(([key, thresholds]) => ({ name: `${group}.${key}`, thresholds, isAboutBoxes }));
  return [
    ...rules('scores', scores, false),
    ...rules('classes', classes, false),
    ...rules('boxes', boxes, true),
    ...rules('labels', labels, true),
  ];
}

/** What the evidence says on each rule that there may be, by the rule's name. */
function answersOf({ scores, classes, detections = [] }: Evidence): Map<string, number> {
  const answers = new Map<string, number>();
  for (const [name, score] of Object.entries(scores ?? {})) {
    if (score !== null) answers.set(`scores.${name}`, score);
  }
  for (const [label, p] of Object.entries(classes)) answers.set(`classes.${label}`, p);
  for (const { label, category, score } of detections) {
    const names = [`labels.${label}`, ...(category ? [`boxes.${category}`] : [])];
    for (const name of names) answers.set(name, Math.max(score, answers.get(name) ?? 0));
  }
  return answers;
}

function applied(
  { name, thresholds: { review = Infinity, block = Infinity } }: Rule,
  score: number,
): Decision {
  if (score < Math.min(review, block)) return ALLOWED;
  return { verdict: score >= block ? 'block' : 'review', reason: { rule: name, score } };
}

const ALLOWED: Decision = { verdict: 'allow', reason: null };

const SEVERITY: Readonly<Record<Verdict, number>> = { allow: 0, review: 1, block: 2 };

function isWorse(a: Decision, b: Decision): boolean {
  const steps = SEVERITY[a.verdict] - SEVERITY[b.verdict];
  return steps > 0 || (steps === 0 && (a.reason?.score ?? 0) > (b.reason?.score ?? 0));
}

/** A rule that nothing answers would never act, and nobody would know. */
function unanswered(rule: Rule, evidence: Evidence): FigleafError {
  return new FigleafError('policy-invalid', whyUnanswered(rule, evidence));
}

function whyUnanswered({ name, isAboutBoxes }: Rule, evidence: Evidence): string {
  const given = [...answersOf(evidence).keys()];
  if (given.length === 0 && !evidence.detections) {
    const why = 'there are no scores to decide on, as of an input that could not be judged';
    return `${why}; look at the record's 'error' first`;
  }
  if (isAboutBoxes && !evidence.detections) {
    return `the policy has a rule for '${name}', but no detector is asked; ask one: the option 'detect', or --detect`;
  }
  return `the policy has a rule for '${name}', which the models in use do not give; ${suggestion(name, given)}`;
}
