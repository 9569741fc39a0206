/** The policy: thresholds as data, and the verdict that they lead to. */
import type { ClassProbabilities, Scores } from '../classify/scores.ts';
import { FigleafError } from '../errors.ts';
import { suggestion } from './suggestion.ts';

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
}

/** What a verdict rests on. A `Classification` is evidence, and so is a `ScanRecord` without `error`. */
export interface Evidence {
  readonly scores: Scores | null;
  readonly classes: ClassProbabilities;
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
 * The verdict of a policy. The strictest rule wins; among equally strict ones that with the highest score, then the first.
 *
 * @param evidence A `Classification`, or a record that was kept: thresholds can be tried without judging pictures again.
 * @throws {FigleafError} `policy-invalid` for a rule about a score or class that the evidence does not have.
 * @example
 * ```ts
 * const { verdict, reason } = decide(await classifier.classify('holiday.jpg'), DEFAULT_POLICY);
 * console.log(verdict, reason); // such as: block { rule: 'scores.unsafe', score: 0.93 }
 * ```
 */
export function decide(evidence: Evidence, policy: Policy): Decision {
  return findings(evidence, policy)
    .map((finding) => applied(finding, evidence))
    .reduce((worst, next) => (isWorse(next, worst) ? next : worst), ALLOWED);
}

/** The smallest threshold of each score and class that the policy looks at. */
export function smallestThresholds({ scores = {}, classes = {} }: Policy): Record<string, number> {
  const smallest = new Map<string, number>();
  for (const [name, { review = 1, block = 1 }] of [...Object.entries(scores), ...Object.entries(classes)]) {
    smallest.set(name, Math.min(review, block, smallest.get(name) ?? 1));
  }
  return Object.fromEntries(smallest);
}

/** A rule of the policy with the score that it looks at; without one where the models give none. */
interface Finding {
  readonly rule: string;
  readonly thresholds: Thresholds;
  readonly score: number | null | undefined;
}

function findings({ scores, classes }: Evidence, policy: Policy): Finding[] {
  return [
    ...Object.entries(policy.scores ?? {}).map(([name, thresholds]) => ({
      rule: `scores.${name}`,
      thresholds,
      score: scores?.[name as keyof Scores],
    })),
    ...Object.entries(policy.classes ?? {}).map(([label, thresholds]) => ({
      rule: `classes.${label}`,
      thresholds,
      score: Object.hasOwn(classes, label) ? classes[label] : undefined,
    })),
  ];
}

function applied({ rule, thresholds, score }: Finding, evidence: Evidence): Decision {
  if (score === null || score === undefined) throw unanswered(rule, evidence);
  const { review = Infinity, block = Infinity } = thresholds;
  if (score < Math.min(review, block)) return ALLOWED;
  return { verdict: score >= block ? 'block' : 'review', reason: { rule, score } };
}

const ALLOWED: Decision = { verdict: 'allow', reason: null };

const SEVERITY: Readonly<Record<Verdict, number>> = { allow: 0, review: 1, block: 2 };

function isWorse(a: Decision, b: Decision): boolean {
  const steps = SEVERITY[a.verdict] - SEVERITY[b.verdict];
  return steps > 0 || (steps === 0 && (a.reason?.score ?? 0) > (b.reason?.score ?? 0));
}

/** A rule that nothing answers would never act, and nobody would know. */
function unanswered(rule: string, { scores, classes }: Evidence): FigleafError {
  if (!scores && Object.keys(classes).length === 0) {
    const why = 'there are no scores to decide on, as of an input that could not be judged';
    return new FigleafError('policy-invalid', `${why}; look at the record's 'error' first`);
  }
  const given = [
    ...Object.entries(scores ?? {}).flatMap(([name, score]) => (score === null ? [] : [`scores.${name}`])),
    ...Object.keys(classes).map((label) => `classes.${label}`),
  ];
  return new FigleafError(
    'policy-invalid',
    `the policy has a rule for '${rule}', which the models in use do not give; ${suggestion(rule, given)}`,
  );
}
