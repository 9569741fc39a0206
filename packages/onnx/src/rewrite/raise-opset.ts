/** Rewrite: graphs of older operator sets, in the words of the set that graphs here are of. */
import { attribute, describeNode, intAttribute } from '../attributes.ts';
import { OnnxError } from '../errors.ts';
import { type Attribute, type Graph, type Model, type Node, OPSET, type Tensor } from '../model.ts';
import { knownShapes } from '../shapes.ts';
import { integers, scalar } from '../tensors.ts';
import { NodeWriter } from './editing.ts';

/** Before that, values were broadcast in another way. */
const OLDEST = 7;

/** Since then resizing counts pixels from their centres where nothing else is said. */
const RESIZED = 11;

/** Before that, these took all axes from theirs on as one. */
const NORMALISED = 13;

const NORMALISING: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax']);

/** Attributes that have become inputs, with the places of these. */
const MOVED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ...Object.fromEntries(
    ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'].map((name) => [
      `Reduce${name}`,
      { axes: 1 },
    ]),
  ),
  Squeeze: { axes: 1 },
  Unsqueeze: { axes: 1 },
  Split: { split: 1 },
  Clip: { min: 1, max: 2 },
  Pad: { pads: 1, value: 2 },
  Slice: { starts: 1, ends: 2, axes: 3 },
  Dropout: { ratio: 1 },
};

/**
 * The graph of a model as one of operator set 18, which all of this package reads and writes. Sets from 7 on are known; what is of 18
 * or newer stays as it is.
 *
 * @throws {OnnxError} `operator-unsupported` for an older set, and for a node that means something else now: `Resize` and `Upsample`
 * before 11, `Softmax` before 13 over more than the last axis.
 *
 * @example
 * ```ts
 * const graph = raiseOpset(readModel(await readFile('model.onnx')));
 * ```
 */
export function raiseOpset({ graph, opsets }: Pick<Model, 'graph' | 'opsets'>): Graph {
  const opset = opsets[''] ?? opsets['ai.onnx'] ?? OPSET;
  if (opset >= OPSET) return graph;
  if (opset < OLDEST) {
    throw new OnnxError(
      'operator-unsupported',
      `the graph '${graph.name}' is of ONNX's operator set ${opset}, which is too old: convert it to ${OPSET}`,
    );
  }
  const writer = new NodeWriter(graph);
  for (const node of graph.nodes) writer.keep(node.domain === '' ? raised(writer, node, opset) : node);
  const whole = { ...graph, nodes: writer.nodes, initializers: writer.initializers };
  if (opset < NORMALISED) checkNormalising(whole);
  return whole;
}

function raised(writer: NodeWriter, node: Node, opset: number): Node {
  const { opType } = node;
  if (opset < RESIZED && (opType === 'Resize' || opType === 'Upsample')) throw changed(node, opset);
  if (opset < NORMALISED && NORMALISING.has(opType)) {
    return { ...node, attributes: { axis: attribute.int(intAttribute(node, 'axis', 1)) } };
  }
  const moved = withInputs(writer, node);
  const isEven = opType === 'Split' && moved.inputs.length === 1;
  if (!isEven) return moved;
  return { ...moved, attributes: { ...moved.attributes, num_outputs: attribute.int(node.outputs.length) } };
}

/** The node with what were attributes as inputs. */
function withInputs(writer: NodeWriter, node: Node): Node {
  const places = Object.hasOwn(MOVED, node.opType) ? MOVED[node.opType]! : {};
  const inputs = [...node.inputs];
  const attributes = Object.entries(node.attributes).filter(([name, value]) => {
    const place = Object.hasOwn(places, name) ? places[name]! : null;
    if (place === null) return true;
    while (inputs.length < place) inputs.push('');
    inputs[place] = writer.constant(tensorOf(node, name, value), `${node.outputs[0]}/${name}`);
    return false;
  });
  return { ...node, inputs, attributes: Object.fromEntries(attributes) };
}

function tensorOf(node: Node, name: string, { type, value }: Attribute): Tensor {
  if (type === 'ints') return integers(value.map(Number));
  if (type === 'float') return scalar(value);
  throw new OnnxError('attribute-invalid', `${describeNode(node)}: the attribute ${name} is of type ${type}`);
}

function checkNormalising(graph: Graph): void {
  const shapes = knownShapes(graph);
  for (const node of graph.nodes.filter(({ opType, domain }) => domain === '' && NORMALISING.has(opType))) {
    const rank = shapes.get(node.inputs[0] ?? '')?.shape?.length;
    const axis = intAttribute(node, 'axis');
    if (rank !== undefined && axis !== -1 && axis !== rank - 1) throw changed(node, NORMALISED - 1);
  }
}

function changed(node: Node, opset: number): OnnxError {
  return new OnnxError(
    'operator-unsupported',
    `${describeNode(node)} of operator set ${opset} means something else in set ${OPSET}: export the model with a newer set`,
  );
}
