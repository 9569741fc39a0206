/** Rewrite: values in the middle of a graph become its inputs. */
import type { Graph } from '../model.ts';
import { knownShapes } from '../shapes.ts';
import { usedNames } from './editing.ts';
import { removeDeadNodes } from './remove-dead-nodes.ts';

/**
 * The graph without what computes these values: they are fed instead. Inputs that nothing needs any more are gone.
 *
 * @param names Where a node computes one of them, no other of its results may be needed.
 * @throws {OnnxError} `graph-invalid` where a value is missing then.
 */
export function startAt(graph: Graph, names: readonly string[]): Graph {
  const shapes = knownShapes(graph);
  const cut = new Set(names);
  const nodes = graph.nodes.filter(({ outputs }) => !outputs.some((name) => cut.has(name)));
  const rest = removeDeadNodes({ ...graph, nodes });
  const used = new Set([...rest.nodes.flatMap(usedNames), ...rest.outputs.map(({ name }) => name)]);
  const inputs = graph.inputs.filter(({ name }) => used.has(name));
  return { ...rest, inputs: [...names.map((name) => shapes.get(name)!), ...inputs] };
}
