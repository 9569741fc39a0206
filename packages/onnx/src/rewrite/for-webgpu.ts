/** Rewrite: what ONNX Runtime's WebGPU provider lacks of a training step, in operators that it has. */
import { attribute, floatAttribute, intAttribute } from '../attributes.ts';
import type { Graph, Node } from '../model.ts';
import { knownShapes } from '../shapes.ts';
import { integers, scalar } from '../tensors.ts';
import { NodeWriter } from './editing.ts';
import { isPlaneBatch, writePlacesOfMaxima } from './places-of-maxima.ts';
import { removeDeadNodes } from './remove-dead-nodes.ts';

/**
 * The graph for ONNX Runtime's WebGPU provider, which has neither batch normalisation by the batch's own statistics nor
 * the places of maxima of `MaxPool`:
 *
 * - `BatchNormalization` in training mode becomes one with fixed statistics, which `ReduceMean` computes before it.
 * - The `Indices` of a `MaxPool` over height and width are found by comparing each tap of the window with the maximum.
 *   They are 32-bit integers then; `Reshape` and `ScatterElements`, which use them in a training step, take either kind.
 *
 * The results are the same. On the CPU the graph as it was is quicker. Nodes whose shapes are not known stay.
 *
 * @throws {OnnxError} As {@link inferShapes} does.
 *
 * @example
 * ```ts
 * const { graph } = trainingStep(options);
 * const bytes = writeModel(modelOf(forWebgpu(graph)));
 * ```
 */
export function forWebgpu(graph: Graph): Graph {
  const shapes = knownShapes(graph);
  const shapeOf = (name: string | undefined) => shapes.get(name ?? '')?.shape ?? null;
  const writer = new NodeWriter(graph);
  for (const node of graph.nodes) {
    const [x, y] = [shapeOf(node.inputs[0]), shapeOf(node.outputs[0])];
    if (isTrainingNorm(node) && x) writeTrainingNorm(writer, node, x.length);
    else if (isPlacingPool(node) && isPlaneBatch(x) && isPlaneBatch(y)) {
      writer.keep({ ...node, outputs: node.outputs.slice(0, 1) });
      writePlacesOfMaxima(writer, node, x, y);
    } else writer.keep(node);
  }
  return removeDeadNodes({ ...graph, nodes: writer.nodes, initializers: writer.initializers });
}

const isTrainingNorm = (node: Node): boolean =>
  node.opType === 'BatchNormalization' && node.domain === '' && intAttribute(node, 'training_mode', 0) !== 0;

const isPlacingPool = (node: Node): boolean =>
  node.opType === 'MaxPool' && node.domain === '' && (node.outputs[1] ?? '') !== '';

function writeTrainingNorm(writer: NodeWriter, node: Node, rank: number): void {
  const [x = '', scale = '', bias = '', ...running] = node.inputs;
  const [y = '', ...moved] = node.outputs;
  const axes = writer.constant(integers([...Array(rank).keys()].filter((axis) => axis !== 1)), `${y}/axes`);
  const centre = writer.add('ReduceMean', [x, axes]);
  const distance = writer.add('Sub', [x, centre]);
  const variance = writer.add('ReduceMean', [writer.add('Mul', [distance, distance]), axes]);
  const channels = writer.constant(integers([-1]), `${y}/channels`);
  const own = [centre, variance].map((value) => writer.add('Reshape', [value, channels]));
  const epsilon = attribute.float(floatAttribute(node, 'epsilon', 1e-5));
  writer.keep({ ...node, inputs: [x, scale, bias, ...own], outputs: [y], attributes: { epsilon } });
  const momentum = floatAttribute(node, 'momentum', 0.9);
  for (const [index, output] of moved.entries()) {
    if (output !== '') writeMoved(writer, running[index]!, own[index]!, momentum, output);
  }
}

/** The running statistic: momentum · old + (1 - momentum) · own. */
function writeMoved(writer: NodeWriter, old: string, own: string, momentum: number, output: string): void {
  const kept = writer.add('Mul', [old, writer.constant(scalar(momentum), `${output}/momentum`)]);
  const added = writer.add('Mul', [own, writer.constant(scalar(1 - momentum), `${output}/rest`)]);
  writer.add('Add', [kept, added], {}, output);
}
