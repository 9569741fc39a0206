/** The builder: a graph made node by node, with fresh names and known shapes. */
import { OnnxError } from './errors.ts';
import type { Attributes, ElementType, Graph, Node, Shape, Tensor, TensorType, ValueInfo } from './model.ts';
import { inferNode, knownShapes, type Scope } from './shapes.ts';

/** More about a node than its operator. */
export interface NodeOptions {
  /** What to name the node and its (first) result; a number is appended if the name is taken. Default the operator's. */
  readonly name?: string | undefined;
  /** Default ONNX's own. */
  readonly domain?: string;
  /** The types of the results, for operators whose shapes are not known here; one result each. */
  readonly types?: readonly TensorType[];
  /** How many results there are; default 1. Not needed with `types`. */
  readonly outputs?: number;
  /** Places of results that the node leaves out; default none. What is returned for them is called the empty string. */
  readonly leftOut?: readonly number[];
}

/**
 * Makes a graph node by node. Values are handed around as {@link ValueInfo}, so their shapes are known at once and what
 * does not fit is found where it is written. The operators are functions beside it: `conv(builder, x, weight)`.
 *
 * @example
 * ```ts
 * const builder = new GraphBuilder('double');
 * const x = builder.input('x', 'float32', ['batch', 3]);
 * builder.output(add(builder, x, x), 'y');
 * const bytes = writeModel(modelOf(builder.build()));
 * ```
 */
export class GraphBuilder implements Scope {
  readonly #name: string;
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #initializers = new Map<string, Tensor>();
  readonly #nodes: Node[] = [];
  readonly #values = new Map<string, ValueInfo>();
  /** Values whose types cannot be inferred again. */
  readonly #stated: ValueInfo[] = [];
  readonly #counters = new Map<string, number>();
  readonly #renamed = new Map<string, string>();
  /** Names of nodes that are not names of values. */
  readonly #labels = new Set<string>();

  /** @param name The graph's name. */
  constructor(name = 'graph') {
    this.#name = name;
  }

  /**
   * A builder that goes on where a graph ends: its inputs, outputs, constants and nodes are there already.
   *
   * @throws {OnnxError} `shape-mismatch` or `graph-invalid`, as {@link inferShapes} does. Operators that are not known
   * here are no error: what they compute has the type that the graph states of it, or else an unknown shape.
   *
   * @example
   * ```ts
   * const builder = GraphBuilder.from(model.graph);
   * builder.output(softmax(builder, builder.value('logits')), 'probabilities');
   * ```
   */
  static from(graph: Graph): GraphBuilder {
    const builder = new GraphBuilder(graph.name);
    for (const value of knownShapes(graph).values()) builder.#register(value);
    for (const [name, tensor] of graph.initializers) builder.#initializers.set(name, tensor);
    for (const node of graph.nodes) builder.#labels.add(node.name);
    builder.#inputs.push(...graph.inputs);
    builder.#nodes.push(...graph.nodes);
    builder.#outputs.push(...graph.outputs);
    builder.#stated.push(...graph.values);
    return builder;
  }

  /**
   * The value of that name.
   *
   * @throws {OnnxError} `graph-invalid` if there is none.
   */
  value(name: string): ValueInfo {
    const value = this.#values.get(name);
    if (value) return value;
    throw new OnnxError('graph-invalid', `this graph has no value '${name}'`);
  }

  /** A name that no value has yet: `hint` itself, or with a number behind it. */
  freshName(hint: string): string {
    const isTaken = (name: string): boolean => this.#values.has(name) || this.#labels.has(name);
    if (!isTaken(hint)) return hint;
    let count = this.#counters.get(hint) ?? 0;
    do count++;
    while (isTaken(`${hint}_${count}`));
    this.#counters.set(hint, count);
    return `${hint}_${count}`;
  }

  /**
   * Declares an input.
   *
   * @param shape Lengths; a string is a free one.
   * @throws {OnnxError} `graph-invalid` if the name is taken.
   */
  input(name: string, elementType: ElementType, shape: Shape): ValueInfo {
    if (this.#values.has(name)) throw new OnnxError('graph-invalid', `the name '${name}' is taken`);
    const value = this.#register({ name, elementType, shape });
    this.#inputs.push(value);
    return value;
  }

  /** Adds a constant. */
  constant(tensor: Tensor, name = 'constant'): ValueInfo {
    const fresh = this.freshName(name);
    this.#initializers.set(fresh, tensor);
    return this.#register({ name: fresh, elementType: tensor.type, shape: tensor.dims });
  }

  /**
   * Adds a node.
   *
   * @param inputs `null` for an optional input left out.
   * @returns Its results.
   * @throws {OnnxError} `operator-unsupported` if neither `types` are given nor the operator's shapes known, and all
   * that {@link inferShapes} throws.
   */
  node(
    opType: string,
    inputs: readonly (ValueInfo | null)[],
    attributes: Attributes = {},
    options: NodeOptions = {},
  ): readonly ValueInfo[] {
    const name = this.freshName(options.name ?? opType.toLowerCase());
    const node: Node = {
      name,
      opType,
      domain: options.domain ?? '',
      inputs: inputs.map((value) => (value ? this.#known(value, opType) : '')),
      outputs: [],
      attributes,
    };
    const outputs = Array.from({ length: options.outputs ?? 1 }, (_, index) => `${name}_${index}`);
    const types = options.types ?? inferNode({ ...node, outputs }, this).slice(0, outputs.length);
    this.#labels.add(name);
    const results = types.map((type, index) => {
      if (options.leftOut?.includes(index)) return { name: '', ...type };
      return this.#register({ name: index === 0 ? name : this.freshName(`${name}_${index}`), ...type });
    });
    if (options.types) this.#stated.push(...results.filter((value) => value.name !== ''));
    this.#nodes.push({ ...node, outputs: results.map((value) => value.name) });
    return results;
  }

  /** Adds a node with one result and returns that. */
  one(
    opType: string,
    inputs: readonly (ValueInfo | null)[],
    attributes: Attributes = {},
    name?: string,
  ): ValueInfo {
    return this.node(opType, inputs, attributes, { name })[0]!;
  }

  /**
   * Declares a result of the graph.
   *
   * @param name What the graph calls it; default its own name. A value that a node computes is renamed, others get an
   * `Identity`.
   * @throws {OnnxError} `graph-invalid` if the name is taken.
   */
  output(value: ValueInfo, name = value.name): ValueInfo {
    this.#known(value, 'the output');
    const computed = this.#nodes.some((node) => node.outputs.includes(value.name));
    const isOutput = this.#outputs.some(
      (other) => other.name === (this.#renamed.get(value.name) ?? value.name),
    );
    if (name === value.name && computed && !isOutput) {
      this.#outputs.push(value);
      return value;
    }
    if (name !== value.name && this.#values.has(name)) {
      throw new OnnxError('graph-invalid', `the name '${name}' is taken`);
    }
    if (computed && !isOutput) {
      const renamed = this.#register({ ...value, name });
      this.#renamed.set(value.name, name);
      this.#outputs.push(renamed);
      return renamed;
    }
    const copy = this.one('Identity', [value], {}, name);
    this.#outputs.push(copy);
    return copy;
  }

  /** What is known of a value. */
  typeOf(name: string): TensorType | undefined {
    return this.#values.get(name);
  }

  /** The tensor of that name, if it is a constant. */
  constantOf(name: string): Tensor | undefined {
    return this.#initializers.get(name);
  }

  /** The graph so far. Its `values` are those whose types were given. */
  build(): Graph {
    const final = (name: string): string => this.#renamed.get(name) ?? name;
    const outputs = new Set(this.#outputs.map(({ name }) => name));
    const values = this.#stated.map((value) => ({ ...value, name: final(value.name) }));
    return {
      name: this.#name,
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      initializers: new Map(this.#initializers),
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(final),
        outputs: node.outputs.map(final),
      })),
      values: values.filter(({ name }) => !outputs.has(name)),
    };
  }

  #register(value: ValueInfo): ValueInfo {
    this.#values.set(value.name, value);
    return value;
  }

  #known(value: ValueInfo, user: string): string {
    if (this.#values.has(value.name)) return value.name;
    throw new OnnxError('graph-invalid', `${user}: this graph has no value '${value.name}'`);
  }
}
