/** Forward nodes rewritten so that they hand out what backward needs of them: places of maxima, statistics, masks, padding in numbers. */
import { attribute, floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import type { Graph, Node, Shape } from '../model.ts';
import { windowPads } from '../operators/window.ts';
import { NodeWriter } from '../rewrite/editing.ts';
import { integers, scalar } from '../tensors.ts';

/** Lengths of a value's axes. */
type ShapeOf = (name: string) => Shape;

/** Writes the nodes that do what one did, and hand out more. */
type Form = (node: Node, writer: NodeWriter, shapeOf: ShapeOf) => void;

const FORMS: Readonly<Record<string, Form>> = {
  MaxPool: (node, writer, shapeOf) =>
    writer.keep(withOutputs(withStatedPads(node, shapeOf), writer, '', 'indices')),
  AveragePool: (node, writer, shapeOf) => writer.keep(withStatedPads(node, shapeOf)),
  LayerNormalization: (node, writer) => writer.keep(withOutputs(node, writer, '', 'mean', 'inverse')),
  Dropout: (node, writer) => writer.keep(withOutputs(node, writer, '', 'mask')),
  BatchNormalization: writeBatchStatistics,
};

/** The graph with those of its nodes that `isDifferentiated` holds for in the form that VJP rules take for granted. */
export function forwardForms(
  graph: Graph,
  isDifferentiated: (node: Node) => boolean,
  shapeOf: ShapeOf,
): Graph {
  const writer = new NodeWriter(graph);
  for (const node of graph.nodes) {
    const form = node.domain === '' && Object.hasOwn(FORMS, node.opType) ? FORMS[node.opType] : undefined;
    if (form && isDifferentiated(node)) form(node, writer, shapeOf);
    else writer.keep(node);
  }
  return { ...graph, nodes: writer.nodes, initializers: writer.initializers };
}

/** The same node with names for all of its outputs. */
function withOutputs(node: Node, writer: NodeWriter, ...hints: readonly string[]): Node {
  const outputs = hints.map(
    (hint, index) => node.outputs[index] || writer.fresh(`${node.outputs[0]}/${hint}`),
  );
  return { ...node, outputs };
}

/**
 * A pool with `ceil_mode` with as much padding as that comes to. ONNX Runtime counts a last window that begins in the padding when it
 * loads such a node, and leaves it out when it runs it; of padding in numbers it says the same both times. It refuses padding as long as
 * the kernel, which a window with dilations may stand out; where it does, the last window begins in the picture, and the node may stay.
 */
function withStatedPads(node: Node, shapeOf: ShapeOf): Node {
  const isCeiled = intAttribute(node, 'ceil_mode', 0) !== 0;
  // What a window stands out does not count towards a mean, not even where padding does.
  if (!isCeiled || intAttribute(node, 'count_include_pad', 0) !== 0) return node;
  if (stringAttribute(node, 'auto_pad', 'NOTSET') !== 'NOTSET') return node;
  const spatial = shapeOf(node.inputs[0]!).slice(2);
  if (!spatial.every((length) => typeof length === 'number')) return node;
  const kernel = intsAttribute(node, 'kernel_shape');
  const pads = windowPads(node, spatial, kernel);
  if (pads.some(([, after], place) => after >= kernel[place]!)) return node;
  const stated = [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
  const { ceil_mode: _, ...attributes } = node.attributes;
  return { ...node, attributes: { ...attributes, pads: attribute.ints(stated) } };
}

/**
 * With momentum 0 the operator's new running statistics are the batch's own. What the graph wants of running statistics
 * is computed from them beside it.
 *
 * ONNX Runtime's CPU kernel writes the new statistics over the old ones that it is given. With momentum 0 those do not
 * matter, so it is given scraps that nothing else reads: the first number of each channel of x, and their opposites.
 */
function writeBatchStatistics(node: Node, writer: NodeWriter, shapeOf: ShapeOf): void {
  if (intAttribute(node, 'training_mode', 0) === 0) {
    writer.keep(node);
    return;
  }
  const [y = '', ...running] = node.outputs;
  const own = ['mean', 'variance'].map((hint) => writer.fresh(`${y}/${hint}`));
  const momentum = floatAttribute(node, 'momentum', 0.9);
  const inputs = [...node.inputs.slice(0, 3), ...writeScraps(node, writer, shapeOf)];
  writer.keep({
    ...node,
    inputs,
    outputs: [y, ...own],
    attributes: { ...node.attributes, momentum: attribute.float(0) },
  });
  for (const [index, result] of running.entries()) {
    if (result === '') continue;
    const shares = [momentum, 1 - momentum].map((share) => writer.constant(scalar(share), `${result}/share`));
    const kept = writer.add('Mul', [node.inputs[index + 3]!, shares[0]!]);
    writer.add('Add', [kept, writer.add('Mul', [own[index]!, shares[1]!])], {}, result);
  }
}

/** Two values of `[channels]` numbers. */
function writeScraps({ inputs }: Node, writer: NodeWriter, shapeOf: ShapeOf): readonly [string, string] {
  const [x = ''] = inputs;
  const axes = [...shapeOf(x).keys()].filter((axis) => axis !== 1);
  const [from, to, along] = [axes.map(() => 0), axes.map(() => 1), axes].map((list) =>
    writer.constant(integers(list), `${x}/corner`),
  );
  const corner = writer.add('Slice', [x, from!, to!, along!]);
  const scrap = writer.add('Reshape', [corner, writer.constant(integers([-1]), `${x}/flat`)]);
  return [scrap, writer.add('Neg', [scrap])];
}
