/** Whether something is a policy, and if not, what to do about it. */
import type { z } from 'zod';
import { FigleafError } from '../errors.ts';
import { suggestion } from '../suggestion.ts';
import type { Policy } from './policy.ts';
import { POLICY_KEYS, policySchema } from './schema.ts';

/** Who has made a hundred mistakes has made one of them a hundred times. */
const MOST_TOLD = 5;

/**
 * The policy, if it is one.
 *
 * @param name What messages call it.
 * @throws {FigleafError} `policy-invalid`, naming each place that is wrong.
 */
export function checkPolicy(policy: unknown, name = 'the policy'): Policy {
  const parsed = policySchema.safeParse(policy, { reportInput: true });
  if (parsed.success) return parsed.data as Policy;
  const found = parsed.error.issues.flatMap(complaints);
  const more = found.length > MOST_TOLD ? `; and ${found.length - MOST_TOLD} more` : '';
  throw new FigleafError('policy-invalid', `${name}: ${found.slice(0, MOST_TOLD).join('; ')}${more}`);
}

function complaints(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  return [`${path.join('.') || 'it'}${isWhat(issue.input)}: ${issue.message}`];
}

/** What a value is, as part of a sentence; of an object nothing, since it is what is in there that is wrong. */
function isWhat(value: unknown): string {
  if (Array.isArray(value)) return ' is a list';
  if (typeof value === 'string') return ` is '${value}'`;
  return typeof value === 'object' && value !== null ? '' : ` is ${String(value)}`;
}

function unknownKey(path: readonly string[], key: string): string {
  return `'${[...path, key].join('.')}' is not known: ${suggestion(key, POLICY_KEYS[path.length]!)}`;
}
