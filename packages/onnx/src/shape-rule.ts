/** What a shape rule is: from the types of an operator's inputs to those of its outputs. */
import { describeNode } from './attributes.ts';
import { formatShape } from './dims.ts';
import { OnnxError } from './errors.ts';
import type { Dim, ElementType, Node, Shape, Tensor, TensorType } from './model.ts';

/** A type whose number of axes is known. */
export interface RankedType extends TensorType {
  readonly shape: Shape;
}

/** What a shape rule may look at. */
export interface ShapeContext {
  readonly node: Node;
  /** The type of the input at that place; it must be there and its number of axes be known. */
  input(index: number): RankedType;
  /** The value of the input at that place if it is a constant, else `null`. */
  constant(index: number): Tensor | null;
}

/** The types of the outputs, in the operator's order. */
export type ShapeRule = (context: ShapeContext) => readonly TensorType[];

/** Rules by operator. */
export type ShapeRules = Readonly<Record<string, ShapeRule>>;

/** One output. */
export function output(elementType: ElementType, shape: Shape | null): readonly TensorType[] {
  return [{ elementType, shape }];
}

/** The error for shapes that do not go together. */
export function mismatch(node: Node, ...shapes: readonly (Shape | null)[]): OnnxError {
  const stated = shapes.map(formatShape).join(' and ');
  return new OnnxError('shape-mismatch', `${describeNode(node)}: ${stated} do not fit`);
}

/** `axis` counted from the front. */
export function positiveAxis(node: Node, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive >= 0 && positive < rank) return positive;
  throw new OnnxError('shape-mismatch', `${describeNode(node)}: there is no axis ${axis} among ${rank}`);
}

/** The integers of a constant input, such as axes or pads. */
export function constantIntegers(context: Pick<ShapeContext, 'constant'>, index: number): number[] | null {
  const constant = context.constant(index);
  return constant && constant.type !== 'string' ? Array.from(constant.data, Number) : null;
}

/** The same, where nothing can be said without them. */
export function requiredIntegers(context: Pick<ShapeContext, 'node' | 'constant'>, index: number): number[] {
  const values = constantIntegers(context, index);
  if (values) return values;
  throw new OnnxError(
    'shape-unknown',
    `${describeNode(context.node)}: its shape depends on input ${index}, which is not constant`,
  );
}

/** An axis of a shape; the caller knows that it is there. */
export function at(shape: Shape, axis: number): Dim {
  return shape[axis] ?? null;
}
