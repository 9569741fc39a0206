/** Import of TensorFlow.js *layers* models: Keras layers, one function each. */
import { OnnxError } from '../errors.ts';
import type { Graph, ValueInfo } from '../model.ts';
import { pad } from '../operators/arrangement.ts';
import { add } from '../operators/elementwise.ts';
import { gemm } from '../operators/linear.ts';
import { batchNormalization } from '../operators/normalization.ts';
import { floats } from '../tensors.ts';
import { Canvas, type Drawn, knownLength, plain, type Sliding } from './canvas.ts';
import type { TfjsLayer, TfjsModel } from './model.ts';
import { addWeight, type Weights } from './weights.ts';

type Rule = (canvas: Canvas, layer: TfjsLayer, inputs: readonly Drawn[]) => Drawn;

const RULES: Readonly<Record<string, Rule>> = {
  InputLayer: inputLayer,
  ZeroPadding2D: zeroPadding,
  Conv2D: conv2d,
  DepthwiseConv2D: depthwiseConv2d,
  BatchNormalization: batchNorm,
  ReLU: reluLayer,
  Activation: (canvas, layer, inputs) => activate(canvas, layer, only(layer, inputs), layer.name),
  Add: addLayer,
  Concatenate: (canvas, layer, inputs) => canvas.concat(inputs, number(layer, 'axis'), layer.name),
  MaxPooling2D: (canvas, layer, inputs) =>
    canvas.maxPool(only(layer, inputs), pair(layer, 'pool_size'), sliding(layer), layer.name),
  AveragePooling2D: (canvas, layer, inputs) =>
    canvas.averagePool(only(layer, inputs), pair(layer, 'pool_size'), sliding(layer), layer.name),
  Flatten: (canvas, layer, inputs) => canvas.flatten(only(layer, inputs), layer.name),
  Dense: dense,
  // Only training drops anything.
  Dropout: (_, layer, inputs) => only(layer, inputs),
};

/** The layers that can be imported. */
export const SUPPORTED_LAYERS: readonly string[] = Object.keys(RULES);

/** Draws a layers model. `free`: whether the picture's height and width stay free. */
export function drawLayers(model: TfjsModel, weights: Weights, free: boolean): Graph {
  const config = networkOf(model);
  const canvas = new Canvas(config.name, weights, free);
  const layers = new Map(config.layers.map((layer) => [layer.name, layer]));
  const drawn = new Map<string, Drawn>();
  for (const layer of inOrder(config.layers, layers)) {
    const rule = Object.hasOwn(RULES, layer.class_name) ? RULES[layer.class_name] : undefined;
    if (!rule) {
      throw new OnnxError(
        'operator-unsupported',
        `the layer '${layer.name}' is a ${layer.class_name}, which cannot be imported`,
      );
    }
    checkLayout(layer);
    drawn.set(
      layer.name,
      rule(
        canvas,
        layer,
        sourcesOf(layer).map((name) => drawn.get(name)!),
      ),
    );
  }
  for (const [name] of config.output_layers) {
    const output = drawn.get(name);
    if (!output) throw malformed(`the output '${name}' is no layer`);
    canvas.output(output);
  }
  return canvas.build();
}

interface Network {
  readonly name: string;
  readonly layers: readonly TfjsLayer[];
  readonly output_layers: readonly (readonly [string, number, number])[];
}

function networkOf(model: TfjsModel): Network {
  const topology = model.modelTopology as { readonly model_config?: unknown };
  const { class_name, config } = (topology.model_config ?? topology) as {
    readonly class_name?: string;
    readonly config?: Partial<Network>;
  };
  if (class_name !== 'Model' && class_name !== 'Functional') {
    throw new OnnxError(
      'operator-unsupported',
      `a Keras model of the class ${class_name} cannot be imported, only Model (Functional)`,
    );
  }
  if (!config || !Array.isArray(config.layers) || !Array.isArray(config.output_layers)) {
    throw malformed('the model has no layers or no outputs');
  }
  return { name: config.name ?? 'model', layers: config.layers, output_layers: config.output_layers };
}

/** Layers after those whose results they take; the file need not list them so. */
function inOrder(listed: readonly TfjsLayer[], layers: ReadonlyMap<string, TfjsLayer>): TfjsLayer[] {
  const order: TfjsLayer[] = [];
  const state = new Map<TfjsLayer, 'open' | 'done'>();
  const visit = (layer: TfjsLayer): void => {
    if (state.get(layer) === 'done') return;
    if (state.get(layer) === 'open') throw malformed(`the layer '${layer.name}' feeds itself`);
    state.set(layer, 'open');
    for (const name of sourcesOf(layer)) {
      const source = layers.get(name);
      if (!source) throw malformed(`'${layer.name}' takes the result of '${name}', which is no layer`);
      visit(source);
    }
    state.set(layer, 'done');
    order.push(layer);
  };
  for (const layer of listed) visit(layer);
  return order;
}

function sourcesOf(layer: TfjsLayer): string[] {
  const calls = layer.inbound_nodes ?? [];
  if (calls.length > 1) {
    throw new OnnxError('operator-unsupported', `the layer '${layer.name}' is used more than once`);
  }
  return (calls[0] ?? []).map(([name]) => name);
}

function inputLayer(canvas: Canvas, layer: TfjsLayer): Drawn {
  const shape = layer.config.batch_input_shape ?? layer.config.batch_shape;
  if (!Array.isArray(shape)) throw malformed(`the input '${layer.name}' has no shape`);
  return canvas.input(layer.name, shape as (number | null)[]);
}

function zeroPadding(canvas: Canvas, layer: TfjsLayer, inputs: readonly Drawn[]): Drawn {
  const [[top, bottom], [left, right]] = layer.config.padding as [[number, number], [number, number]];
  const pads = [0, 0, top, left, 0, 0, bottom, right];
  return {
    info: pad(canvas.builder, canvas.channelsFirst(only(layer, inputs)), pads, layer.name),
    channelsFirst: true,
  };
}

function conv2d(canvas: Canvas, layer: TfjsLayer, inputs: readonly Drawn[]): Drawn {
  const kernel = canvas.weights.get(`${layer.name}/kernel`);
  const conv = canvas.conv(only(layer, inputs), kernel, bias(canvas, layer), sliding(layer), layer.name);
  return activate(canvas, layer, conv);
}

function depthwiseConv2d(canvas: Canvas, layer: TfjsLayer, inputs: readonly Drawn[]): Drawn {
  const kernel = canvas.weights.get(`${layer.name}/depthwise_kernel`);
  const x = only(layer, inputs);
  return activate(
    canvas,
    layer,
    canvas.depthwiseConv(x, kernel, bias(canvas, layer), sliding(layer), layer.name),
  );
}

function bias(canvas: Canvas, layer: TfjsLayer): ReturnType<Weights['get']> | null {
  return layer.config.use_bias === false ? null : canvas.weights.get(`${layer.name}/bias`);
}

function batchNorm(canvas: Canvas, layer: TfjsLayer, inputs: readonly Drawn[]): Drawn {
  const x = only(layer, inputs);
  const rank = x.info.shape?.length ?? 0;
  const axis = Number([layer.config.axis ?? -1].flat()[0]);
  if (axis !== -1 && axis !== rank - 1) throw unsupported(layer, `the axis ${axis}`);
  const { builder, weights } = canvas;
  const mean = weights.get(`${layer.name}/moving_mean`);
  const channels = mean.stored.dims[0] ?? 0;
  const parameter = (name: string, there: unknown, otherwise: number): ValueInfo =>
    there === false
      ? builder.constant(floats(new Float32Array(channels).fill(otherwise)), `${layer.name}/${name}`)
      : addWeight(builder, weights.get(`${layer.name}/${name}`), `${layer.name}/${name}`);
  const parameters = {
    scale: parameter('gamma', layer.config.scale, 1),
    bias: parameter('beta', layer.config.center, 0),
    mean: addWeight(builder, mean, `${layer.name}/moving_mean`),
    variance: parameter('moving_variance', true, 1),
  };
  const epsilon = number(layer, 'epsilon');
  const channelsFirst = rank === 4;
  const input = channelsFirst ? canvas.channelsFirst(x) : x.info;
  return { info: batchNormalization(builder, input, parameters, epsilon, layer.name), channelsFirst };
}

function reluLayer(canvas: Canvas, layer: TfjsLayer, inputs: readonly Drawn[]): Drawn {
  const { max_value: max = null, negative_slope: slope = 0, threshold = 0 } = layer.config;
  if (slope || threshold) throw unsupported(layer, 'a slope or threshold');
  if (max !== null && max !== 6) throw unsupported(layer, `the largest value ${max}`);
  return canvas.activation(only(layer, inputs), max === 6 ? 'relu6' : 'relu', layer.name);
}

function addLayer(canvas: Canvas, layer: TfjsLayer, inputs: readonly Drawn[]): Drawn {
  const [first, ...rest] = inputs;
  if (!first) throw malformed(`'${layer.name}' has no inputs`);
  return rest.reduce((sum, x) => canvas.binary(add, sum, x, layer.name), first);
}

function dense(canvas: Canvas, layer: TfjsLayer, inputs: readonly Drawn[]): Drawn {
  const x = only(layer, inputs);
  if (x.info.shape?.length !== 2) throw unsupported(layer, 'anything but [batch, features]');
  knownLength(x.info.shape, 1, `the layer '${layer.name}'`);
  const weight = addWeight(
    canvas.builder,
    canvas.weights.get(`${layer.name}/kernel`),
    `${layer.name}/kernel`,
  );
  const stored = bias(canvas, layer);
  const offset = stored ? addWeight(canvas.builder, stored, `${layer.name}/bias`) : undefined;
  return activate(canvas, layer, plain(gemm(canvas.builder, x.info, weight, offset, layer.name)));
}

function activate(canvas: Canvas, layer: TfjsLayer, x: Drawn, name?: string): Drawn {
  const kind = layer.config.activation;
  if (kind === undefined || kind === null) return x;
  if (typeof kind !== 'string') throw unsupported(layer, 'an activation that is a layer');
  return canvas.activation(x, kind, name ?? `${layer.name}/${kind}`);
}

function sliding(layer: TfjsLayer): Sliding {
  const { padding } = layer.config;
  if (padding !== 'same' && padding !== 'valid') throw unsupported(layer, `the padding ${padding}`);
  const dilations = layer.config.dilation_rate === undefined ? undefined : pair(layer, 'dilation_rate');
  return { strides: pair(layer, 'strides'), same: padding === 'same', ...(dilations && { dilations }) };
}

function checkLayout(layer: TfjsLayer): void {
  const format = layer.config.data_format ?? 'channels_last';
  if (format !== 'channels_last') throw unsupported(layer, `the layout ${format}`);
}

function only(layer: TfjsLayer, inputs: readonly Drawn[]): Drawn {
  const [input] = inputs;
  if (input && inputs.length === 1) return input;
  throw malformed(`'${layer.name}' takes one input, not ${inputs.length}`);
}

function pair(layer: TfjsLayer, field: string): [number, number] {
  const value = layer.config[field];
  if (typeof value === 'number') return [value, value];
  const [height, width] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof height === 'number' && typeof width === 'number') return [height, width];
  throw malformed(`'${layer.name}' should have two numbers as ${field}`);
}

function number(layer: TfjsLayer, field: string): number {
  const value = layer.config[field];
  if (typeof value === 'number') return value;
  throw malformed(`'${layer.name}' should have a number as ${field}`);
}

function malformed(message: string): OnnxError {
  return new OnnxError('tfjs-malformed', message);
}

function unsupported(layer: TfjsLayer, what: string): OnnxError {
  return new OnnxError(
    'operator-unsupported',
    `the ${layer.class_name} '${layer.name}' has ${what}, which cannot be imported`,
  );
}
