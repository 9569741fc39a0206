/** Forward nodes rewritten so that they hand out what backward needs of them: places of maxima, statistics, masks. */
import { attribute, floatAttribute, intAttribute } from '../attributes.ts';
import type { Graph, Node, Tensor } from '../model.ts';
import { nameSource } from '../rewrite/editing.ts';
import { scalar } from '../tensors.ts';

/** Where new names and constants come from. */
interface Additions {
  fresh(hint: string): string;
  constant(tensor: Tensor): string;
}

/** The nodes that do what one did, and hand out more. */
type Form = (node: Node, additions: Additions) => readonly Node[];

const FORMS: Readonly<Record<string, Form>> = {
  MaxPool: withOutputs('', 'indices'),
  LayerNormalization: withOutputs('', 'mean', 'inverse'),
  Dropout: withOutputs('', 'mask'),
  BatchNormalization: withBatchStatistics,
};

/** The graph with those of its nodes that `isDifferentiated` holds for in the form that VJP rules take for granted. */
export function forwardForms(graph: Graph, isDifferentiated: (node: Node) => boolean): Graph {
  const initializers = new Map(graph.initializers);
  const fresh = nameSource(graph);
  const additions: Additions = {
    fresh,
    constant(tensor) {
      const name = fresh('momentum');
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
 */
function withBatchStatistics(node: Node, { fresh, constant }: Additions): readonly Node[] {
  if (intAttribute(node, 'training_mode', 0) === 0) return [node];
  const [y = '', ...running] = node.outputs;
  const own = ['mean', 'variance'].map((hint) => fresh(`${y}/${hint}`));
  const momentum = floatAttribute(node, 'momentum', 0.9);
  const moved = running.flatMap((result, index) => {
    if (result === '') return [];
    const [kept, added] = [fresh(`${result}/kept`), fresh(`${result}/added`)];
    return [
      binary('Mul', node.inputs[index + 3]!, constant(scalar(momentum)), kept),
      binary('Mul', own[index]!, constant(scalar(1 - momentum)), added),
      binary('Add', kept, added, result),
    ];
  });
  const attributes = { ...node.attributes, momentum: attribute.float(0) };
  return [{ ...node, outputs: [y, ...own], attributes }, ...moved];
}

function binary(opType: string, a: string, b: string, output: string): Node {
  return { name: '', opType, domain: '', inputs: [a, b], outputs: [output], attributes: {} };
}
