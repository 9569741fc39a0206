/** The VJP rule of every operator that has one. */
import type { Node } from '../model.ts';
import { arrangementVjps } from './arrangement.ts';
import { convolutionVjps } from './convolution.ts';
import { elementwiseVjps } from './elementwise.ts';
import { linearVjps } from './linear.ts';
import { normalizationVjps } from './normalization.ts';
import { poolingVjps } from './pooling.ts';
import { reductionVjps } from './reduction.ts';
import { resizingVjps } from './resizing.ts';
import type { VjpRule, VjpRules } from './vjp.ts';

const RULES: VjpRules = {
  ...elementwiseVjps,
  ...linearVjps,
  ...reductionVjps,
  ...arrangementVjps,
  ...convolutionVjps,
  ...poolingVjps,
  ...normalizationVjps,
  ...resizingVjps,
};

/** The operators that {@link differentiate} knows. */
export const DIFFERENTIABLE_OPERATORS: readonly string[] = Object.keys(RULES);

/** The rule for a node, if there is one. */
export function ruleOf({ domain, opType }: Node): VjpRule | null {
  return domain === '' && Object.hasOwn(RULES, opType) ? RULES[opType]! : null;
}
