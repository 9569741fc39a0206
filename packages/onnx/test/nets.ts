/** Small random networks for property tests: what is drawn at random is their structure and their weights. */
import fc from 'fast-check';
import {
  add,
  argMax,
  averagePool,
  batchNormalization,
  cast,
  clip,
  concat,
  conv,
  dequantize,
  flatten,
  floats,
  type Graph,
  GraphBuilder,
  gemm,
  globalAveragePool,
  greater,
  logSoftmax,
  max,
  maxPool,
  mul,
  neg,
  pad,
  reduceMean,
  reduceSum,
  reduceSumSquare,
  relu,
  reshape,
  sigmoid,
  softmax,
  sqrt,
  squeeze,
  sub,
  tanh,
  tensor,
  transpose,
  unsqueeze,
  type ValueInfo,
} from '../src/index.ts';

/** Numbers that look random and are the same each time. */
export function randomFloats(count: number, seed: number, low = -1, high = 1): Float32Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * (state >>> 8)) / 2 ** 24;
  });
}

/** How the weights of a convolution are kept. */
export type Storage = 'float' | 'bytes' | 'bytes without a zero';

export const storages: fc.Arbitrary<Storage> = fc.constantFrom('float', 'bytes', 'bytes without a zero');

/** Puts a kernel into the graph in one of the ways. */
export function addKernel(
  builder: GraphBuilder,
  dims: readonly number[],
  storage: Storage,
  seed: number,
): ValueInfo {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (storage === 'float') return builder.constant(floats(randomFloats(count, seed), dims), 'kernel');
  const bytes = Uint8Array.from(randomFloats(count, seed, 0, 256));
  const scale = 0.0078125 * (1 + (seed % 7));
  const min = -scale * (storage === 'bytes' ? 131 : 130.37);
  return dequantize(builder, tensor('uint8', dims, bytes), { scale, min }, 'kernel');
}

/** Puts a batch normalisation with random statistics behind a value. */
export function addBatchNorm(builder: GraphBuilder, x: ValueInfo, channels: number, seed: number): ValueInfo {
  const vector = (name: string, offset: number, low: number, high: number): ValueInfo =>
    builder.constant(floats(randomFloats(channels, seed + offset, low, high)), name);
  const parameters = {
    scale: vector('gamma', 1, -2, 2),
    bias: vector('beta', 2, -1, 1),
    mean: vector('mean', 3, -1, 1),
    variance: vector('variance', 4, 0.01, 3),
  };
  return batchNormalization(builder, x, parameters, 1e-3);
}

/** One step of a random network on `[batch, channels, height, width]`. */
export type Step = (builder: GraphBuilder, x: ValueInfo, seed: number) => ValueInfo;

const small = fc.integer({ min: 1, max: 3 });
// Four steps of these leave more of 40 pixels than a window.
const steps = fc.integer({ min: 1, max: 2 });
const pads = fc.oneof(fc.constant('same' as const), fc.tuple(fc.nat(1), fc.nat(1), fc.nat(1), fc.nat(1)));

function channelsOf(x: ValueInfo): number {
  return x.shape![1] as number;
}

const convolutions: fc.Arbitrary<Step> = fc
  .record({
    kernel: fc.tuple(small, small),
    strides: fc.tuple(steps, steps),
    pads,
    outputs: small,
    depthwise: fc.boolean(),
    storage: storages,
    norm: fc.boolean(),
  })
  .map(({ kernel, strides, pads: padding, outputs, depthwise, storage, norm }) => (builder, x, seed) => {
    const channels = channelsOf(x);
    const dims = depthwise ? [channels, 1, ...kernel] : [outputs, channels, ...kernel];
    const weight = addKernel(builder, dims, storage, seed);
    const bias = builder.constant(floats(randomFloats(dims[0]!, seed + 9)), 'bias');
    const y = conv(builder, x, weight, {
      strides,
      pads: padding,
      group: depthwise ? channels : 1,
      ...(seed % 2 && { bias }),
    });
    return norm ? addBatchNorm(builder, y, dims[0]!, seed) : y;
  });

const pools: fc.Arbitrary<Step> = fc
  .record({
    kernel: fc.constantFrom([2, 2] as const, [3, 3] as const, [3, 2] as const),
    strides: fc.tuple(steps, steps),
    same: fc.boolean(),
    largest: fc.boolean(),
  })
  .map(
    ({ kernel, strides, same, largest }) =>
      (builder, x) =>
        (largest ? maxPool : averagePool)(builder, x, kernel, {
          strides,
          ...(same && { pads: 'same' as const }),
        }),
  );

const simple: fc.Arbitrary<Step> = fc.constantFrom<Step>(
  (b, x) => relu(b, x),
  (b, x) => clip(b, x, -0.5, 0.5),
  (b, x) => sigmoid(b, x),
  (b, x) => max(b, neg(b, x), x),
  (b, x) => sqrt(b, relu(b, x)),
  (b, x) => logSoftmax(b, x, 1),
  (b, x) => sub(b, x, reduceMean(b, x, { axes: [-1, 2], keepDims: true })),
  (b, x) => tanh(b, x),
  (b, x) => add(b, x, relu(b, x)),
  (b, x) => sub(b, sigmoid(b, x), x),
  (b, x, seed) => mul(b, x, b.constant(floats(randomFloats(channelsOf(x), seed), [channelsOf(x), 1, 1]))),
  (b, x) => concat(b, [x, relu(b, x)], 1),
  (b, x) => concat(b, [x, x], 2),
  (b, x) => transpose(b, x, [0, 1, 3, 2]),
  // Never right before a pool: ONNX Runtime 1.30 moves it in there, and fails where both pads are as wide as the window.
  (b, x) => relu(b, pad(b, x, [0, 0, 1, 0, 0, 0, 0, 1])),
  (b, x) => squeeze(b, unsqueeze(b, x, [0, 3]), [0, 3]),
  (b, x, seed) =>
    conv(b, pad(b, x, [0, 0, 0, 1, 0, 0, 1, 1]), addKernel(b, [2, channelsOf(x), 2, 2], 'float', seed)),
);

const heads: fc.Arbitrary<Step> = fc.constantFrom<Step>(
  (_, x) => x,
  (b, x) => globalAveragePool(b, x),
  (b, x) => flatten(b, x),
  (b, x) => reshape(b, x, [0, 0, -1]),
  (b, x) => reduceSum(b, x, { axes: [1, -2] }),
  (b, x) => reduceSumSquare(b, x),
  (b, x) => cast(b, argMax(b, x, 1), 'float32'),
  (b, x) => cast(b, greater(b, x, reduceMean(b, x)), 'float32'),
  (b, x, seed) => {
    const pooled = flatten(b, globalAveragePool(b, x));
    const weight = b.constant(floats(randomFloats(channelsOf(x) * 4, seed), [channelsOf(x), 4]));
    return softmax(b, gemm(b, pooled, weight, b.constant(floats(randomFloats(4, seed + 1)))));
  },
);

/** A network, and a size of picture that it can take. */
export interface RandomNet {
  readonly graph: Graph;
  readonly dims: readonly [batch: number, channels: number, height: number, width: number];
}

/** Random networks with free batch, height and width. */
export const nets: fc.Arbitrary<RandomNet> = fc
  .record({
    layers: fc.array(fc.oneof(convolutions, pools, simple), { minLength: 1, maxLength: 4 }),
    head: heads,
    dims: fc.tuple(small, small, fc.integer({ min: 40, max: 60 }), fc.integer({ min: 40, max: 60 })),
    seed: fc.nat(1000),
  })
  .map(({ layers, head, dims, seed }) => {
    const builder = new GraphBuilder('random');
    let x = builder.input('x', 'float32', ['batch', dims[1], 'height', 'width']);
    layers.forEach((step, index) => {
      x = step(builder, x, seed + index * 17);
    });
    builder.output(head(builder, x, seed + 101), 'y');
    return { graph: builder.build(), dims };
  });
