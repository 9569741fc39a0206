/** Import of TensorFlow.js *graph* models: TensorFlow operators, one function each. */
import { OnnxError } from '../errors.ts';
import type { Graph } from '../model.ts';
import { add, mul, sub } from '../operators/elementwise.ts';
import { gemm } from '../operators/linear.ts';
import { Canvas, type Drawn, knownLength, plain, type Sliding } from './canvas.ts';
import type { TfjsAttribute, TfjsModel, TfjsNode } from './model.ts';
import { addWeight, type Weight, type Weights } from './weights.ts';

interface Context {
  readonly canvas: Canvas;
  readonly node: TfjsNode;
  /** What to call the result. */
  readonly name: string;
  /** The value of an input. */
  value(index: number): Drawn;
  /** An input that is a constant, as it is stored. */
  weight(index: number): Weight;
}

type Rule = (context: Context) => Drawn;

const RULES: Readonly<Record<string, Rule>> = {
  Placeholder: placeholder,
  Identity: ({ value }) => value(0),
  Mul: ({ canvas, name, value }) => canvas.binary(mul, value(0), value(1), name),
  Sub: ({ canvas, name, value }) => canvas.binary(sub, value(0), value(1), name),
  AddV2: ({ canvas, name, value }) => canvas.binary(add, value(0), value(1), name),
  _FusedConv2D: (context) => fused(context, convolution(context, 'conv')),
  FusedDepthwiseConv2dNative: (context) => fused(context, convolution(context, 'depthwiseConv')),
  _FusedMatMul: (context) => fused(context, matMul(context)),
  AvgPool: averagePool,
  Squeeze: ({ canvas, node, name, value }) => canvas.squeeze(value(0), integers(node, 'squeeze_dims'), name),
  Softmax: ({ canvas, name, value }) => canvas.activation(value(0), 'softmax', name),
};

/** The operators that can be imported. */
export const SUPPORTED_OPERATORS: readonly string[] = ['Const', ...Object.keys(RULES)];

/** Draws a graph model. `free`: whether the picture's height and width stay free. */
export function drawGraph(model: TfjsModel, weights: Weights, free: boolean): Graph {
  const listed = (model.modelTopology as { readonly node: readonly TfjsNode[] }).node;
  const nodes = new Map(listed.map((node) => [node.name, node]));
  const canvas = new Canvas('model', weights, free);
  const names = shortNames([...nodes.keys()]);
  const drawn = new Map<string, Drawn>();
  const order = inOrder(listed, nodes);
  const constant = (node: TfjsNode): Drawn =>
    plain(addWeight(canvas.builder, weights.get(node.name), names.get(node.name)!));
  const value = (name: string): Drawn => {
    const known = drawn.get(name) ?? constant(nodes.get(name)!);
    drawn.set(name, known);
    return known;
  };
  for (const node of order) {
    // Constants are put in where they are used: a convolution wants its kernel's axes in another order.
    if (node.op === 'Const') continue;
    const rule = Object.hasOwn(RULES, node.op) ? RULES[node.op] : undefined;
    if (!rule) {
      throw new OnnxError('operator-unsupported', `'${node.name}' is a ${node.op}, which cannot be imported`);
    }
    const sources = sourcesOf(node);
    const context: Context = {
      canvas,
      node,
      name: names.get(node.name)!,
      value: (index) => value(sourceAt(node, sources, index)),
      weight: (index) => weights.get(sourceAt(node, sources, index)),
    };
    drawn.set(node.name, rule(context));
  }
  for (const node of outputsOf(order)) canvas.output(value(node.name));
  return canvas.build();
}

/** What an input refers to, without the number of the result and without control dependencies. */
function sourcesOf(node: TfjsNode): string[] {
  return (node.input ?? []).filter((name) => !name.startsWith('^')).map((name) => name.replace(/:0$/, ''));
}

function sourceAt(node: TfjsNode, sources: readonly string[], index: number): string {
  const source = sources[index];
  if (source !== undefined) return source;
  throw new OnnxError('tfjs-malformed', `the ${node.op} '${node.name}' lacks input ${index}`);
}

function inOrder(listed: readonly TfjsNode[], nodes: ReadonlyMap<string, TfjsNode>): TfjsNode[] {
  const order: TfjsNode[] = [];
  const state = new Map<TfjsNode, 'open' | 'done'>();
  const visit = (node: TfjsNode): void => {
    if (state.get(node) === 'done') return;
    if (state.get(node) === 'open') throw new OnnxError('tfjs-malformed', `'${node.name}' feeds itself`);
    state.set(node, 'open');
    for (const name of sourcesOf(node)) {
      const source = nodes.get(name);
      if (!source) throw new OnnxError('tfjs-malformed', `'${node.name}' takes '${name}', which is no node`);
      visit(source);
    }
    state.set(node, 'done');
    order.push(node);
  };
  for (const node of listed) visit(node);
  return order;
}

function outputsOf(order: readonly TfjsNode[]): TfjsNode[] {
  const used = new Set(order.flatMap(sourcesOf));
  return order.filter((node) => !used.has(node.name) && node.op !== 'Const' && node.op !== 'Placeholder');
}

/** The shortest end of each path that no other path ends with: the scopes before it are long and say nothing. */
function shortNames(paths: readonly string[]): ReadonlyMap<string, string> {
  const endings = (path: string): string[] => {
    const parts = path.split('/');
    return parts.map((_, index) => parts.slice(parts.length - 1 - index).join('/'));
  };
  const counts = new Map<string, number>();
  for (const ending of paths.flatMap(endings)) counts.set(ending, (counts.get(ending) ?? 0) + 1);
  return new Map(
    paths.map((path) => [path, endings(path).find((ending) => counts.get(ending) === 1) ?? path]),
  );
}

function placeholder({ canvas, node, name }: Context): Drawn {
  const shape = node.attr?.shape?.shape;
  if (!shape?.dim || shape.unknownRank) {
    throw new OnnxError('tfjs-malformed', `the input '${node.name}' has no shape`);
  }
  return canvas.input(
    name,
    shape.dim.map(({ size }) => Number(size)),
  );
}

function convolution(context: Context, kind: 'conv' | 'depthwiseConv'): Drawn {
  const { canvas, node, name } = context;
  const dilations = spatial(node, 'dilations', [1, 1]);
  const options = { ...sliding(node), dilations };
  const bias = fusedOperators(node).includes('BiasAdd') ? context.weight(2) : null;
  return canvas[kind](context.value(0), context.weight(1), bias, options, name);
}

function matMul(context: Context): Drawn {
  const { canvas, node, name } = context;
  if (node.attr?.transpose_a?.b || node.attr?.transpose_b?.b) throw unsupported(node, 'transposed inputs');
  const x = context.value(0).info;
  knownLength(x.shape, 1, `the ${node.op} '${node.name}'`);
  const bias = fusedOperators(node).includes('BiasAdd') ? context.value(2).info : undefined;
  return plain(gemm(canvas.builder, x, context.value(1).info, bias, name));
}

const ACTIVATIONS: Readonly<Record<string, string>> = { Relu: 'relu', Relu6: 'relu6' };

/** What a fused operator does after its own work. */
function fused({ canvas, node, name }: Context, x: Drawn): Drawn {
  return fusedOperators(node).reduce((value, operator) => {
    if (operator === 'BiasAdd') return value;
    const activation = ACTIVATIONS[operator];
    if (!activation) throw unsupported(node, `the fused operator ${operator}`);
    return canvas.activation(value, activation, `${name}/${activation}`);
  }, x);
}

function fusedOperators(node: TfjsNode): string[] {
  return (node.attr?.fused_ops?.list?.s ?? []).map((text) => atob(text));
}

function averagePool({ canvas, node, name, value }: Context): Drawn {
  return canvas.averagePool(value(0), spatial(node, 'ksize'), sliding(node), name);
}

function sliding(node: TfjsNode): Sliding {
  const format = text(node.attr?.data_format) ?? 'NHWC';
  const padding = text(node.attr?.padding);
  if (format !== 'NHWC') throw unsupported(node, `the layout ${format}`);
  if (padding !== 'SAME' && padding !== 'VALID') throw unsupported(node, `the padding ${padding}`);
  return { strides: spatial(node, 'strides'), same: padding === 'SAME' };
}

/** Height and width of a list that has a number for each of batch, height, width and channels. */
function spatial(node: TfjsNode, name: string, otherwise?: [number, number]): [number, number] {
  if (otherwise && !node.attr?.[name]?.list?.i?.length) return otherwise;
  const [batch, height, width, channels] = integers(node, name);
  if (batch === 1 && channels === 1 && height !== undefined && width !== undefined) return [height, width];
  throw unsupported(node, `${name} over batch or channels`);
}

function integers(node: TfjsNode, name: string): number[] {
  return (node.attr?.[name]?.list?.i ?? []).map(Number);
}

function text(attribute: TfjsAttribute | undefined): string | undefined {
  return attribute?.s === undefined ? undefined : atob(attribute.s);
}

function unsupported(node: TfjsNode, what: string): OnnxError {
  return new OnnxError(
    'operator-unsupported',
    `the ${node.op} '${node.name}' has ${what}, which cannot be imported`,
  );
}
