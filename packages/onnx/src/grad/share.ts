/** What is computed twice is computed once: nodes that do the same to the same values become one. */
import type { Graph, Node, Tensor } from '../model.ts';

/** Operators whose results differ from one time to the next. */
const RANDOM: ReadonlySet<string> = new Set([
  'Bernoulli',
  'Dropout',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

/** Larger constants than this are not compared. */
const FEW = 64;

/**
 * The graph with each of its computations done once.
 *
 * @param isFixed Whether an initializer may be shared with another of the same value; parameters may not.
 */
export function shareSubexpressions(graph: Graph, isFixed: (name: string) => boolean): Graph {
  const same = new Map<string, string>();
  const known = new Map<string, readonly string[]>();
  const results = new Set(graph.outputs.map(({ name }) => name));
  const initializers = new Map<string, Tensor>();
  for (const [name, tensor] of graph.initializers) {
    const key = isFixed(name) ? constantKey(tensor) : null;
    const first = key === null ? undefined : known.get(key)?.[0];
    if (first !== undefined && !results.has(name)) {
      same.set(name, first);
      continue;
    }
    initializers.set(name, tensor);
    if (key !== null) known.set(key, [name]);
  }
  const nodes: Node[] = [];
  for (const before of graph.nodes) {
    const node = { ...before, inputs: before.inputs.map((name) => same.get(name) ?? name) };
    const key = nodeKey(node);
    const first = key === null ? undefined : known.get(key);
    const isNamed = node.outputs.some((name) => results.has(name));
    if (first && !isNamed && first.length >= node.outputs.length) {
      node.outputs.forEach((name, index) => {
        same.set(name, first[index]!);
      });
      continue;
    }
    nodes.push(node);
    if (key !== null && !first) known.set(key, node.outputs);
  }
  return { ...graph, nodes, initializers };
}

/** Equal for constants of equal value. */
function constantKey({ type, dims, data }: Tensor): string | null {
  return data.length <= FEW ? `${type} [${dims}] ${Array.from<unknown>(data).join()}` : null;
}

/** Equal for nodes that compute the same; `null` where that cannot be told. */
function nodeKey({ opType, domain, inputs, outputs, attributes }: Node): string | null {
  if (RANDOM.has(opType)) return null;
  const stated: string[] = [];
  for (const name of Object.keys(attributes).sort()) {
    const { type, value } = attributes[name]!;
    if (type === 'graph' || type === 'graphs' || type === 'tensors') return null;
    const text = type === 'tensor' ? constantKey(value) : String(value);
    if (text === null) return null;
    stated.push(`${name}=${type} ${text}`);
  }
  const named = outputs.map((name) => (name === '' ? 0 : 1)).join('');
  return `${domain}.${opType}(${JSON.stringify(inputs)}) ${named} ${JSON.stringify(stated)}`;
}
