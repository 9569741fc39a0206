/** Which values lie between what is differentiated by and the loss. */
import type { ElementType, Graph, TensorType } from '../model.ts';
import { usedNames } from '../rewrite/editing.ts';

const FLOATS: ReadonlySet<ElementType> = new Set(['float16', 'bfloat16', 'float32', 'float64']);

/**
 * The values that depend on one of `wrt` and that the loss depends on; `wrt` and the loss among them. What is no floating
 * point number has no derivative, and ends a path.
 */
export function valuesBetween(
  graph: Graph,
  wrt: readonly string[],
  loss: string,
  typeOf: (name: string) => TensorType,
): ReadonlySet<string> {
  const dependent = new Set(wrt);
  for (const node of graph.nodes) {
    if (!usedNames(node).some((name) => dependent.has(name))) continue;
    for (const name of node.outputs) {
      if (name !== '' && FLOATS.has(typeOf(name).elementType)) dependent.add(name);
    }
  }
  const between = new Set([loss].filter((name) => dependent.has(name)));
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => between.has(name))) continue;
    for (const name of usedNames(node)) if (dependent.has(name)) between.add(name);
  }
  return between;
}
