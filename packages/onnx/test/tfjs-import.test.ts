/** Small TensorFlow.js models, made here, imported and compared with TensorFlow.js at several sizes of picture. */
import { describe, expect, it } from 'vitest';
import { importTfjs, OnnxError, type TfjsLayer, type TfjsModel, type TfjsWeight } from '../src/index.ts';
import { randomFloats } from './nets.ts';
import { largestDifference, loadModel } from './ort.ts';
import { loadTfjs, type Picture } from './tfjs.ts';

type Size = readonly [height: number, width: number];

interface Layer {
  readonly kind: string;
  readonly config?: Record<string, unknown>;
  readonly from?: readonly string[];
  readonly name?: string;
  readonly weights?: Readonly<Record<string, readonly number[]>>;
}

const CONV = { data_format: 'channels_last', dilation_rate: [1, 1], activation: 'linear', use_bias: true };

/** A Keras model of layers one after another (or `from` others), its weights random; half of them in 8 bits. */
function kerasModel(layers: readonly Layer[], size: Size | null, channels = 2): [TfjsModel, Uint8Array] {
  const input: TfjsLayer = {
    class_name: 'InputLayer',
    name: 'input',
    config: {
      name: 'input',
      batch_input_shape: [null, ...(size ?? [null, null]), channels],
      dtype: 'float32',
    },
    inbound_nodes: [],
  };
  const weights: TfjsWeight[] = [];
  const bytes: Uint8Array[] = [];
  const drawn = layers.map((layer, index): TfjsLayer => {
    const name = layer.name ?? `layer_${index}`;
    const before = index === 0 ? 'input' : (layers[index - 1]!.name ?? `layer_${index - 1}`);
    for (const [weight, shape] of Object.entries(layer.weights ?? {})) {
      const values = randomFloats(
        shape.reduce((product, dim) => product * dim, 1),
        weights.length + 1,
        weight === 'moving_variance' ? 0.5 : -0.5,
        weight === 'moving_variance' ? 2 : 0.5,
      );
      const stored = { name: `${name}/${weight}`, shape, dtype: 'float32' };
      if (shape.length > 1 && weights.length % 2 === 0) {
        weights.push({ ...stored, quantization: { dtype: 'uint8', scale: 0.00390625, min: -0.5 } });
        bytes.push(Uint8Array.from(values, (value) => Math.round((value + 0.5) * 255)));
      } else {
        weights.push(stored);
        bytes.push(new Uint8Array(values.buffer));
      }
    }
    return {
      class_name: layer.kind,
      name,
      config: { name, ...layer.config },
      inbound_nodes: [(layer.from ?? [before]).map((source) => [source, 0, 0, {}] as const)],
    };
  });
  const config = {
    name: 'small',
    layers: [input, ...drawn],
    input_layers: [['input', 0, 0]],
    output_layers: [[drawn.at(-1)!.name, 0, 0]],
  };
  return [
    {
      modelTopology: {
        keras_version: '2.2.4',
        backend: 'tensorflow',
        model_config: { class_name: 'Model', config },
      },
      weightsManifest: [{ paths: ['weights.bin'], weights }],
    },
    Buffer.concat(bytes),
  ];
}

function picture(height: number, width: number, channels = 2, batch = 2): Picture {
  return {
    data: randomFloats(batch * height * width * channels, height * 1000 + width),
    dims: [batch, height, width, channels],
  };
}

function conv(kernel: Size, strides: Size, padding: string, outputs: number, inputs = 2): Layer {
  return {
    kind: 'Conv2D',
    config: { ...CONV, filters: outputs, kernel_size: kernel, strides, padding },
    weights: { kernel: [...kernel, inputs, outputs], bias: [outputs] },
  };
}

function depthwise(kernel: Size, strides: Size, padding: string, multiplier: number, inputs = 2): Layer {
  return {
    kind: 'DepthwiseConv2D',
    config: { ...CONV, depth_multiplier: multiplier, kernel_size: kernel, strides, padding },
    weights: { depthwise_kernel: [...kernel, inputs, multiplier], bias: [inputs * multiplier] },
  };
}

function pool(kind: string, size: Size, strides: Size, padding: string): Layer {
  return { kind, config: { pool_size: size, strides, padding, data_format: 'channels_last' } };
}

function dense(inputs: number, outputs: number, activation: string): Layer {
  return {
    kind: 'Dense',
    config: { units: outputs, activation, use_bias: true },
    weights: { kernel: [inputs, outputs], bias: [outputs] },
  };
}

const NORM: Layer = {
  kind: 'BatchNormalization',
  config: { axis: -1, epsilon: 0.001, momentum: 0.9, center: true, scale: false },
  weights: { beta: [2], moving_mean: [2], moving_variance: [2] },
};

const FULLY_CONVOLUTIONAL: readonly (readonly [string, readonly Layer[]])[] = [
  ['a convolution with stride 2', [conv([3, 3], [2, 2], 'same', 4)]],
  ['a wide convolution with long strides', [conv([5, 7], [3, 2], 'same', 3)]],
  ['a convolution without padding', [conv([3, 2], [2, 1], 'valid', 3)]],
  [
    'convolutions after one another',
    [conv([3, 3], [2, 2], 'same', 2), conv([3, 3], [2, 2], 'same', 2), conv([1, 7], [1, 1], 'same', 2)],
  ],
  ['a depthwise convolution', [depthwise([3, 3], [1, 1], 'same', 1)]],
  ['a depthwise convolution with stride 2', [depthwise([3, 3], [2, 2], 'same', 1)]],
  [
    'zero padding',
    [
      {
        kind: 'ZeroPadding2D',
        config: {
          padding: [
            [0, 1],
            [2, 1],
          ],
          data_format: 'channels_last',
        },
      },
      depthwise([3, 3], [2, 2], 'valid', 1),
    ],
  ],
  ['the largest of windows', [pool('MaxPooling2D', [3, 3], [2, 2], 'same')]],
  ['the largest of windows without padding', [pool('MaxPooling2D', [3, 3], [2, 2], 'valid')]],
  ['the mean of windows', [pool('AveragePooling2D', [3, 3], [2, 2], 'same')]],
  ['the mean of windows with stride 1', [pool('AveragePooling2D', [3, 3], [1, 1], 'same')]],
  [
    'normalisation and activations',
    [
      NORM,
      { kind: 'ReLU', config: { max_value: 6, negative_slope: 0, threshold: 0 } },
      { kind: 'Activation', config: { activation: 'sigmoid' } },
    ],
  ],
  ['a softmax over channels', [{ kind: 'Activation', config: { activation: 'softmax' } }]],
  [
    'branches',
    [
      { ...conv([3, 3], [2, 2], 'same', 2), name: 'a', from: ['input'] },
      { ...pool('MaxPooling2D', [3, 3], [2, 2], 'same'), name: 'b', from: ['input'] },
      { kind: 'Add', name: 'sum', from: ['a', 'b'] },
      { kind: 'Concatenate', config: { axis: 3 }, name: 'all', from: ['a', 'sum', 'b'] },
      { kind: 'Concatenate', config: { axis: 1 }, name: 'tall', from: ['all', 'all'] },
    ],
  ],
];

describe('layers that take any size', () => {
  it.each(FULLY_CONVOLUTIONAL)('%s', async (_, layers) => {
    const [model, weights] = kerasModel(layers, null);
    using reference = await loadTfjs(model, weights);
    const session = await loadModel(importTfjs(model, weights));
    for (const [height, width] of [
      [16, 16],
      [17, 17],
      [18, 23],
      [31, 20],
    ] as const) {
      const input = picture(height, width);
      const { data } = await session.run(input);
      expect(largestDifference(data, reference.run(input)), `${height}x${width}`).toBeLessThan(1e-5);
    }
  });
});

describe('the size of the picture', () => {
  const HEAD = [
    { kind: 'Flatten', config: { data_format: 'channels_last' } },
    { kind: 'Dropout', config: { rate: 0.5 } },
  ];

  it('is free where a pool takes the mean of the whole map', async () => {
    const layers = [
      conv([3, 3], [2, 2], 'same', 4),
      pool('AveragePooling2D', [4, 4], [4, 4], 'valid'),
      ...HEAD,
      dense(4, 3, 'softmax'),
    ];
    const [model, weights] = kerasModel(layers, [8, 8]);
    const imported = importTfjs(model, weights);
    expect(imported.graph.inputs[0]!.shape).toEqual(['batch', 'height', 'width', 2]);
    using reference = await loadTfjs(model, weights);
    const session = await loadModel(imported);
    const input = picture(8, 8);
    expect(largestDifference((await session.run(input)).data, reference.run(input))).toBeLessThan(1e-6);
    expect((await session.run(picture(19, 30))).dims).toEqual([2, 3]);
  });

  it('is fixed where a layer takes every pixel for itself', async () => {
    const layers = [conv([3, 3], [2, 2], 'same', 4), ...HEAD, dense(80, 3, 'relu'), dense(3, 2, 'tanh')];
    const [model, weights] = kerasModel(layers, [8, 10]);
    const imported = importTfjs(model, weights);
    expect(imported.graph.inputs[0]!.shape).toEqual(['batch', 8, 10, 2]);
    using reference = await loadTfjs(model, weights);
    const input = picture(8, 10);
    const { data } = await (await loadModel(imported)).run(input);
    expect(largestDifference(data, reference.run(input))).toBeLessThan(1e-5);
  });
});

describe('what cannot be imported', () => {
  const refusal = (act: () => unknown): OnnxError => {
    try {
      act();
    } catch (error) {
      expect(error).toBeInstanceOf(OnnxError);
      return error as OnnxError;
    }
    throw new Error('nothing was refused');
  };

  it.each<readonly [string, Layer]>([
    ["the layer 'odd' is a LSTM", { kind: 'LSTM', name: 'odd' }],
    ['the activation swish', { kind: 'Activation', config: { activation: 'swish' }, name: 'odd' }],
    [
      'channels_first',
      {
        ...pool('MaxPooling2D', [2, 2], [2, 2], 'same'),
        config: { data_format: 'channels_first' },
        name: 'odd',
      },
    ],
    ['a slope or threshold', { kind: 'ReLU', config: { negative_slope: 0.1 }, name: 'odd' }],
    ['the padding causal', { ...pool('MaxPooling2D', [2, 2], [2, 2], 'causal'), name: 'odd' }],
  ])('is named: %s', (message, layer) => {
    const error = refusal(() => importTfjs(...kerasModel([layer], [8, 8])));
    expect(error.code).toBe('operator-unsupported');
    expect(error.message).toContain(message);
    expect(error.message).toContain("'odd'");
  });

  it.each([
    ['NonMaxSuppressionV5', {}, /'head\/odd' is a NonMaxSuppressionV5/],
    ['_FusedMatMul', { transpose_b: { b: true } }, /_FusedMatMul 'head\/odd' has transposed inputs/],
  ])('is named in a graph model: %s', (op, attr, message) => {
    const node = [
      { name: 'x', op: 'Placeholder', attr: { shape: { shape: { dim: [{ size: '-1' }, { size: '4' }] } } } },
      { name: 'head/odd', op, input: ['x', 'x'], attr },
    ];
    const error = refusal(() =>
      importTfjs({ modelTopology: { node }, weightsManifest: [] }, new Uint8Array()),
    );
    expect(error.code).toBe('operator-unsupported');
    expect(error.message).toMatch(message);
  });

  it('is said of weights that are too few, too many, missing or of an unknown type', () => {
    const [model, weights] = kerasModel([conv([3, 3], [1, 1], 'same', 2)], [8, 8]);
    const manifest = model.weightsManifest[0]!;
    const changed = (first: Partial<TfjsWeight>): TfjsModel => ({
      ...model,
      weightsManifest: [
        { ...manifest, weights: [{ ...manifest.weights[0]!, ...first }, ...manifest.weights.slice(1)] },
      ],
    });
    expect(refusal(() => importTfjs(model, weights.subarray(1))).code).toBe('tfjs-malformed');
    expect(refusal(() => importTfjs(model, Buffer.concat([weights, weights]))).code).toBe('tfjs-malformed');
    expect(refusal(() => importTfjs(changed({ name: 'other' }), weights)).message).toContain(
      "'layer_0/kernel'",
    );
    const typed = refusal(() => importTfjs(changed({ dtype: 'complex64' }), weights));
    expect([typed.code, typed.message]).toEqual([
      'element-type-unsupported',
      expect.stringContaining('complex64'),
    ]);
  });

  it.each([
    ['nothing', {}],
    ['null', { modelTopology: null, weightsManifest: [] }],
    [
      'no layers',
      { modelTopology: { model_config: { class_name: 'Model', config: {} } }, weightsManifest: [] },
    ],
    ['a list of layers that is none', { modelTopology: { node: 3 }, weightsManifest: [] }],
    [
      'layers without a configuration',
      {
        modelTopology: { model_config: { class_name: 'Model', config: { layers: [{}], output_layers: [] } } },
        weightsManifest: [],
      },
    ],
  ])('is said of a model.json with %s', (_, model) => {
    const error = refusal(() => importTfjs(model as unknown as TfjsModel, new Uint8Array()));
    expect(['tfjs-malformed', 'operator-unsupported']).toContain(error.code);
  });

  it('is said of layers that feed each other', () => {
    const [model, weights] = kerasModel(
      [
        { kind: 'Add', name: 'a', from: ['b', 'b'] },
        { kind: 'Add', name: 'b', from: ['a', 'a'] },
      ],
      [8, 8],
    );
    expect(refusal(() => importTfjs(model, weights)).message).toContain('feeds itself');
  });
});
