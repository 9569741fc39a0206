/** The label of a run: tells records that were judged one way from those that were judged another. */
import { hash } from 'node:crypto';
import type { Policy } from '../../policy/policy.ts';

/** All that records depend on, apart from the inputs. */
export interface RunSettings {
  /** The profile, or the model that is asked in place of one. */
  readonly judge: string;
  /** What decides; null where nothing does. */
  readonly policy: Policy | null;
  /** Whatever else moves scores or verdicts, as plain JSON: how pictures are decoded, hashes of block lists. Default: nothing. */
  readonly options?: object;
}

/** Enough that no two settings of one user's meet, and short enough to be in every record. */
const DIGITS = 12;

/**
 * The same for the same settings, another for others; the names in front are for people: `balanced, policy default, 1f0c9e3a77d2`.
 *
 * Rules in another order are another policy, since the first of two that are equal speaks.
 */
export function runLabel({ judge, policy, options = {} }: RunSettings): string {
  const digest = hash('sha256', JSON.stringify([judge, policy, options]), 'hex').slice(0, DIGITS);
  const decided = policy ? `policy ${policy.name ?? 'without a name'}` : 'no policy';
  return `${judge}, ${decided}, ${digest}`;
}
