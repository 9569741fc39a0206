/** Where in a model learning begins: what is computed of a picture before, and never changes. */
import { GraphBuilder } from '../builder.ts';
import { type Graph, modelOf, type ValueInfo } from '../model.ts';
import { usedNames } from '../rewrite/editing.ts';
import { removeDeadNodes } from '../rewrite/remove-dead-nodes.ts';
import { knownShapes } from '../shapes.ts';
import { writeModel } from '../write.ts';
import type { Classifier } from './classifier.ts';
import type { NamePattern } from './names.ts';
import { Network } from './network.ts';
import { initialWeights } from './parameters.ts';

/** What is asked. */
export interface PrefixOptions {
  readonly model: Classifier;
  /** Shape of one picture. */
  readonly picture: readonly number[];
  /** Parameters that do not learn. */
  readonly frozen: readonly NamePattern[];
}

/** The part of a model that training does not change. */
export interface FrozenPrefix {
  /** The last values that never change, `[batch, ...]` each: what everything that learns begins with. */
  readonly cut: readonly ValueInfo[];
  /** From `images` to the values at the cut, with the weights that the model has before training. */
  graph(seed: number): Graph;
}

/**
 * Finds the part of a model that depends on the picture, but on nothing that training moves: parameters that learn,
 * statistics, masks of dropout. `trainingStep` and `evaluationStep` take its cut and leave that part out.
 *
 * @returns `null` where the first layer learns, or none does.
 * @throws {OnnxError} What the layers throw.
 *
 * @example
 * ```ts
 * const prefix = frozenPrefix({ model, picture: [3, 224, 224], frozen: ['*', '!predictions/*'] });
 * prefix?.cut[0]?.shape; // ['batch', 1280]
 * ```
 */
export function frozenPrefix(options: PrefixOptions): FrozenPrefix | null {
  const { network, graph } = logitsGraph(options, true);
  const names = network.parameters.some(({ trainable }) => trainable) ? frontierOf(network, graph) : [];
  if (names.length === 0 || names.includes(IMAGES)) return null;
  const shapes = knownShapes(graph);
  const cut = names.map((name) => shapes.get(name)!);
  // Each picture by itself, with lengths that are known.
  const isUsable = cut.every(
    ({ elementType, shape }) =>
      elementType === 'float32' &&
      shape?.[0] === BATCH &&
      shape.slice(1).every((dim) => typeof dim === 'number'),
  );
  const part = partTo(graph, cut);
  // What only scales or turns the picture is no layer.
  const hasLayers = part.inputs.length > 1;
  // Measuring and learning must mean the same by the names at the cut.
  const check = logitsGraph(options, false).graph;
  const isSame = names.every((name) => knownShapes(check).has(name)) && isEqual(part, partTo(check, cut));
  return hasLayers && isUsable && isSame ? { cut, graph: (seed) => withWeights(part, network, seed) } : null;
}

const IMAGES = 'images';
const BATCH = 'batch';

function logitsGraph(
  { model, picture, frozen }: PrefixOptions,
  isTraining: boolean,
): { readonly network: Network; readonly graph: Graph } {
  const network = new Network(new GraphBuilder(model.name), { isTraining, frozen });
  const images = network.builder.input(IMAGES, 'float32', [BATCH, ...picture]);
  network.builder.output(model.head(network, model.features(network, images)), 'logits');
  return { network, graph: network.builder.build() };
}

/** Values that come from the picture and never change, and that something which changes takes. */
function frontierOf(network: Network, graph: Graph): string[] {
  const moving = new Set(
    [
      ...network.parameters.filter(({ name, trainable }) => trainable || network.updates.has(name)),
      ...network.masks,
    ].map(({ name }) => name),
  );
  const seen = new Set([IMAGES]);
  const cut = new Set<string>();
  for (const node of graph.nodes) {
    const names = usedNames(node);
    if (names.some((name) => moving.has(name))) {
      for (const name of node.outputs) moving.add(name);
      for (const name of names) if (seen.has(name)) cut.add(name);
    } else if (names.some((name) => seen.has(name))) {
      for (const name of node.outputs) seen.add(name);
    }
  }
  return [...cut];
}

function partTo(graph: Graph, cut: readonly ValueInfo[]): Graph {
  const part = removeDeadNodes({ ...graph, outputs: cut });
  const used = new Set(part.nodes.flatMap(usedNames));
  return { ...part, inputs: part.inputs.filter(({ name }) => used.has(name)) };
}

function isEqual(a: Graph, b: Graph): boolean {
  const [first, second] = [a, b].map((graph) => writeModel(modelOf(graph)));
  return first!.length === second!.length && first!.every((byte, index) => byte === second![index]);
}

function withWeights(part: Graph, network: Network, seed: number): Graph {
  const inputs = new Set(part.inputs.map(({ name }) => name));
  const needed = network.parameters.filter(({ name }) => inputs.has(name));
  return {
    ...part,
    inputs: part.inputs.filter(({ name }) => name === IMAGES),
    initializers: new Map([...part.initializers, ...initialWeights(needed, seed)]),
  };
}
