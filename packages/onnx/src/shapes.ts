/** Shape inference: which shape every value of a graph has, free dimensions kept by name. */
import { describeNode } from './attributes.ts';
import { OnnxError } from './errors.ts';
import type { Graph, Node, Tensor, TensorType, ValueInfo } from './model.ts';
import { arrangementShapes } from './operators/arrangement.ts';
import { convolutionShapes } from './operators/convolution.ts';
import { elementwiseShapes } from './operators/elementwise.ts';
import { linearShapes } from './operators/linear.ts';
import { normalizationShapes } from './operators/normalization.ts';
import { poolingShapes } from './operators/pooling.ts';
import { reductionShapes } from './operators/reduction.ts';
import { resizingShapes } from './operators/resizing.ts';
import { selectionShapes } from './operators/selection.ts';
import type { ShapeRules } from './shape-rule.ts';

const RULES: ShapeRules = {
  ...elementwiseShapes,
  ...convolutionShapes,
  ...poolingShapes,
  ...normalizationShapes,
  ...linearShapes,
  ...arrangementShapes,
  ...reductionShapes,
  ...selectionShapes,
  ...resizingShapes,
};

/** Where a node's inputs are looked up. */
export interface Scope {
  typeOf(name: string): TensorType | undefined;
  constantOf(name: string): Tensor | undefined;
}

/**
 * The types of one node's outputs.
 *
 * @throws {OnnxError} `operator-unsupported`, `shape-mismatch`, `shape-unknown`, `attribute-invalid` or `graph-invalid`.
 */
export function inferNode(node: Node, scope: Scope): readonly TensorType[] {
  const rule = node.domain === '' && Object.hasOwn(RULES, node.opType) ? RULES[node.opType] : undefined;
  if (!rule) {
    const domain = node.domain && ` of the domain ${node.domain}`;
    throw new OnnxError(
      'operator-unsupported',
      `the shape of ${describeNode(node)}${domain} is not known here`,
    );
  }
  return rule({
    node,
    input(index) {
      const name = node.inputs[index];
      const type = name ? scope.typeOf(name) : undefined;
      if (!type) {
        const which = name ? `'${name}'` : index;
        throw new OnnxError('graph-invalid', `${describeNode(node)}: nothing gives its input ${which}`);
      }
      if (type.shape) return { elementType: type.elementType, shape: type.shape };
      throw new OnnxError('shape-unknown', `${describeNode(node)}: the shape of '${name}' is not known`);
    },
    constant: (index) => scope.constantOf(node.inputs[index] ?? '') ?? null,
  });
}

/**
 * The element type and shape of every value of a graph: inputs, constants and what the nodes compute.
 *
 * @returns Values by name. A length that follows from a free one is written as in {@link Dim}.
 * @throws {OnnxError} `operator-unsupported`, naming a node whose operator is not known here; `shape-mismatch`;
 * `shape-unknown`; `graph-invalid` for a value that is used before it is computed.
 *
 * @example
 * ```ts
 * inferShapes(model.graph).get('logits')?.shape; // ['batch', 5]
 * ```
 */
export function inferShapes(graph: Graph): ReadonlyMap<string, ValueInfo> {
  return shapesOf(graph, inferNode);
}

/**
 * The same where some operators are not known here, or shapes are computed only while the graph runs: what such nodes
 * compute has the type that the graph states, else unknown shape, and counts as 32-bit floats.
 */
export function knownShapes(graph: Graph): ReadonlyMap<string, ValueInfo> {
  const stated = new Map([...graph.values, ...graph.outputs].map((value) => [value.name, value]));
  return shapesOf(graph, (node, scope) => {
    try {
      return inferNode(node, scope);
    } catch (error) {
      if (!isShapeUnknown(error)) throw error;
      return node.outputs.map((name) => stated.get(name) ?? { elementType: 'float32', shape: null });
    }
  });
}

/** Whether all that is wrong is that a shape is not known here: that of an operator, or one that only the running graph knows. */
export function isShapeUnknown(error: unknown): error is OnnxError {
  return (
    error instanceof OnnxError && (error.code === 'operator-unsupported' || error.code === 'shape-unknown')
  );
}

function shapesOf(graph: Graph, infer: typeof inferNode): ReadonlyMap<string, ValueInfo> {
  const values = new Map<string, ValueInfo>(graph.inputs.map((value) => [value.name, value]));
  for (const [name, { type, dims }] of graph.initializers) {
    values.set(name, { name, elementType: type, shape: dims });
  }
  const scope: Scope = {
    typeOf: (name) => values.get(name),
    constantOf: (name) => graph.initializers.get(name),
  };
  for (const node of graph.nodes) {
    const types = infer(node, scope);
    node.outputs.forEach((name, index) => {
      const type = types[index];
      if (name !== '' && type) values.set(name, { name, elementType: type.elementType, shape: type.shape });
    });
  }
  return values;
}
