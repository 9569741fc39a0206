/** Forward nodes rewritten so that they hand out what backward needs of them: places of maxima, statistics, masks. */
import { attribute, floatAttribute, intAttribute } from '../attributes.ts';
import type { Graph, Node, Tensor } from '../model.ts';
import { nameSource } from '../rewrite/editing.ts';
import { integers, scalar } from '../tensors.ts';

/** Where new names and constants come from. */
interface Additions {
  fresh(hint: string): string;
  constant(tensor: Tensor): string;
  /** Number of axes of a value. */
  rankOf(name: string): number;
}

/** The nodes that do what one did, and hand out more. */
type Form = (node: Node, additions: Additions) => readonly Node[];

const FORMS: Readonly<Record<string, Form>> = {
  MaxPool: withOutputs('', 'indices'),
  LayerNormalization: withOutputs('', 'mean', 'inverse'),
  Dropout: withOutputs('', 'mask'),
  BatchNormalization: withBatchStatistics,
};

/**
 * The graph with those of its nodes that `isDifferentiated` holds for in the form that VJP rules take for granted.
 *
 * @param rankOf Number of axes of a value.
 */
export function forwardForms(
  graph: Graph,
  isDifferentiated: (node: Node) => boolean,
  rankOf: (name: string) => number,
): Graph {
  const initializers = new Map(graph.initializers);
  const fresh = nameSource(graph);
  const additions: Additions = {
    fresh,
    rankOf,
    constant(tensor) {
      const name = fresh('fixed');
      initializers.set(name, tensor);
      return name;
    },
  };
  const nodes = graph.nodes.flatMap((node) => {
    const form = node.domain === '' && Object.hasOwn(FORMS, node.opType) ? FORMS[node.opType] : undefined;
    return form && isDifferentiated(node) ? form(node, additions) : [node];
  });
  return { ...graph, nodes, initializers };
}

/** The same node with names for all of its outputs. */
function withOutputs(...hints: readonly string[]): Form {
  return (node, { fresh }) => {
    const outputs = hints.map((hint, index) => node.outputs[index] || fresh(`${node.outputs[0]}/${hint}`));
    return [{ ...node, outputs }];
  };
}

/**
 * With momentum 0 the operator's new running statistics are the batch's own. What the graph wants of running statistics
 * is computed from them beside it.
 *
 * ONNX Runtime's CPU kernel writes the new statistics over the old ones that it is given. With momentum 0 those do not
 * matter, so it is given scraps that nothing else reads: the first number of each channel of x, and their opposites.
 */
function withBatchStatistics(node: Node, additions: Additions): readonly Node[] {
  const { fresh, constant } = additions;
  if (intAttribute(node, 'training_mode', 0) === 0) return [node];
  const [y = '', ...running] = node.outputs;
  const own = ['mean', 'variance'].map((hint) => fresh(`${y}/${hint}`));
  const momentum = floatAttribute(node, 'momentum', 0.9);
  const moved = running.flatMap((result, index) => {
    if (result === '') return [];
    const [kept, added] = [fresh(`${result}/kept`), fresh(`${result}/added`)];
    return [
      simple('Mul', [node.inputs[index + 3]!, constant(scalar(momentum))], kept),
      simple('Mul', [own[index]!, constant(scalar(1 - momentum))], added),
      simple('Add', [kept, added], result),
    ];
  });
  const attributes = { ...node.attributes, momentum: attribute.float(0) };
  const scraps = scrapsOf(node, additions);
  const inputs = [...node.inputs.slice(0, 3), ...scraps.map(({ outputs }) => outputs[0]!).slice(-2)];
  return [...scraps, { ...node, inputs, outputs: [y, ...own], attributes }, ...moved];
}

/** Nodes of which the last two give `[channels]` numbers each. */
function scrapsOf({ inputs, outputs }: Node, { fresh, constant, rankOf }: Additions): Node[] {
  const [x = ''] = inputs;
  const axes = Array.from({ length: rankOf(x) }, (_, axis) => axis).filter((axis) => axis !== 1);
  const bounds = [axes.map(() => 0), axes.map(() => 1), axes].map((list) => constant(integers(list)));
  const [corner, scrap, other] = [0, 0, 0].map(() => fresh(`${outputs[0]}/scrap`));
  return [
    simple('Slice', [x, ...bounds], corner!),
    simple('Reshape', [corner!, constant(integers([-1]))], scrap!),
    simple('Neg', [scrap!], other!),
  ];
}

function simple(opType: string, inputs: readonly string[], output: string): Node {
  return { name: '', opType, domain: '', inputs, outputs: [output], attributes: {} };
}
