/** What a VJP rule is: from the cotangents of a node's outputs to those of its inputs. */
import { describeNode } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { OnnxError } from '../errors.ts';
import type { Node, Shape, Tensor, ValueInfo } from '../model.ts';
import { sumTo } from './shaping.ts';

/** A value whose number of axes is known. */
export interface RankedValue extends ValueInfo {
  readonly shape: Shape;
}

/** What a VJP rule may look at. The cotangent of a value is the derivative of the loss by it, of the same shape. */
export interface Vjp {
  /** Where the rule puts its nodes; the whole forward graph is in it. */
  readonly builder: GraphBuilder;
  readonly node: Node;
  /** The cotangent of the first output. */
  readonly dy: ValueInfo;
  /** The input at that place. */
  input(index: number): RankedValue;
  /** The output at that place. */
  output(index: number): RankedValue;
  /** The value of the input at that place if it is a constant, else `null`. */
  constant(index: number): Tensor | null;
  /** Whether an optional input or output is there. */
  has(kind: 'inputs' | 'outputs', index: number): boolean;
  /** The cotangent of that output; `null` if the loss does not depend on it. */
  cotangent(index: number): ValueInfo | null;
  /** `gradient`, summed along the axes that the input at that place was broadcast along. */
  sumTo(gradient: ValueInfo, index: number): ValueInfo;
}

/** Makes the cotangent of one input; called only if it is wanted. */
export type Gradient = () => ValueInfo;

/** One for each input; 0 where the result does not change with it, `null` (or none) where no derivative is known. */
export type VjpRule = (vjp: Vjp) => readonly (Gradient | 0 | null)[];

/** Rules by operator. */
export type VjpRules = Readonly<Record<string, VjpRule>>;

/**
 * Applies a rule to a node.
 *
 * @param cotangents One for each output.
 * @param isWanted Whether the input at that place needs its cotangent.
 * @returns The cotangents of the wanted inputs, by place.
 */
export function applyRule(
  rule: VjpRule,
  builder: GraphBuilder,
  node: Node,
  cotangents: readonly (ValueInfo | null)[],
  isWanted: (index: number) => boolean,
): ReadonlyMap<number, ValueInfo> {
  const unread = new Set([...cotangents.keys()].filter((index) => cotangents[index] !== null));
  const cotangent = (index: number): ValueInfo | null => {
    unread.delete(index);
    return cotangents[index] ?? null;
  };
  const vjp: Vjp = {
    builder,
    node,
    get dy() {
      const dy = cotangent(0);
      if (dy) return dy;
      throw withoutDerivative(node, 'any output but its first');
    },
    input: (index) => ranked(builder, node, node.inputs[index]),
    output: (index) => ranked(builder, node, node.outputs[index]),
    constant: (index) => builder.constantOf(node.inputs[index] ?? '') ?? null,
    has: (kind, index) => (node[kind][index] ?? '') !== '',
    cotangent,
    sumTo: (gradient, index) => sumTo(builder, gradient, ranked(builder, node, node.inputs[index])),
  };
  const results = new Map<number, ValueInfo>();
  const gradients = rule(vjp);
  for (const index of node.inputs.keys()) {
    const gradient = gradients[index] ?? null;
    if (gradient === 0 || !isWanted(index)) continue;
    if (gradient === null) throw withoutDerivative(node, `its input ${index}`);
    results.set(index, gradient());
  }
  if (results.size > 0 && unread.size > 0) throw withoutDerivative(node, `output ${[...unread][0]}`);
  return results;
}

function ranked(builder: GraphBuilder, node: Node, name = ''): RankedValue {
  const value = builder.value(name);
  if (value.shape) return { ...value, shape: value.shape };
  throw new OnnxError('shape-unknown', `${describeNode(node)}: the shape of '${name}' is not known`);
}

/** The error for a variant of an operator that has no derivative here. */
export function withoutDerivative(node: Node, what: string): OnnxError {
  return new OnnxError('operator-unsupported', `${describeNode(node)}: no derivative is known for ${what}`);
}
