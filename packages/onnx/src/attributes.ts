/** Making a node's attributes, and reading them with their types checked. */
import { OnnxError } from './errors.ts';
import type { Attribute, Graph, Node, Tensor } from './model.ts';

/** Makes attributes: `attribute.ints([1, 1])`. */
export const attribute = {
  float: (value: number): Attribute => ({ type: 'float', value }),
  int: (value: number | bigint): Attribute => ({ type: 'int', value }),
  string: (value: string): Attribute => ({ type: 'string', value }),
  tensor: (value: Tensor): Attribute => ({ type: 'tensor', value }),
  graph: (value: Graph): Attribute => ({ type: 'graph', value }),
  floats: (value: readonly number[]): Attribute => ({ type: 'floats', value }),
  ints: (value: readonly (number | bigint)[]): Attribute => ({ type: 'ints', value }),
  strings: (value: readonly string[]): Attribute => ({ type: 'strings', value }),
} as const;

/** How messages name a node. */
export function describeNode(node: Pick<Node, 'opType' | 'name' | 'outputs'>): string {
  return `${node.opType} '${node.name || node.outputs[0] || ''}'`;
}

function find<T extends Attribute['type']>(
  node: Node,
  name: string,
  type: T,
): Extract<Attribute, { type: T }>['value'] | undefined {
  if (!Object.hasOwn(node.attributes, name)) return undefined;
  const found = node.attributes[name]!;
  if (found.type === type) return found.value as never;
  throw new OnnxError(
    'attribute-invalid',
    `${describeNode(node)}: the attribute ${name} should be of type ${type}, not ${found.type}`,
  );
}

function required<T>(node: Node, name: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new OnnxError('attribute-invalid', `${describeNode(node)}: the attribute ${name} is missing`);
}

function safe(node: Node, name: string, value: number | bigint): number {
  const result = Number(value);
  if (Number.isSafeInteger(result)) return result;
  throw new OnnxError('attribute-invalid', `${describeNode(node)}: the attribute ${name} is too large`);
}

/**
 * An integer attribute, or `otherwise`; without it the attribute must be there.
 *
 * @example
 * ```ts
 * const axis = intAttribute(node, 'axis', 1);
 * ```
 */
export function intAttribute(node: Node, name: string, otherwise?: number): number {
  return safe(node, name, required(node, name, find(node, name, 'int') ?? otherwise));
}

/**
 * A list-of-integers attribute, or `otherwise`; without it the attribute must be there.
 *
 * @example
 * ```ts
 * const strides = intsAttribute(node, 'strides', [1, 1]);
 * ```
 */
export function intsAttribute(node: Node, name: string, otherwise?: readonly number[]): readonly number[] {
  return required(node, name, find(node, name, 'ints') ?? otherwise).map((value) => safe(node, name, value));
}

/**
 * A float attribute, or `otherwise`; without it the attribute must be there.
 *
 * @example
 * ```ts
 * const epsilon = floatAttribute(node, 'epsilon', 1e-5);
 * ```
 */
export function floatAttribute(node: Node, name: string, otherwise?: number): number {
  return required(node, name, find(node, name, 'float') ?? otherwise);
}

/**
 * A string attribute, or `otherwise`; without it the attribute must be there.
 *
 * @example
 * ```ts
 * const padding = stringAttribute(node, 'auto_pad', 'NOTSET');
 * ```
 */
export function stringAttribute(node: Node, name: string, otherwise?: string): string {
  return required(node, name, find(node, name, 'string') ?? otherwise);
}
