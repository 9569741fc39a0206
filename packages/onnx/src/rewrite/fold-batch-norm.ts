/** Rewrite: batch normalisation becomes part of the convolution before it, 8-bit weights included. */
import { floatAttribute, intAttribute } from '../attributes.ts';
import type { Graph, Node, Tensor } from '../model.ts';
import { floats } from '../tensors.ts';
import { nameSource, producersOf, useCounts } from './editing.ts';
import { removeDeadNodes } from './remove-dead-nodes.ts';

/**
 * The graph with every `BatchNormalization` that follows a `Conv` folded into its weights and bias.
 *
 * This is exact: a normalisation with fixed statistics multiplies and shifts each channel, and so may the convolution.
 * Weights stored as bytes keep their bytes; only the scale that makes floats of them becomes one a channel.
 * Normalisations that follow something else, or a convolution whose result is used elsewhere, stay.
 *
 * @example
 * ```ts
 * const lean = foldBatchNorm(importTfjs(json, weights).graph);
 * ```
 */
export function foldBatchNorm(graph: Graph): Graph {
  const editor = new Editor(graph);
  const folded = new Map<Node, Node | null>();
  for (const node of graph.nodes) {
    const found = editor.foldable(node);
    if (!found) continue;
    const conv = editor.fold(found.conv, found.factors, found.shifts, node.outputs[0]!);
    if (!conv) continue;
    folded.set(found.conv, null);
    folded.set(node, conv);
  }
  const nodes = graph.nodes.flatMap((node) => {
    const instead = folded.has(node) ? folded.get(node) : node;
    return instead ? [...editor.nodesBefore(instead), instead] : [];
  });
  return removeDeadNodes({ ...graph, nodes, initializers: editor.initializers });
}

interface Foldable {
  readonly conv: Node;
  /** What each channel is multiplied by. */
  readonly factors: Float64Array;
  /** What is added to each channel then. */
  readonly shifts: Float64Array;
}

/** What stands between the bytes of a weight and its values. */
const WEIGHT_OPERATORS: ReadonlySet<string> = new Set(['Cast', 'Sub', 'Mul', 'Add']);

class Editor {
  readonly initializers: Map<string, Tensor>;
  readonly #producers: ReadonlyMap<string, Node>;
  readonly #uses: ReadonlyMap<string, number>;
  readonly #fresh: (hint: string) => string;
  readonly #inserted = new Map<Node, Node[]>();

  constructor(graph: Graph) {
    this.initializers = new Map(graph.initializers);
    this.#producers = producersOf(graph);
    this.#uses = useCounts(graph);
    this.#fresh = nameSource(graph);
  }

  /** New nodes that a folded convolution needs before it. */
  nodesBefore(node: Node): readonly Node[] {
    return this.#inserted.get(node) ?? [];
  }

  /** What `node` does to each channel, if it is a normalisation that can be folded. */
  foldable(node: Node): Foldable | null {
    if (node.opType !== 'BatchNormalization' || node.domain !== '') return null;
    if (intAttribute(node, 'training_mode', 0) !== 0) return null;
    const [input = '', ...parameters] = node.inputs;
    const conv = this.#producers.get(input);
    if (conv?.opType !== 'Conv' || conv.domain !== '' || this.#uses.get(input) !== 1) return null;
    const [scale, bias, mean, variance] = parameters.map((name) => this.#floats(name));
    if (!scale || !bias || !mean || !variance) return null;
    const epsilon = floatAttribute(node, 'epsilon', 1e-5);
    const factors = Float64Array.from(
      scale,
      (value, channel) => value / Math.sqrt(variance[channel]! + epsilon),
    );
    const shifts = Float64Array.from(bias, (value, channel) => value - mean[channel]! * factors[channel]!);
    return { conv, factors, shifts };
  }

  /** The convolution that does both, or `null` if its weights are not constant. */
  fold(conv: Node, factors: Float64Array, shifts: Float64Array, output: string): Node | null {
    const [input = '', weightName = '', biasName = ''] = conv.inputs;
    const bias = biasName === '' ? new Float32Array(factors.length) : this.#floats(biasName);
    const inserted: Node[] = [];
    const rank = this.#rank(weightName);
    const weight = bias && rank > 0 ? this.#scaled(weightName, factors, rank, inserted) : null;
    if (!bias || !weight) return null;
    const combined = Float32Array.from(
      bias,
      (value, channel) => value * factors[channel]! + shifts[channel]!,
    );
    const combinedName = this.#add(`${conv.name || output}/bias`, floats(combined));
    const folded = { ...conv, inputs: [input, weight, combinedName], outputs: [output] };
    this.#inserted.set(folded, inserted);
    return folded;
  }

  /**
   * A weight whose first axis is multiplied by `factors`: constants are copied; a sum is scaled on both sides, a product
   * in its constant second factor. Node copies go to `inserted`.
   *
   * @returns The name of the scaled weight, or `null` where that cannot be done.
   */
  #scaled(name: string, factors: Float64Array, rank: number, inserted: Node[]): string | null {
    if (this.initializers.has(name)) return this.#scaledConstant(name, factors, rank);
    const node = this.#producers.get(name);
    if (node?.domain !== '') return null;
    const [a = '', b = ''] = node.inputs;
    const isSum = node.opType === 'Add';
    if (!isSum && node.opType !== 'Mul') return null;
    const left = isSum ? this.#scaled(a, factors, rank, inserted) : a;
    const right = this.#scaledConstant(b, factors, rank);
    if (left === null || right === null) return null;
    const output = this.#fresh(name);
    inserted.push({ ...node, name: output, inputs: [left, right], outputs: [output] });
    return output;
  }

  #scaledConstant(name: string, factors: Float64Array, rank: number): string | null {
    const constant = this.initializers.get(name);
    const scaled = constant && scaledTensor(constant, factors, rank);
    return scaled ? this.#add(name, scaled) : null;
  }

  /** Number of axes of the constant that a weight is made of; 0 if it is made of none. */
  #rank(name: string): number {
    const constant = this.initializers.get(name);
    if (constant) return constant.dims.length;
    const node = this.#producers.get(name);
    return node && WEIGHT_OPERATORS.has(node.opType) ? this.#rank(node.inputs[0] ?? '') : 0;
  }

  #floats(name: string): Float32Array | null {
    const constant = this.initializers.get(name);
    return constant?.type === 'float32' ? constant.data : null;
  }

  #add(hint: string, tensor: Tensor): string {
    const name = this.#fresh(hint);
    this.initializers.set(name, tensor);
    return name;
  }
}

/** Each slice of the first axis times its factor; `null` if the tensor has another first axis. */
function scaledTensor(source: Tensor, factors: Float64Array, rank: number): Tensor<'float32'> | null {
  if (source.type !== 'float32') return null;
  const { data, dims } = source;
  if (data.length === 1) {
    const perChannel = [factors.length, ...new Array<number>(rank - 1).fill(1)];
    return floats(
      Float32Array.from(factors, (factor) => factor * data[0]!),
      perChannel,
    );
  }
  if (dims.length !== rank || dims[0] !== factors.length) return null;
  const slice = data.length / factors.length;
  return floats(
    data.map((value, index) => value * factors[Math.floor(index / slice)]!),
    dims,
  );
}
