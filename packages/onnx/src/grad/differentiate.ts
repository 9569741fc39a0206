/** Reverse mode: a graph that computes a number becomes one that computes its derivatives too. */
import { describeNode } from '../attributes.ts';
import { GraphBuilder } from '../builder.ts';
import { formatShape } from '../dims.ts';
import { OnnxError } from '../errors.ts';
import type { Graph, Node, Shape, ValueInfo } from '../model.ts';
import { add } from '../operators/elementwise.ts';
import { usedNames } from '../rewrite/editing.ts';
import { removeDeadNodes } from '../rewrite/remove-dead-nodes.ts';
import { knownShapes } from '../shapes.ts';
import { floats } from '../tensors.ts';
import { forwardForms } from './forward.ts';
import { valuesBetween } from './path.ts';
import { DIFFERENTIABLE_OPERATORS, ruleOf } from './rules.ts';
import { zerosLike } from './shaping.ts';
import { shareSubexpressions } from './share.ts';
import { applyRule, withoutDerivative } from './vjp.ts';

/** What to differentiate, and by what. */
export interface DifferentiateOptions {
  /** The name of a value of one float32 element. */
  readonly loss: string;
  /** Names of inputs, initializers or values in between. */
  readonly wrt: readonly string[];
}

/** A graph with its gradients. */
export interface Differentiated {
  /** Forward and backward in one. Its outputs are the old ones, then the gradients in the order of `wrt`. */
  readonly graph: Graph;
  /** The name of each gradient by the name in `wrt`. It has the shape and type of what it is the gradient of. */
  readonly gradients: Readonly<Record<string, string>>;
}

/**
 * Reverse-mode differentiation: a graph that computes a loss becomes one that also computes the derivatives of the loss.
 *
 * Only what lies between `wrt` and the loss is differentiated. Some forward nodes are rewritten to hand out what the
 * backward ones need: `MaxPool` its indices, `LayerNormalization` its statistics, and `BatchNormalization` in training the
 * batch's (its running statistics, where the graph wants them, are computed beside it). What is not needed is dropped.
 * A gradient that the loss does not depend on is zeros.
 *
 * Where a function has a kink, the derivative is that of one side: `Relu` and `Clip` give 0 at their corners, the
 * largest of several equal ones share alike in `ReduceMax` and `Max`, and the first takes all in `MaxPool`.
 *
 * @throws {OnnxError} `operator-unsupported`, naming operator and node, if the way to something in `wrt` leads over an
 * operator without a rule (see {@link DIFFERENTIABLE_OPERATORS}) or a variant that has none; `graph-invalid` for names
 * that the graph lacks; `shape-mismatch` if the loss is not one float32 number; `shape-unknown` where a rule needs a
 * length that is free. The batch may be free everywhere, the size of pictures in most places.
 *
 * @example
 * ```ts
 * const { graph, gradients } = differentiate(training, { loss: 'loss', wrt: ['kernel', 'bias'] });
 * gradients.kernel; // the name of d loss / d kernel among the outputs of `graph`
 * ```
 */
export function differentiate(graph: Graph, { loss, wrt }: DifferentiateOptions): Differentiated {
  const types = knownShapes(graph);
  checkNames(types, loss, wrt);
  const between = valuesBetween(graph, wrt, loss, (name) => types.get(name)!);
  const isBetween = (name: string): boolean => between.has(name);
  for (const node of graph.nodes) {
    const isOnTheWay = node.outputs.some(isBetween) && usedNames(node).some(isBetween);
    if (isOnTheWay && !ruleOf(node)) throw withoutRule(node);
    checkStatistics(node, isBetween);
  }
  const forward = forwardForms(
    graph,
    (node) => node.outputs.some(isBetween),
    (name) => shapeOf(types, name),
  );
  const builder = GraphBuilder.from(forward);
  const cotangents = walkBack(builder, forward.nodes, loss, isBetween);
  const gradients: Record<string, string> = {};
  for (const name of new Set(wrt)) {
    const value = builder.value(name);
    const gradient = cotangents.get(name) ?? zerosLike(builder, value);
    const result = builder.output(gradient, builder.freshName(`${name}/gradient`));
    gradients[name] = result.name;
  }
  const shared = shareSubexpressions(builder.build(), (name) => !graph.initializers.has(name));
  return { graph: removeDeadNodes(shared), gradients };
}

function checkNames(types: ReadonlyMap<string, ValueInfo>, loss: string, wrt: readonly string[]): void {
  for (const name of [loss, ...wrt]) {
    if (!types.has(name)) throw new OnnxError('graph-invalid', `this graph has no value '${name}'`);
  }
  const { elementType, shape } = types.get(loss)!;
  if (elementType === 'float32' && shape?.every((dim) => dim === 1)) return;
  throw new OnnxError(
    'shape-mismatch',
    `the loss '${loss}' should be one float32 number, not ${elementType} ${formatShape(shape)}`,
  );
}

/** Running statistics are computed beside the node that had them, where its rule would not see that the loss depends on them. */
function checkStatistics(node: Node, isBetween: (name: string) => boolean): void {
  if (node.opType !== 'BatchNormalization' || node.domain !== '') return;
  if (node.outputs.slice(1).some(isBetween)) throw withoutDerivative(node, 'its running statistics');
}

function shapeOf(types: ReadonlyMap<string, ValueInfo>, name: string): Shape {
  const shape = types.get(name)?.shape;
  if (shape) return shape;
  throw new OnnxError('shape-unknown', `the number of axes of '${name}' is not known`);
}

/** Goes through the nodes from the last to the first, from the cotangents of their outputs to those of their inputs. */
function walkBack(
  builder: GraphBuilder,
  nodes: readonly Node[],
  loss: string,
  isBetween: (name: string) => boolean,
): ReadonlyMap<string, ValueInfo> {
  const cotangents = new Map<string, ValueInfo>();
  if (isBetween(loss)) {
    const dims = builder.value(loss).shape!.map(() => 1);
    cotangents.set(loss, builder.constant(floats([1], dims), 'one'));
  }
  for (const node of nodes.toReversed()) {
    const own = node.outputs.map((name) => cotangents.get(name) ?? null);
    const isWanted = (index: number): boolean => isBetween(node.inputs[index] ?? '');
    const rule = ruleOf(node);
    if (!rule || own.every((cotangent) => cotangent === null) || !node.inputs.some(isBetween)) continue;
    for (const [index, gradient] of applyRule(rule, builder, node, own, isWanted)) {
      const name = node.inputs[index]!;
      const other = cotangents.get(name);
      cotangents.set(name, other ? add(builder, other, gradient) : gradient);
    }
  }
  return cotangents;
}

function withoutRule(node: Node): OnnxError {
  const domain = node.domain && ` of the domain ${node.domain}`;
  return new OnnxError(
    'operator-unsupported',
    `${describeNode(node)}${domain} cannot be differentiated; the operators that can: ${DIFFERENTIABLE_OPERATORS.join(', ')}`,
  );
}
