/** Rewrite: what depends on constants alone is computed now. */
import { intAttribute, intsAttribute } from '../attributes.ts';
import type { Graph, Node, Tensor } from '../model.ts';
import { broadcastShapes } from '../operators/elementwise.ts';
import { ELEMENT_TYPES } from '../proto.ts';
import { ARRAYS, elementCount, type NumericType, stridesOf, tensor, transposed } from '../tensors.ts';
import { removeDeadNodes } from './remove-dead-nodes.ts';

/** The result of a node on constants, or `null` where that is left to the runtime. */
type Evaluation = (node: Node, inputs: readonly Tensor[]) => Tensor | null;

const EVALUATIONS: Readonly<Record<string, Evaluation>> = {
  Constant: constantValue,
  Identity: (_, [x]) => x ?? null,
  Cast: castTensor,
  Add: arithmetic((a, b) => a + b),
  Sub: arithmetic((a, b) => a - b),
  Mul: arithmetic((a, b) => a * b),
  Transpose: transposeTensor,
  Reshape: reshapeTensor,
};

/**
 * The graph with every node that depends on constants alone replaced by its result: `Constant`, `Identity`, `Cast` to
 * floats, `Add`, `Sub` and `Mul` of 32-bit floats, `Transpose` and `Reshape`.
 *
 * Weights that are stored as bytes become 32-bit floats, four times as large. A runtime does the same while loading, so
 * this is for those who want to look at the weights or to train them.
 *
 * @example
 * ```ts
 * const trainable = foldConstants(model.graph);
 * ```
 */
export function foldConstants(graph: Graph): Graph {
  const initializers = new Map(graph.initializers);
  const results = new Set(graph.outputs.map(({ name }) => name));
  const nodes = graph.nodes.filter((node) => {
    const [output] = node.outputs;
    const known = node.domain === '' && Object.hasOwn(EVALUATIONS, node.opType);
    const evaluate = known ? EVALUATIONS[node.opType] : undefined;
    // A result of the graph has to be computed by a node.
    if (!evaluate || output === undefined || results.has(output)) return true;
    const inputs = node.inputs.map((name) => initializers.get(name));
    const value = inputs.every((input) => input !== undefined) ? evaluate(node, inputs) : null;
    if (value) initializers.set(output, value);
    return value === null;
  });
  return removeDeadNodes({ ...graph, nodes, initializers });
}

function constantValue(node: Node): Tensor | null {
  const value = node.attributes.value;
  return value?.type === 'tensor' ? value.value : null;
}

function castTensor(node: Node, [x]: readonly Tensor[]): Tensor | null {
  const type = ELEMENT_TYPES.get(intAttribute(node, 'to'));
  const isFloat = type === 'float32' || type === 'float64';
  // Half floats are kept as bits, and 64-bit integers as bigint: those are left alone.
  if (!x || !isFloat || !isPlain(x)) return null;
  return tensor(type, x.dims, ARRAYS[type].from(x.data) as never);
}

function isPlain(x: Tensor): x is Tensor<Exclude<NumericType, 'float16' | 'bfloat16' | 'int64' | 'uint64'>> {
  return !['float16', 'bfloat16', 'int64', 'uint64', 'string'].includes(x.type);
}

function arithmetic(operate: (a: number, b: number) => number): Evaluation {
  return (_, [a, b]) => {
    if (a?.type !== 'float32' || b?.type !== 'float32') return null;
    const dims = broadcastShapes(a.dims, b.dims) as number[] | undefined;
    if (!dims) return null;
    const [left, right] = [spread(a.data, a.dims, dims), spread(b.data, b.dims, dims)];
    return tensor(
      'float32',
      dims,
      left.map((value, index) => operate(value, right[index]!)),
    );
  };
}

/** The elements of `data`, repeated to fill a shape that it broadcasts to. */
function spread(data: Float32Array, dims: readonly number[], to: readonly number[]): Float32Array {
  const aligned = [...new Array<number>(to.length - dims.length).fill(1), ...dims];
  if (elementCount(dims) === elementCount(to)) return data;
  const from = stridesOf(aligned);
  const strides = stridesOf(to);
  return Float32Array.from({ length: elementCount(to) }, (_, index) => {
    let at = 0;
    for (let axis = 0; axis < to.length; axis++) {
      if (aligned[axis] !== 1) at += (Math.floor(index / strides[axis]!) % to[axis]!) * from[axis]!;
    }
    return data[at]!;
  });
}

function transposeTensor(node: Node, [x]: readonly Tensor[]): Tensor | null {
  if (!x || x.type === 'string') return null;
  const permutation = intsAttribute(
    node,
    'perm',
    x.dims.map((_, axis) => x.dims.length - 1 - axis),
  );
  return transposed(x, permutation) as Tensor;
}

function reshapeTensor(node: Node, [x, shape]: readonly Tensor[]): Tensor | null {
  if (!x || shape?.type !== 'int64' || intAttribute(node, 'allowzero', 0) !== 0) return null;
  const wanted = Array.from(shape.data, Number).map((dim, axis) => (dim === 0 ? (x.dims[axis] ?? 0) : dim));
  const known = elementCount(wanted.filter((dim) => dim !== -1));
  const dims = wanted.map((dim) => (dim === -1 ? elementCount(x.dims) / known : dim));
  return tensor(x.type, dims, x.data as never) as Tensor;
}
