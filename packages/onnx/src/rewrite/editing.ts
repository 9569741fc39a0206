/** What rewrites share: who computes a value, who uses it, names that are free, and writing nodes anew. */
import { OnnxError } from '../errors.ts';
import type { Attributes, Graph, Node, Tensor } from '../model.ts';

/** Every value that a graph takes from outside of it: what the nodes of a nested graph use of the outer ones. */
export function capturedNames(graph: Graph): Set<string> {
  const own = new Set([...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)]);
  for (const node of graph.nodes) for (const name of node.outputs) own.add(name);
  const used = [...graph.nodes.flatMap(usedNames), ...graph.outputs.map(({ name }) => name)];
  return new Set(used.filter((name) => !own.has(name)));
}

/** Every value that a node uses, by itself or within its nested graphs. */
export function usedNames(node: Node): string[] {
  const nested = Object.values(node.attributes).flatMap((attribute) => {
    if (attribute.type === 'graph') return [attribute.value];
    return attribute.type === 'graphs' ? attribute.value : [];
  });
  const names = nested.flatMap((graph) => [...capturedNames(graph)]);
  return [...node.inputs, ...names].filter((name) => name !== '');
}

/** Throws `feature-unsupported` for a node with a graph in it: that may use values of the outer one by their names, which are about to change. */
export function refuseNestedGraph({ opType, name, attributes }: Node): void {
  if (!Object.values(attributes).some(({ type }) => type === 'graph' || type === 'graphs')) return;
  throw new OnnxError('feature-unsupported', `${opType} '${name}' holds a graph of its own`);
}

/** The node that computes each value. */
export function producersOf(graph: Graph): ReadonlyMap<string, Node> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
}

/** How often each value is used; being a result of the graph counts. */
export function useCounts(graph: Graph): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const names = [...graph.nodes.flatMap(usedNames), ...graph.outputs.map(({ name }) => name)];
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Gives names that neither the graph nor an earlier call has. */
export function nameSource(graph: Graph): (hint: string) => string {
  const taken = new Set([
    ...graph.initializers.keys(),
    ...graph.inputs.map(({ name }) => name),
    ...graph.nodes.flatMap((node) => [...node.outputs, ...usedNames(node)]),
  ]);
  return (hint) => {
    let name = hint;
    for (let count = 1; taken.has(name); count++) name = `${hint}_${count}`;
    taken.add(name);
    return name;
  };
}

/** The nodes and constants of a graph that is written anew, in the order in which they are computed. */
export class NodeWriter {
  readonly nodes: Node[] = [];
  readonly initializers: Map<string, Tensor>;
  readonly #fresh: (hint: string) => string;

  constructor(graph: Graph) {
    this.initializers = new Map(graph.initializers);
    this.#fresh = nameSource(graph);
  }

  /** A name that nothing has yet. */
  fresh(hint: string): string {
    return this.#fresh(hint);
  }

  /** Adds a node as it is. */
  keep(node: Node): void {
    this.nodes.push(node);
  }

  constant(value: Tensor, hint: string): string {
    const name = this.#fresh(hint);
    this.initializers.set(name, value);
    return name;
  }

  /**
   * Adds a node with one result.
   *
   * @param output What the result is called; default a fresh name.
   * @returns That.
   */
  add(opType: string, inputs: readonly string[], attributes: Attributes = {}, output?: string): string {
    const name = output ?? this.#fresh(`${inputs[0]}/${opType.toLowerCase()}`);
    this.nodes.push({ name: '', domain: '', opType, inputs, outputs: [name], attributes });
    return name;
  }
}
