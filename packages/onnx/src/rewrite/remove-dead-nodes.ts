/** Rewrite: without nodes and constants that no result depends on. */
import type { Graph, Node } from '../model.ts';
import { usedNames } from './editing.ts';

/**
 * The graph without what its outputs do not depend on. Inputs stay, used or not.
 *
 * @example
 * ```ts
 * const headless = removeDeadNodes({ ...graph, outputs: [features] });
 * ```
 */
export function removeDeadNodes(graph: Graph): Graph {
  const wanted = new Set(graph.outputs.map(({ name }) => name));
  const nodes: Node[] = [];
  // Backwards: every user of a value comes after it.
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    nodes.push(node);
    for (const name of usedNames(node)) wanted.add(name);
  }
  return {
    ...graph,
    nodes: nodes.reverse(),
    initializers: new Map([...graph.initializers].filter(([name]) => wanted.has(name))),
    values: graph.values.filter(({ name }) => wanted.has(name)),
  };
}
