/** Rewrite: other names for values. */
import { OnnxError } from '../errors.ts';
import type { Graph, Node } from '../model.ts';
import { nameSource, refuseNestedGraph } from './editing.ts';

/**
 * The graph with some of its values called otherwise.
 *
 * @param names New names by old ones.
 * @throws {OnnxError} `graph-invalid` if a new name is taken; `feature-unsupported` for graphs with graphs in them.
 *
 * @example
 * ```ts
 * renameValues(graph, { input_1: 'image', dense_3: 'probabilities' });
 * ```
 */
export function renameValues(graph: Graph, names: Readonly<Record<string, string>>): Graph {
  const fresh = nameSource(graph);
  for (const [before, after] of Object.entries(names)) {
    if (before !== after && fresh(after) !== after) {
      throw new OnnxError('graph-invalid', `the name '${after}' is taken`);
    }
  }
  const rename = (name: string): string => (Object.hasOwn(names, name) ? names[name]! : name);
  const renamed = <T extends { readonly name: string }>(value: T): T => ({
    ...value,
    name: rename(value.name),
  });
  return {
    ...graph,
    inputs: graph.inputs.map(renamed),
    outputs: graph.outputs.map(renamed),
    values: graph.values.map(renamed),
    initializers: new Map(Array.from(graph.initializers, ([name, tensor]) => [rename(name), tensor])),
    nodes: graph.nodes.map((node) => renamedNode(node, rename)),
  };
}

function renamedNode(node: Node, rename: (name: string) => string): Node {
  refuseNestedGraph(node);
  return { ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) };
}
