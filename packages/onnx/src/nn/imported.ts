/** Classifiers that come as a graph: their constants become parameters, and their head may be replaced. */
import { describeNode, floatAttribute } from '../attributes.ts';
import { formatShape } from '../dims.ts';
import { OnnxError } from '../errors.ts';
import type { Graph, Node, Shape, Tensor, TensorType, ValueInfo } from '../model.ts';
import { producersOf, refuseNestedGraph } from '../rewrite/editing.ts';
import { foldConstants } from '../rewrite/fold-constants.ts';
import { isShapeUnknown } from '../shapes.ts';
import { type Classifier, classifierHead } from './classifier.ts';
import { normalise } from './layers/normalization.ts';
import type { Network } from './network.ts';

/** What to make of an imported classifier. */
export interface ImportedOptions {
  /** Number of classes of a new head, `dropout` and `predictions`; by default the head stays as it is. */
  readonly classes?: number;
  /** Which share of the features a new head drops; default 0. */
  readonly dropout?: number;
}

/**
 * A classifier whose last layer is a `Gemm`, or a `MatMul` and an `Add`, with `Softmax` or `Sigmoid` behind it or
 * nothing.
 *
 * Kernels, biases and what batch normalisation scales with become parameters under the names that they have as
 * constants; weights kept as bytes become floats. Any other constant stays one. Batch normalisation that is not frozen
 * uses the batch's own statistics while training. What an operator computes that is not known here has the type that the
 * graph states of it.
 *
 * @param graph One input, pictures; one output, `[batch, classes]`.
 * @throws {OnnxError} `operator-unsupported` for another end, naming it; `feature-unsupported` for graphs with graphs in them (`If`, `Loop`).
 *
 * @example
 * ```ts
 * const model = importedClassifier(readModel(bytes).graph, { classes: 10, dropout: 0.2 });
 * ```
 */
export function importedClassifier(graph: Graph, { classes, dropout = 0 }: ImportedOptions = {}): Classifier {
  const folded = foldConstants(graph);
  const { features, logits, outputs } = endOf(folded);
  const pictures = folded.inputs.find(({ name }) => !folded.initializers.has(name))?.name;
  if (pictures === undefined) throw new OnnxError('graph-invalid', `the graph '${graph.name}' has no input`);
  return {
    name: graph.name,
    classes: classes ?? outputs,
    features: (network, images) => inline(network, folded, { from: pictures, value: images, to: features }),
    head:
      classes === undefined
        ? (network, value) => inline(network, folded, { from: features, value, to: logits })
        : classifierHead(classes, dropout),
  };
}

interface End {
  /** Name of the value that the last layer takes. */
  readonly features: string;
  /** Name of what it gives. */
  readonly logits: string;
  /** How many classes it has. */
  readonly outputs: number;
}

const PROBABILITIES: ReadonlySet<string> = new Set(['Softmax', 'Sigmoid', 'LogSoftmax']);

function endOf(graph: Graph): End {
  const producers = producersOf(graph);
  const name = graph.outputs[0]?.name ?? '';
  const last = producers.get(name);
  const logits = last && PROBABILITIES.has(last.opType) ? last.inputs[0]! : name;
  const layer = producers.get(logits);
  const sum =
    layer?.opType === 'Add' ? layer.inputs.map((input) => producers.get(input)).find(Boolean) : layer;
  const weight = graph.initializers.get(sum?.inputs[1] ?? '');
  if (sum && weight && (sum.opType === 'Gemm' || sum.opType === 'MatMul')) {
    const isTurned = sum.attributes.transB?.value === 1;
    return { features: sum.inputs[0]!, logits, outputs: weight.dims.at(isTurned ? 0 : -1)! };
  }
  const found = layer ? describeNode(layer) : `'${logits}'`;
  throw new OnnxError(
    'operator-unsupported',
    `a classifier to train ends in a Gemm, or a MatMul and an Add; there is ${found}`,
  );
}

interface Piece {
  /** Name of the value that comes in. */
  readonly from: string;
  readonly value: ValueInfo;
  /** Name of the value that is wanted. */
  readonly to: string;
}

/** A graph on its way into a network. */
interface Copying {
  readonly network: Network;
  readonly graph: Graph;
  readonly producers: ReadonlyMap<string, Node>;
  readonly piece: Piece;
  /** What is there already, by its name in the graph. */
  readonly known: Map<string, ValueInfo>;
}

/** Adds what a graph computes between two of its values. */
function inline(network: Network, graph: Graph, piece: Piece): ValueInfo {
  const known = new Map<string, ValueInfo>([[piece.from, piece.value]]);
  const copying = { network, graph, producers: producersOf(graph), piece, known };
  const take = (name: string): ValueInfo | null => (name === '' ? null : lookUp(copying, name));
  for (const node of nodesBetween(graph, piece.from, piece.to)) {
    for (const request of parametersOf(copying, node)) declare(network, known, request);
    const results = emit(copying, node, node.inputs.map(take));
    node.outputs.forEach((name, index) => {
      if (name !== '' && results[index]) known.set(name, results[index]);
    });
  }
  return take(piece.to)!;
}

/** A constant of the graph, or something known already. */
function lookUp({ network, graph, known }: Copying, name: string): ValueInfo {
  const found = known.get(name);
  if (found) return found;
  const constant = graph.initializers.get(name);
  if (!constant) {
    throw new OnnxError(
      'graph-invalid',
      `'${name}' of the graph '${graph.name}' does not come from its pictures`,
    );
  }
  const value = network.builder.constant(constant, `model/${name}`);
  known.set(name, value);
  return value;
}

type Inputs = readonly (ValueInfo | null)[];

function emit(copying: Copying, node: Node, inputs: Inputs): readonly ValueInfo[] {
  refuseNestedGraph(node);
  if (node.domain !== '') return copied(copying, node, inputs);
  // Imported graphs are for inference, where it does nothing.
  if (node.opType === 'Dropout') return [inputs[0]!];
  if (node.opType === 'BatchNormalization' && inputs.every((input) => input !== null)) {
    const [x, scale, bias, mean, variance] = inputs as [
      ValueInfo,
      ValueInfo,
      ValueInfo,
      ValueInfo,
      ValueInfo,
    ];
    const epsilon = floatAttribute(node, 'epsilon', 1e-5);
    const options = { name: nameOf(node), momentum: 0.99, epsilon };
    return [normalise(copying.network, x, { scale, bias, mean, variance }, options)];
  }
  return copied(copying, node, inputs);
}

const nameOf = ({ outputs }: Node): string => `model/${outputs.find((name) => name !== '')}`;

/** The node as it is, with all of its results in their places. */
function copied(copying: Copying, node: Node, inputs: Inputs): readonly ValueInfo[] {
  const { builder } = copying.network;
  const { opType, attributes, domain, outputs } = node;
  const leftOut = [...outputs.keys()].filter((index) => outputs[index] === '');
  const options = { name: nameOf(node), domain, outputs: outputs.length, leftOut };
  try {
    return builder.node(opType, inputs, attributes, options);
  } catch (error) {
    if (!isShapeUnknown(error)) throw error;
    const types = statedTypes(copying, node, error);
    return builder.node(opType, inputs, attributes, { ...options, types });
  }
}

/** What the graph states of a node's results, for what comes in here. */
function statedTypes({ graph, piece }: Copying, node: Node, unknown: OnnxError): readonly TensorType[] {
  const stated = [...graph.inputs, ...graph.values, ...graph.outputs];
  const declared = stated.find(({ name }) => name === piece.from)?.shape;
  const types = node.outputs.map((name): TensorType | undefined => {
    const type = stated.find((value) => value.name === name);
    const shape = type?.shape && declared && shapeHere(type.shape, declared, piece.value.shape ?? []);
    if (type && shape) return { elementType: type.elementType, shape };
    return name === '' ? { elementType: 'float32', shape: null } : undefined;
  });
  if (types.every((type) => type !== undefined)) return types;
  throw new OnnxError(
    unknown.code,
    `${unknown.message}, and the graph '${graph.name}' does not state it for ${formatShape(piece.value.shape)}: write shapes into the file, as onnx.shape_inference.infer_shapes does`,
    { cause: unknown },
  );
}

/**
 * A shape of the graph for what really comes in where the graph declares another shape: with that batch and those lengths. `null`
 * where a length that is a number there is another one here.
 */
function shapeHere(shape: Shape, declared: Shape, actual: Shape): Shape | null {
  const [batch] = declared;
  const isFitting =
    declared.length === actual.length &&
    declared.slice(1).every((dim, index) => typeof dim !== 'number' || dim === actual[index + 1]);
  if (!isFitting || batch === undefined) return null;
  const free = new Map(declared.map((dim, axis) => [dim, actual[axis] ?? null]));
  return shape.map((dim, axis) => {
    // What has a single axis, such as the shape of something, has no batch, even if it is as long.
    if (axis === 0 && shape.length > 1 && dim === batch) return actual[0] ?? null;
    return typeof dim === 'string' ? (free.get(dim) ?? null) : dim;
  });
}

function nodesBetween(graph: Graph, from: string, to: string): Node[] {
  const wanted = new Set([to]);
  const needed = graph.nodes.toReversed().filter((node) => {
    const isNeeded = node.outputs.some((name) => name !== from && wanted.has(name));
    if (isNeeded) for (const name of node.inputs) wanted.add(name);
    return isNeeded;
  });
  return needed.reverse();
}

interface Declaration {
  readonly name: string;
  readonly tensor: Tensor<'float32'>;
  readonly isStatistic: boolean;
}

/** At which places operators take what they have learned. */
const LEARNED: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [1, 2],
  MatMul: [0, 1],
  PRelu: [1],
  BatchNormalization: [1, 2],
  LayerNormalization: [1, 2],
};

const STATISTICS: Readonly<Record<string, readonly number[]>> = { BatchNormalization: [3, 4] };

/** A sum behind one of these is its bias. */
const WITHOUT_BIAS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'MatMul']);

function parametersOf({ graph, producers }: Copying, node: Node): Declaration[] {
  if (node.domain !== '') return [];
  const pick = (places: readonly number[], isStatistic: boolean): Declaration[] =>
    places.flatMap((place) => {
      const name = node.inputs[place] ?? '';
      const tensor = graph.initializers.get(name);
      return tensor?.type === 'float32' ? [{ name, tensor, isStatistic }] : [];
    });
  if (node.opType === 'Add') {
    const isBias = node.inputs.some((name) => WITHOUT_BIAS.has(producers.get(name)?.opType ?? ''));
    return isBias ? pick([0, 1], false) : [];
  }
  return [...pick(LEARNED[node.opType] ?? [], false), ...pick(STATISTICS[node.opType] ?? [], true)];
}

/** Weights that several nodes share are one parameter. */
function declare(
  network: Network,
  known: Map<string, ValueInfo>,
  { name, tensor, isStatistic }: Declaration,
): void {
  if (known.has(name)) return;
  const request = { name, dims: tensor.dims, initialiser: () => tensor.data };
  known.set(name, isStatistic ? network.statistic(request) : network.parameter(request));
}
