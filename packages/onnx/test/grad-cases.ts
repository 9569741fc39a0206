/** What `tools/oracles/grad.py` computes, as ONNX graphs: one for each of its cases, by name. */
import {
  add,
  attribute,
  averagePool,
  batchNormalization,
  batchNormalizationTraining,
  cast,
  clip,
  concat,
  conv,
  convTranspose,
  div,
  exp,
  expand,
  flatten,
  floats,
  type GraphBuilder,
  gather,
  gemm,
  globalAveragePool,
  greater,
  integers,
  layerNormalization,
  log,
  logSoftmax,
  matMul,
  maxPool,
  mul,
  neg,
  pad,
  pow,
  reduceMax,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  scalar,
  sigmoid,
  slice,
  softmax,
  split,
  sqrt,
  squeeze,
  sub,
  tanh,
  tensor,
  transpose,
  unsqueeze,
  type ValueInfo,
  where,
} from '../src/index.ts';

/** At least one input; the others are there if the oracle's case has them. */
type Make = (builder: GraphBuilder, x: ValueInfo, ...others: ValueInfo[]) => ValueInfo;

/** A case whose batch (axis 0 of the first input and of the result) may be free. */
export interface Case {
  readonly make: Make;
  readonly isBatchFree: boolean;
}

const one =
  (opType: string, attributes: Parameters<GraphBuilder['one']>[2] = {}): Make =>
  (builder, ...inputs) =>
    builder.one(opType, inputs, attributes);

const unary =
  (make: (builder: GraphBuilder, x: ValueInfo) => ValueInfo): Make =>
  (builder, x) =>
    make(builder, x);

const binary =
  (make: (builder: GraphBuilder, a: ValueInfo, b: ValueInfo) => ValueInfo): Make =>
  (builder, a, b) =>
    make(builder, a, b!);

const constant = (builder: GraphBuilder, value: number): ValueInfo => builder.constant(scalar(value));

function indices(builder: GraphBuilder, values: readonly number[], dims: readonly number[]): ValueInfo {
  return builder.constant(tensor('int64', dims, BigInt64Array.from(values, BigInt)));
}

const reduce =
  (opType: string, axes: readonly number[], keepdims: 0 | 1): Make =>
  (builder, x) =>
    builder.one(opType, [x, builder.constant(integers(axes))], { keepdims: attribute.int(keepdims) });

const gemmWith = (transA: 0 | 1, transB: 0 | 1, alpha = 1, beta = 1): Make =>
  one('Gemm', {
    transA: attribute.int(transA),
    transB: attribute.int(transB),
    alpha: attribute.float(alpha),
    beta: attribute.float(beta),
  });

const convWith =
  (options: Omit<NonNullable<Parameters<typeof conv>[3]>, 'bias'> = {}): Make =>
  (builder, x, weight, bias) =>
    conv(builder, x, weight!, { ...options, ...(bias && { bias }) });

const convAutomatic = (autoPad: string, strides: readonly number[]): Make =>
  one('Conv', { auto_pad: attribute.string(autoPad), strides: attribute.ints(strides) });

const pool = (
  opType: string,
  pads: readonly number[],
  strides: readonly number[],
  includePads = 0,
  ceiled = 0,
): Make =>
  one(opType, {
    kernel_shape: attribute.ints([3, 3]),
    strides: attribute.ints(strides),
    pads: attribute.ints(pads),
    ceil_mode: attribute.int(ceiled),
    ...(opType === 'AveragePool' && { count_include_pad: attribute.int(includePads) }),
  });

const resize =
  (mode: 'nearest' | 'linear', by: { scales: number[] } | { sizes: number[] }, coordinates: string): Make =>
  (builder, x) => {
    const scales = 'scales' in by ? builder.constant(floats(by.scales)) : null;
    const sizes = 'sizes' in by ? builder.constant(integers(by.sizes)) : null;
    return builder.one('Resize', sizes ? [x, null, null, sizes] : [x, null, scales], {
      mode: attribute.string(mode),
      coordinate_transformation_mode: attribute.string(coordinates),
      ...(mode === 'nearest' && { nearest_mode: attribute.string('floor') }),
    });
  };

const statistics = (scale: ValueInfo, bias: ValueInfo, mean: ValueInfo, variance: ValueInfo) => ({
  scale,
  bias,
  mean,
  variance,
});

/** The whole network: convolutions of several kinds, normalisation over the batch, a shortcut, pooling, a loss. */
const smallNet: Make = (b, x, w1, scale, bias, w2, w3, w4, b4) => {
  const zeros = b.constant(floats(new Float32Array(4)));
  const first = conv(b, x, w1!, { strides: [2, 2], pads: [1, 1, 1, 1] });
  const normal = batchNormalizationTraining(b, first, statistics(scale!, bias!, zeros, zeros), 1e-3, 0.9);
  const deep = conv(b, relu(b, normal.y), w2!, { pads: 'same', group: 4 });
  const wide = conv(b, deep, w3!);
  const added = add(b, wide, b.one('HardSwish', [wide]));
  const pooled = flatten(
    b,
    globalAveragePool(b, maxPool(b, added, [3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] })),
  );
  const scores = logSoftmax(b, gemm(b, pooled, w4!, b4!));
  return neg(b, reduceMean(b, gather(b, scores, indices(b, [0], []), 1)));
};

const withBatch: Record<string, Make> = {
  Add: binary(add),
  Sub: binary(sub),
  Mul: binary(mul),
  'Mul: of itself': (b, x) => mul(b, x, x),
  Div: binary(div),
  Max: one('Max'),
  Min: one('Min'),
  Neg: unary(neg),
  Abs: one('Abs'),
  Reciprocal: one('Reciprocal'),
  'Pow: square': (b, x) => pow(b, x, constant(b, 2)),
  'Pow: cube': (b, x) => pow(b, x, constant(b, 3)),
  'Pow: 0.5': (b, x) => pow(b, x, constant(b, 0.5)),
  'Pow: both': binary(pow),
  Relu: unary(relu),
  Clip: (b, x) => clip(b, x, -0.5, 0.25),
  'Clip: from below': (b, x) => b.one('Clip', [x, constant(b, -0.5)]),
  LeakyRelu: one('LeakyRelu', { alpha: attribute.float(0.2) }),
  PRelu: (b, x, slope) => b.one('PRelu', [x, reshape(b, slope!, [3, 1])]),
  Sigmoid: unary(sigmoid),
  Tanh: unary(tanh),
  Softplus: one('Softplus'),
  HardSigmoid: one('HardSigmoid', { alpha: attribute.float(1 / 6), beta: attribute.float(0.5) }),
  HardSwish: one('HardSwish'),
  Erf: one('Erf'),
  Gelu: one('Gelu'),
  'Gelu: tanh': one('Gelu', { approximate: attribute.string('tanh') }),
  Exp: unary(exp),
  Log: unary(log),
  Sqrt: unary(sqrt),
  Where: (b, a, other) => where(b, greater(b, a, constant(b, 0.1)), a, other!),
  Cast: (b, x) => {
    const wide = cast(b, x, 'float64');
    return cast(b, mul(b, wide, wide), 'float32');
  },
  Identity: one('Identity'),
  Softmax: unary(softmax),
  'Softmax: axis 1': (b, x) => softmax(b, x, 1),
  LogSoftmax: unary(logSoftmax),
  'LogSoftmax: axis 1': (b, x) => logSoftmax(b, x, 1),
  ReduceSum: (b, x) => reduceSum(b, x, { axes: [1] }),
  ReduceMax: (b, x) => reduceMax(b, x, { axes: [2] }),
  ReduceMin: reduce('ReduceMin', [1], 1),
  ReduceL2: reduce('ReduceL2', [2], 0),
  ReduceSumSquare: reduce('ReduceSumSquare', [1], 0),
  'MatMul: many by one': binary(matMul),
  'MatMul: broadcast': binary(matMul),
  'MatMul: vector on the right': binary(matMul),
  Conv: convWith(),
  'Conv: pads': convWith({ pads: [2, 0, 1, 1] }),
  'Conv: strides': convWith({ strides: [2, 3], pads: [1, 1, 1, 1] }),
  'Conv: dilations': convWith({ dilations: [2, 3], pads: [1, 0, 1, 0] }),
  'Conv: everything': convWith({ strides: [2, 1], dilations: [1, 2], pads: [2, 1, 2, 1], group: 2 }),
  'Conv: groups': convWith({ pads: [1, 1, 1, 1], group: 2 }),
  'Conv: depthwise': convWith({ pads: 'same', group: 3 }),
  'Conv: depthwise strides': convWith({ strides: [2, 2], pads: [1, 1, 1, 1], group: 3 }),
  'Conv: depthwise multiplier': convWith({ group: 3 }),
  'Conv: depthwise, wide': convWith({ pads: [1, 1, 1, 0], group: 2 }),
  'Conv: depthwise pads': convWith({ pads: [0, 2, 3, 1], group: 2 }),
  'Conv: depthwise dilations': convWith({ pads: 'same', dilations: [2, 2], group: 3 }),
  'Conv: depthwise, tiles': convWith({ pads: 'same', group: 2 }),
  'Conv: depthwise, tiles, strides': convWith({ strides: [2, 2], pads: [1, 1, 1, 1], group: 2 }),
  'Conv: depthwise, tiles, dilations': convWith({ pads: [1, 2, 1, 2], dilations: [2, 2], group: 2 }),
  'Conv: 1x1': convWith(),
  'Conv: 1x1 strides': convWith({ strides: [2, 2] }),
  'Conv: 1x1 groups': convWith({ group: 2 }),
  'Conv: 1x1 pads': convWith({ pads: [1, 1, 1, 1] }),
  'Conv: SAME_UPPER': convAutomatic('SAME_UPPER', [2, 2]),
  'Conv: SAME_LOWER': convAutomatic('SAME_LOWER', [2, 2]),
  'Conv: VALID': convAutomatic('VALID', [1, 1]),
  'Conv: one axis': one('Conv', { strides: attribute.ints([2]), pads: attribute.ints([1, 1]) }),
  ConvTranspose: (b, x, w, bias) => convTranspose(b, x, w!, { bias: bias! }),
  'ConvTranspose: strides': (b, x, w) =>
    convTranspose(b, x, w!, { strides: [2, 2], pads: [1, 1, 1, 1], outputPadding: [1, 1], group: 2 }),
  'ConvTranspose: dilations': (b, x, w) => convTranspose(b, x, w!, { dilations: [2, 2], pads: [1, 0, 1, 0] }),
  MaxPool: (b, x) => maxPool(b, x, [2, 2], { strides: [2, 2] }),
  'MaxPool: overlapping': pool('MaxPool', [1, 1, 1, 1], [2, 2]),
  AveragePool: (b, x) => averagePool(b, x, [2, 3], { strides: [2, 3] }),
  'AveragePool: without pads': pool('AveragePool', [1, 1, 1, 1], [2, 2]),
  'AveragePool: with pads': pool('AveragePool', [1, 1, 1, 1], [1, 1], 1),
  'MaxPool: ceil_mode': pool('MaxPool', [0, 0, 0, 0], [2, 2], 0, 1),
  'MaxPool: ceil_mode, none in the padding': pool('MaxPool', [1, 1, 1, 1], [4, 4], 0, 1),
  'AveragePool: ceil_mode': pool('AveragePool', [0, 0, 0, 0], [2, 2], 0, 1),
  'AveragePool: ceil_mode, without pads': pool('AveragePool', [1, 1, 1, 1], [3, 4], 0, 1),
  'AveragePool: ceil_mode, with pads': pool('AveragePool', [1, 1, 1, 1], [2, 2], 1, 1),
  GlobalAveragePool: unary(globalAveragePool),
  GlobalMaxPool: one('GlobalMaxPool'),
  'BatchNormalization: training': (b, x, scale, bias, mean, variance) =>
    batchNormalizationTraining(b, x, statistics(scale!, bias!, mean!, variance!), 1e-3, 0.9).y,
  'BatchNormalization: fixed': (b, x, scale, bias, mean, variance) =>
    batchNormalization(b, x, statistics(scale!, bias!, mean!, variance!), 1e-3),
  LayerNormalization: (b, x, scale, bias) => layerNormalization(b, x, scale!, bias!, 1e-3),
  'LayerNormalization: axis 1': (b, x, scale, bias) => layerNormalization(b, x, scale!, bias!, 1e-3, 1),
  Split: (b, x) => {
    const [left, , right] = split(b, x, [1, 3, 2], 1);
    return mul(b, left!, right!);
  },
  'Split: equal': (b, x) => {
    const [left, right] = b.node(
      'Split',
      [x],
      { axis: attribute.int(1), num_outputs: attribute.int(2) },
      { outputs: 2 },
    );
    return mul(b, left!, right!);
  },
  'Slice: backwards': (b, x) => slice(b, x, [{ axis: 1, start: 5, end: 0, step: -2 }]),
  Pad: (b, x) => pad(b, x, [0, 0, 1, 0, 1, 2]),
  'Pad: cut': (b, x) => pad(b, x, [0, 0, -1, 0, 0, 2]),
  Reshape: (b, x) => reshape(b, x, [-1, 2, 6]),
  Flatten: (b, x) => flatten(b, x),
  Squeeze: (b, x) => squeeze(b, x, [1, 3]),
  Unsqueeze: (b, x) => unsqueeze(b, x, [1, 4]),
  'Gather: axis 1': (b, x) => gather(b, x, indices(b, [3, 0, -2], [3]), 1),
  'Gather: one': (b, x) => gather(b, x, indices(b, [2], []), 1),
  'Resize: nearest': resize('nearest', { scales: [1, 1, 2, 2] }, 'asymmetric'),
  'Resize: linear': resize('linear', { scales: [1, 1, 2, 2] }, 'half_pixel'),
};

const withoutBatch: Record<string, Make> = {
  Sum: one('Sum'),
  'ReduceSum: all': (b, x) => reduceSum(b, x),
  ReduceMean: (b, x) => reduceMean(b, x, { axes: [0, 2], keepDims: true }),
  'ReduceMean: all': (b, x) => reduceMean(b, x),
  'ReduceMax: all': (b, x) => reduceMax(b, x),
  Gemm: (b, a, weight, bias) => gemm(b, a, weight!, bias!),
  'Gemm: transA': gemmWith(1, 0, 0.5, 2),
  'Gemm: transB': gemmWith(0, 1),
  'Gemm: both': gemmWith(1, 1),
  MatMul: binary(matMul),
  'MatMul: one by many': binary(matMul),
  'MatMul: vector on the left': binary(matMul),
  'MatMul: vectors': binary(matMul),
  'Conv: rest': convWith({ strides: [3, 2] }),
  'Conv: three axes': one('Conv', { pads: attribute.ints([1, 1, 1, 1, 1, 1]) }),
  Concat: (b, ...parts) => concat(b, parts, 1),
  Slice: (b, x) =>
    slice(b, x, [
      { axis: 0, start: 1, end: -1 },
      { axis: 1, start: 1, end: 6, step: 2 },
    ]),
  Transpose: (b, x) => transpose(b, x, [2, 0, 1]),
  Expand: (b, x) => expand(b, x, [2, 1, 4]),
  Gather: (b, x) => gather(b, x, indices(b, [0, 4, 4, 1], [2, 2])),
  GatherElements: (b, x) =>
    b.one('GatherElements', [x, indices(b, [0, 3, 0, 2, 2, 1], [2, 3])], { axis: attribute.int(1) }),
  'Resize: nearest, smaller': resize('nearest', { sizes: [1, 2, 4, 3] }, 'asymmetric'),
  'Resize: linear, sizes': resize('linear', { sizes: [1, 2, 7, 5] }, 'half_pixel'),
  'Resize: linear, corners': resize('linear', { sizes: [1, 2, 5, 9] }, 'align_corners'),
  'small net': smallNet,
};

/** Every case by its name in the golden file. */
export const CASES: ReadonlyMap<string, Case> = new Map<string, Case>([
  ...Object.entries(withBatch).map(([name, make]) => [name, { make, isBatchFree: true }] as const),
  ...Object.entries(withoutBatch).map(([name, make]) => [name, { make, isBatchFree: false }] as const),
]);
