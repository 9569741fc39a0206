/** Rewrite: a classifier that pools its feature map becomes one that answers at each place of the map. */
import { attribute, describeNode, floatAttribute, intAttribute } from '../attributes.ts';
import { OnnxError } from '../errors.ts';
import type { Attributes, Graph, Node } from '../model.ts';
import { inferShapes } from '../shapes.ts';
import { integers } from '../tensors.ts';
import { nameSource, producersOf } from './editing.ts';
import { removeDeadNodes } from './remove-dead-nodes.ts';

/**
 * The class activation map of a classifier whose head is `GlobalAveragePool`, one fully connected layer and `Softmax`.
 *
 * Mean and layer are both linear, so they may change places: the layer becomes a 1x1 convolution on the feature map, its bias
 * included, and the softmax is taken over the classes at each place. The result is `[batch, classes, height, width]`. The softmax of the mean,
 * over all places, of the logarithms of these probabilities is what the classifier answers: in logarithms a softmax only shifts the
 * logits of a place, all by as much.
 *
 * After Zhou et al., "Learning Deep Features for Discriminative Localization" (2016), who leave bias and softmax out.
 *
 * @throws {OnnxError} `operator-unsupported` for a classifier with another head.
 *
 * @example
 * ```ts
 * const map = classActivationMap(importTfjs(json, weights).graph);
 * ```
 */
export function classActivationMap(graph: Graph): Graph {
  const { features, layer, softmax } = headOf(graph);
  const [, weight = '', ...bias] = layer.inputs;
  const map = softmax.outputs[0]!;
  const fresh = nameSource(graph);
  const [turned, kernel, logits] = ['turned', 'kernel', 'logits'].map((name) => fresh(`${map}/${name}`));
  const axes = fresh(`${map}/axes`);
  const isTurned = intAttribute(layer, 'transB', 0) === 1;
  const nodes = [
    ...graph.nodes.filter((node) => node !== softmax),
    ...(isTurned ? [] : [node('Transpose', [weight], turned!, { perm: attribute.ints([1, 0]) })]),
    node('Unsqueeze', [isTurned ? weight : turned!, axes], kernel!),
    node('Conv', [features, kernel!, ...bias], logits!, { kernel_shape: attribute.ints([1, 1]) }),
    node('Softmax', [logits!], map, { axis: attribute.int(1) }),
  ];
  const initializers = new Map(graph.initializers).set(axes, integers([2, 3]));
  const mapped = removeDeadNodes({ ...graph, nodes, initializers });
  return { ...mapped, outputs: [inferShapes(mapped).get(map)!] };
}

interface Head {
  /** The name of the feature map. */
  readonly features: string;
  /** The fully connected layer. */
  readonly layer: Node;
  readonly softmax: Node;
}

/** What leaves `[batch, channels]` of the `[batch, channels, 1, 1]` that a pool over the whole map gives. */
const FLATTENING: ReadonlySet<string> = new Set(['Squeeze', 'Flatten', 'Reshape']);

function headOf(graph: Graph): Head {
  const producers = producersOf(graph);
  const softmax = producers.get(graph.outputs[0]?.name ?? '');
  const layer = producers.get(softmax?.inputs[0] ?? '');
  let pool = producers.get(layer?.inputs[0] ?? '');
  while (pool && FLATTENING.has(pool.opType)) pool = producers.get(pool.inputs[0] ?? '');
  if (graph.outputs.length !== 1 || softmax?.opType !== 'Softmax') throw unlike(softmax);
  if (layer?.opType !== 'Gemm' || !isPlain(graph, layer)) throw unlike(layer);
  if (pool?.opType !== 'GlobalAveragePool') throw unlike(pool);
  return { features: pool.inputs[0]!, layer, softmax };
}

/** Whether a `Gemm` is `x · weight + bias` with a number for each output, as a convolution has it. */
function isPlain(graph: Graph, layer: Node): boolean {
  const factors = [floatAttribute(layer, 'alpha', 1), floatAttribute(layer, 'beta', 1)];
  const bias = graph.initializers.get(layer.inputs[2] ?? '');
  const hasBias = layer.inputs.length > 2;
  return (
    factors.every((factor) => factor === 1) &&
    intAttribute(layer, 'transA', 0) === 0 &&
    (!hasBias || bias?.dims.length === 1)
  );
}

function unlike(node: Node | undefined): OnnxError {
  const found = node ? describeNode(node) : 'something else';
  return new OnnxError(
    'operator-unsupported',
    `a class activation map wants a head of GlobalAveragePool, Gemm and Softmax; there is ${found}`,
  );
}

function node(opType: string, inputs: readonly string[], output: string, attributes: Attributes = {}): Node {
  return { name: output, opType, domain: '', inputs, outputs: [output], attributes };
}
