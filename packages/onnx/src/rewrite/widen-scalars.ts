/** Rewrite: single numbers with as many axes as the kernels that they are combined with. */
import type { Graph } from '../model.ts';
import { knownShapes } from '../shapes.ts';
import { integers } from '../tensors.ts';
import { NodeWriter } from './editing.ts';

const ARITHMETIC: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div']);

/**
 * The graph with numbers of no axes reshaped to `[1, ..., 1]` where they meet a value whose last axis has length 1, such
 * as a 1x1 kernel. ONNX Runtime's CPU kernels take such a value one number at a time otherwise, which made a learning rate
 * times a kernel ten times as slow as the sum of two kernels.
 */
export function widenScalars(graph: Graph): Graph {
  const shapes = knownShapes(graph);
  const writer = new NodeWriter(graph);
  const known = new Map<string, string>();
  const widened = (name: string, rank: number): string => {
    const key = `${rank} ${name}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const ones = writer.constant(integers(new Array<number>(rank).fill(1)), `${name}/axes`);
    const wide = writer.add('Reshape', [name, ones]);
    known.set(key, wide);
    return wide;
  };
  for (const node of graph.nodes) {
    const operands = node.inputs.map((name) => shapes.get(name)?.shape ?? null);
    const other = operands.find((shape) => shape !== null && shape.length > 1 && shape.at(-1) === 1);
    if (!ARITHMETIC.has(node.opType) || node.domain !== '' || !other) {
      writer.keep(node);
      continue;
    }
    const inputs = node.inputs.map((name, index) =>
      operands[index]?.length === 0 ? widened(name, other.length) : name,
    );
    writer.keep({ ...node, inputs });
  }
  return { ...graph, nodes: writer.nodes, initializers: writer.initializers };
}
