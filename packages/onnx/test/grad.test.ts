/** Differentiation: against PyTorch, against differences, and what is said where it cannot be done. */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIFFERENTIABLE_OPERATORS, differentiate } from '../src/grad/index.ts';
import {
  add,
  attribute,
  batchNormalizationTraining,
  concat,
  conv,
  convTranspose,
  elementCount,
  floats,
  type Graph,
  GraphBuilder,
  gather,
  globalAveragePool,
  inferShapes,
  integers,
  layerNormalization,
  matMul,
  maxPool,
  modelOf,
  mul,
  OnnxError,
  pad,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  scalar,
  sigmoid,
  slice,
  softmax,
  sub,
  tanh,
  tensor,
  type ValueInfo,
} from '../src/index.ts';
import { CASES } from './grad-cases.ts';
import { randomFloats } from './nets.ts';
import { runModel, type Values } from './ort.ts';

interface GoldenCase {
  readonly name: string;
  readonly seed: number;
  readonly range: readonly [low: number, high: number];
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

const path = new URL('golden/grad.json', import.meta.url);
const golden = JSON.parse(await readFile(path, 'utf8')) as { readonly cases: readonly GoldenCase[] };

/** `Gelu` is an operator from this set on. */
const OPSETS = { '': 20 };

function norm(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
}

/** Norm of the difference over the norm of what is expected. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return norm(Array.from(actual, (value, index) => value - expected[index]!)) / (norm(expected) + 1e-6);
}

function inputsOf({ inputs, seed, range }: GoldenCase): Record<string, Values> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, dims], place) => [
      name,
      { data: randomFloats(elementCount(dims), seed + place, ...range), dims },
    ]),
  );
}

/** The case's graph: its result times numbers from the formula, summed. */
function lossGraph(one: GoldenCase, isBatchFree: boolean): Graph {
  const build = (free: boolean, weights: readonly number[] | null): GraphBuilder => {
    const builder = new GraphBuilder();
    const inputs = Object.entries(one.inputs).map(([name, dims], place) =>
      builder.input(name, 'float32', free && place === 0 ? ['batch', ...dims.slice(1)] : dims),
    );
    const y = CASES.get(one.name)!.make(builder, inputs[0]!, ...inputs.slice(1));
    if (weights === null) builder.output(y, 'y');
    else {
      const data = randomFloats(elementCount(weights), one.seed + 9);
      builder.output(reduceSum(builder, mul(builder, y, builder.constant(floats(data, weights)))), 'loss');
    }
    return builder;
  };
  const [y] = build(false, null).build().outputs;
  return build(isBatchFree, y!.shape as number[]).build();
}

async function holdsAgainst(one: GoldenCase, isBatchFree: boolean): Promise<void> {
  const wrt = Object.keys(one.gradients);
  const { graph, gradients } = differentiate(lossGraph(one, isBatchFree), { loss: 'loss', wrt });
  const results = await runModel(modelOf(graph, { opsets: OPSETS }), inputsOf(one));
  expect(Math.abs(results.loss!.data[0]! - one.loss)).toBeLessThan(1e-4 * (1 + Math.abs(one.loss)));
  for (const name of wrt) {
    const gradient = results[gradients[name]!]!;
    expect(gradient.dims, name).toEqual(one.inputs[name]);
    expect(relativeError(gradient.data, one.gradients[name]!), name).toBeLessThan(1e-4);
  }
}

describe('gradients are those of PyTorch', () => {
  it('in every case that the oracle computes', () => {
    expect(golden.cases.map(({ name }) => name).sort()).toEqual([...CASES.keys()].sort());
  });

  it.each(golden.cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await holdsAgainst(one, false);
  });

  it.each(
    golden.cases.filter(({ name }) => CASES.get(name)?.isBatchFree).map((one) => [one.name, one] as const),
  )('%s, batch free', async (_, one) => {
    await holdsAgainst(one, true);
  });

  it('for every operator that is said to be differentiable', () => {
    const tested = new Set(
      golden.cases.flatMap((one) => lossGraph(one, false).nodes.map(({ opType }) => opType)),
    );
    // These have tests of their own below.
    const elsewhere = ['Dropout', 'Sign', 'Floor', 'Ceil', 'Round'];
    expect(DIFFERENTIABLE_OPERATORS.filter((name) => !tested.has(name) && !elsewhere.includes(name))).toEqual(
      [],
    );
  });
});

/** One step of a random network on `[batch, channels, height, width]`; a weight is an input of the graph. */
type Step = (
  builder: GraphBuilder,
  x: ValueInfo,
  weight: (dims: readonly number[]) => ValueInfo,
) => ValueInfo;

const small = fc.integer({ min: 1, max: 3 });
const one2 = fc.integer({ min: 1, max: 2 });
const bit = fc.constantFrom(0, 1);

function channelsOf(x: ValueInfo): number {
  return x.shape![1] as number;
}

function widthOf(x: ValueInfo): number {
  return x.shape![3] as number;
}

/** The step where the picture is larger than a window and not yet large, else another one. */
const onPictures =
  (step: Step, largest = 60): Step =>
  (builder, x, weight) => {
    const isFitting = (x.shape!.slice(2) as number[]).every((length) => length >= 6 && length <= largest);
    return isFitting ? step(builder, x, weight) : tanh(builder, x);
  };

const windows = {
  kernel: fc.tuple(small, small),
  strides: fc.tuple(one2, one2),
  dilations: fc.tuple(one2, one2),
};

const kinds = fc.constantFrom('whole', 'groups', 'depthwise');

function groupOf(kind: string, channels: number): number {
  if (kind === 'depthwise') return channels;
  return kind === 'groups' && channels % 2 === 0 ? 2 : 1;
}

const convolutions: fc.Arbitrary<Step> = fc
  .record({
    ...windows,
    pads: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
    outputs: one2,
    kind: kinds,
  })
  .map(({ kernel, outputs, kind, ...options }) =>
    onPictures((builder, x, weight) => {
      const group = groupOf(kind, channelsOf(x));
      const dims = [group * outputs, channelsOf(x) / group, ...kernel];
      return conv(builder, x, weight(dims), { ...options, group });
    }),
  );

const transposedConvolutions: fc.Arbitrary<Step> = fc
  .record({
    ...windows,
    pads: fc.tuple(bit, bit, bit, bit),
    extra: fc.tuple(bit, bit),
    outputs: one2,
    kind: kinds,
  })
  .map(({ kernel, strides, extra, outputs, kind, ...options }) =>
    onPictures((builder, x, weight) => {
      const outputPadding = [Math.min(extra[0], strides[0] - 1), Math.min(extra[1], strides[1] - 1)] as const;
      const group = groupOf(kind, channelsOf(x));
      const dims = [channelsOf(x), outputs, ...kernel];
      return convTranspose(builder, x, weight(dims), { ...options, strides, outputPadding, group });
    }, 20),
  );

const pools: fc.Arbitrary<Step> = fc
  .record({
    ...windows,
    pads: fc.tuple(bit, bit, bit, bit),
    ceiled: bit,
    included: bit,
    opType: fc.constantFrom('MaxPool', 'AveragePool'),
  })
  .map(({ kernel, strides, dilations, ceiled, included, opType, ...options }) => {
    const pads = options.pads.map((size, index) => Math.min(size, kernel[index % 2]! - 1));
    // Where the last window begins in the padding, the runtime does not load the graph as it is.
    const mayStandOut = kernel.every(
      (size, axis) => pads[axis + 2]! + strides[axis]! <= (size - 1) * dilations[axis]! + 1,
    );
    return onPictures((builder, x) =>
      builder.one(opType, [x], {
        kernel_shape: attribute.ints(kernel),
        strides: attribute.ints(strides),
        dilations: attribute.ints(dilations),
        pads: attribute.ints(pads),
        ceil_mode: attribute.int(mayStandOut ? ceiled : 0),
        ...(opType === 'AveragePool' && { count_include_pad: attribute.int(included) }),
      }),
    );
  });

const length = fc.integer({ min: 6, max: 20 });

const resizings: fc.Arbitrary<Step> = fc
  .record({
    lengths: fc.tuple(length, length),
    mode: fc.constantFrom('nearest', 'linear'),
    coordinates: fc.constantFrom('half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel'),
  })
  .map(({ lengths, mode, coordinates }) => (builder, x) => {
    const sizes = builder.constant(integers([...(x.shape!.slice(0, 2) as number[]), ...lengths]));
    return builder.one('Resize', [x, null, null, sizes], {
      mode: attribute.string(mode),
      coordinate_transformation_mode: attribute.string(coordinates),
    });
  });

const products = fc.constantFrom<Step>(
  (b, x, weight) => matMul(b, x, weight([widthOf(x), 7])),
  (b, x, weight) => matMul(b, x, weight([channelsOf(x), widthOf(x), 7])),
  (b, x, weight) => {
    const rows = reshape(b, x, [-1, widthOf(x)]);
    const attributes = { transB: attribute.int(1), alpha: attribute.float(0.5), beta: attribute.float(2) };
    const y = b.one('Gemm', [rows, weight([7, widthOf(x)]), weight([7])], attributes);
    return reshape(b, y, [...(x.shape!.slice(0, 3) as number[]), 7]);
  },
);

const arrangements = fc.constantFrom<Step>(
  (b, x) => concat(b, [x, tanh(b, x)], 1),
  (b, x) => pad(b, x, [0, 0, 1, -1, 0, 0, 2, 0]),
  onPictures((b, x) =>
    slice(b, x, [
      { axis: 2, start: 1, end: -1 },
      { axis: 3, start: -1, step: -1 },
    ]),
  ),
  onPictures((b, x) => gather(b, x, b.constant(integers([4, 0, 0, -1, 2, 5])), 3)),
);

const normalizations = fc.constantFrom<Step>(
  (b, x) => softmax(b, x, 1),
  (b, x, weight) => layerNormalization(b, x, weight([widthOf(x)]), weight([widthOf(x)]), 1e-2),
  (b, x, weight) => {
    const [scale, bias] = [weight([channelsOf(x)]), weight([channelsOf(x)])];
    // Of their own: the runtime writes the new statistics over the old ones.
    const [mean, variance] = [0, 1].map((value) =>
      b.constant(floats(new Float32Array(channelsOf(x)).fill(value))),
    );
    const parameters = { scale, bias, mean: mean!, variance: variance! };
    return batchNormalizationTraining(b, x, parameters, 0.1, 0.9).y;
  },
);

const activations = fc.constantFrom<Step>(
  (b, x) => tanh(b, x),
  (b, x) => mul(b, x, sigmoid(b, x)),
  (b, x, weight) => sub(b, mul(b, x, weight([channelsOf(x), 1, 1])), weight([1, 1, 1, 1])),
);

const steps = fc.oneof(
  // Those that come in the most kinds.
  { arbitrary: convolutions, weight: 3 },
  { arbitrary: transposedConvolutions, weight: 2 },
  { arbitrary: pools, weight: 3 },
  resizings,
  products,
  arrangements,
  normalizations,
  activations,
);

interface Net {
  readonly graph: Graph;
  readonly values: Readonly<Record<string, Values>>;
  readonly seed: number;
}

/** A network whose results, times random numbers, are summed. */
function netOf(steps: readonly Step[], dims: readonly number[], seed: number): Net {
  const builder = new GraphBuilder();
  const inputs = [builder.input('x', 'float32', dims)];
  const weight = (shape: readonly number[]): ValueInfo => {
    inputs.push(builder.input(`w${inputs.length}`, 'float32', shape));
    return inputs.at(-1)!;
  };
  const y = steps.reduce((x, step) => step(builder, x, weight), inputs[0]!);
  const weights = floats(randomFloats(elementCount(y.shape as number[]), seed), y.shape as number[]);
  builder.output(reduceSum(builder, mul(builder, y, builder.constant(weights))), 'loss');
  const values = Object.fromEntries(
    inputs.map(({ name, shape }, place) => {
      const own = shape as number[];
      return [name, { data: randomFloats(elementCount(own), seed + 1 + place), dims: own }];
    }),
  );
  return { graph: builder.build(), values, seed };
}

const side = fc.integer({ min: 14, max: 17 });

const nets = fc
  .record({
    steps: fc.array(steps, { minLength: 1, maxLength: 4 }),
    dims: fc.tuple(one2, fc.constantFrom(1, 2, 4), side, side),
    seed: fc.nat(1000),
  })
  .map(({ steps, dims, seed }) => netOf(steps, dims, seed));

/** Depthwise convolutions of pictures so wide that rows are cut into tiles. */
const wideNets = fc
  .record({
    ...windows,
    dims: fc.tuple(one2, fc.integer({ min: 2, max: 3 }), fc.constantFrom(6, 40), fc.constantFrom(28, 30, 56)),
    seed: fc.nat(1000),
  })
  .map(({ kernel, strides, dilations, dims, seed }) => {
    const [, group] = dims;
    // As many as make the result `size / stride`; the runtime takes no `same` with dilations.
    const [rows, columns] = kernel.map((size, axis) =>
      Math.max(0, (size - 1) * dilations[axis]! + 1 - strides[axis]!),
    ) as [number, number];
    const pads = [rows >> 1, columns >> 1, (rows + 1) >> 1, (columns + 1) >> 1] as const;
    const step: Step = (builder, x, weight) =>
      conv(builder, x, weight([group, 1, ...kernel]), { strides, dilations, pads, group });
    return netOf([step, (builder, x) => tanh(builder, x)], dims, seed);
  });

/** Every input moved by `step` times its direction. */
function moved(
  values: Readonly<Record<string, Values>>,
  directions: Readonly<Record<string, Float32Array>>,
  step: number,
): Record<string, Values> {
  return Object.fromEntries(
    Object.entries(values).map(([name, { data, dims }]) => [
      name,
      { data: data.map((value, index) => value + step * directions[name]![index]!), dims },
    ]),
  );
}

/** Along one direction, the slope of the loss as differences tell it is the one that the gradients tell. */
async function slopesAgree({ graph, values, seed }: Net): Promise<void> {
  const names = Object.keys(values);
  const differentiated = differentiate(graph, { loss: 'loss', wrt: names });
  const results = await runModel(modelOf(differentiated.graph), values);
  const gradients = names.map((name) => results[differentiated.gradients[name]!]!.data);
  const size = norm(gradients.map(norm));
  fc.pre(size > 0.05);
  // Mostly uphill, so that the slope is not lost in rounding, and a random part that sees what the gradient misses.
  const directions = Object.fromEntries(
    names.map((name, place) => {
      const noise = randomFloats(gradients[place]!.length, seed + 50 + place);
      const part = 1 / Math.sqrt(noise.length);
      return [name, gradients[place]!.map((value, index) => value / size + part * noise[index]!)];
    }),
  );
  const hasKinks = graph.nodes.some(({ opType }) => opType === 'MaxPool');
  const step = hasKinks ? 5e-4 : 5e-3;
  const [ahead, here, behind] = [
    (await runModel(modelOf(graph), moved(values, directions, step))).loss!.data[0]!,
    results.loss!.data[0]!,
    (await runModel(modelOf(graph), moved(values, directions, -step))).loss!.data[0]!,
  ];
  const slope = (ahead - behind) / (2 * step);
  const stated = names.reduce(
    (sum, name, place) =>
      sum + gradients[place]!.reduce((own, value, index) => own + value * directions[name]![index]!, 0),
    0,
  );
  const allowed = 1e-2 * (size + Math.abs(stated));
  // Where another place becomes the largest between the two, the slope changes, and differences say nothing.
  if (hasKinks) fc.pre(Math.abs(ahead - 2 * here + behind) / step < allowed / 2);
  expect(Math.abs(slope - stated)).toBeLessThan(allowed);
}

describe('gradients are those of central differences', () => {
  it('in random networks', async () => {
    await fc.assert(fc.asyncProperty(nets, slopesAgree), { numRuns: 120 });
  });

  it('of depthwise convolutions in tiles', async () => {
    await fc.assert(fc.asyncProperty(wideNets, slopesAgree), { numRuns: 15 });
  });
});

describe('differentiate', () => {
  function simple(): { builder: GraphBuilder; x: ValueInfo; weight: ValueInfo } {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 2, 4, 4]);
    const weight = builder.constant(floats(randomFloats(36, 1), [2, 2, 3, 3]), 'weight');
    return { builder, x, weight };
  }

  const picture = { x: { data: randomFloats(64, 3), dims: [2, 2, 4, 4] } };

  it('keeps the outputs, and puts the gradients behind them', () => {
    const { builder, x, weight } = simple();
    const y = conv(builder, x, weight);
    builder.output(y, 'y');
    builder.output(reduceMean(builder, y), 'loss');
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['weight', 'x'] });
    expect(graph.outputs.map(({ name }) => name)).toEqual(['y', 'loss', gradients.weight, gradients.x]);
    expect(graph.outputs.at(-1)).toMatchObject({ elementType: 'float32', shape: ['batch', 2, 4, 4] });
  });

  it('names an operator without a rule, and its node', () => {
    const { builder, x, weight } = simple();
    const odd = builder.node(
      'Wobble',
      [conv(builder, x, weight)],
      {},
      {
        name: 'odd',
        domain: 'elsewhere',
        types: [{ elementType: 'float32', shape: ['batch', 2, 2, 2] }],
      },
    )[0]!;
    builder.output(reduceMean(builder, odd), 'loss');
    const attempt = (): unknown => differentiate(builder.build(), { loss: 'loss', wrt: ['weight'] });
    expect(attempt).toThrow(OnnxError);
    expect(attempt).toThrow(/Wobble 'odd' of the domain elsewhere cannot be differentiated/);
  });

  it('names a transposed convolution that ONNX Runtime does not run', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [1, 1, 3, 3]);
    const weight = builder.input('weight', 'float32', [1, 1, 2, 2]);
    const y = convTranspose(builder, x, weight, { dilations: [2, 2], outputPadding: [1, 0], name: 'up' });
    builder.output(reduceSum(builder, y), 'loss');
    expect(() => differentiate(builder.build(), { loss: 'loss', wrt: ['x'] })).toThrow(
      /ConvTranspose 'up': no derivative is known for output_padding that is not less than the stride/,
    );
  });

  it('does not mind an operator without a rule that lies elsewhere', async () => {
    const { builder, x, weight } = simple();
    const before = builder.one('ArgMax', [x], { axis: attribute.int(1) });
    const y = conv(builder, x, weight);
    builder.output(builder.one('ArgMax', [y], { axis: attribute.int(1) }), 'best');
    builder.output(before, 'other');
    builder.output(reduceMean(builder, y), 'loss');
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['weight'] });
    const results = await runModel(modelOf(graph), picture);
    expect(norm(results[gradients.weight!]!.data)).toBeGreaterThan(0.01);
  });

  it('does not differentiate what leads to nothing that is asked for', () => {
    const { builder, x, weight } = simple();
    const inner = relu(builder, conv(builder, x, weight, { pads: 'same' }));
    const types = [{ elementType: inner.elementType, shape: inner.shape }];
    const [normal] = builder.node('LRN', [inner], { size: attribute.int(3) }, { types });
    const head = builder.constant(floats([0.5, 2], [2, 1, 1]), 'head');
    builder.output(reduceMean(builder, mul(builder, normal!, head)), 'loss');
    const graph = builder.build();
    const { nodes } = differentiate(graph, { loss: 'loss', wrt: ['head'] }).graph;
    expect(nodes.filter(({ opType }) => /Conv|Greater/.test(opType)).length).toBe(1);
    // The way to the kernel leads over an operator without a rule.
    expect(() => differentiate(graph, { loss: 'loss', wrt: ['weight'] })).toThrow(/LRN 'lrn'/);
  });

  it('says what it cannot find, and what is no loss', () => {
    const { builder, x, weight } = simple();
    builder.output(conv(builder, x, weight), 'y');
    const graph = builder.build();
    expect(() => differentiate(graph, { loss: 'y', wrt: ['weight'] })).toThrow(
      /'y' should be one float32 number, not float32 \[batch, 2, 2, 2\]/,
    );
    expect(() => differentiate(graph, { loss: 'y', wrt: ['wait'] })).toThrow(/no value 'wait'/);
  });

  it('differentiates by values in between, and gives zeros for what the loss does not depend on', async () => {
    const { builder, x, weight } = simple();
    const y = conv(builder, x, weight);
    const unused = builder.constant(floats([1, 2, 3]), 'unused');
    builder.output(add(builder, unused, unused), 'twice');
    builder.output(reduceSum(builder, mul(builder, y, y)), 'loss');
    const wrt = [y.name, 'unused', y.name];
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt });
    const results = await runModel(modelOf({ ...graph, outputs: [...graph.outputs, y] }), picture);
    const twice = results[y.name]!.data.map((value) => 2 * value);
    expect(relativeError(results[gradients[y.name]!]!.data, twice)).toBeLessThan(1e-6);
    expect(Array.from(results[gradients.unused!]!.data)).toEqual([0, 0, 0]);
  });

  it('adds up what comes back from several users, computing what they share once', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [3]);
    const s = sigmoid(builder, x);
    builder.output(reduceSum(builder, add(builder, mul(builder, s, s), mul(builder, s, x))), 'loss');
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['x'] });
    const data = Float32Array.of(-1, 0.5, 2);
    const results = await runModel(modelOf(graph), { x: { data, dims: [3] } });
    const expected = Array.from(data, (value) => {
      const p = 1 / (1 + Math.exp(-value));
      return (2 * p + value) * p * (1 - p) + p;
    });
    expect(relativeError(results[gradients.x!]!.data, expected)).toBeLessThan(1e-6);
    const texts = graph.nodes.map(({ opType, inputs }) => `${opType} ${inputs}`);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('never makes one parameter of two that are equal', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2]);
    const [a, b] = ['a', 'b'].map((name) => builder.constant(floats([0, 0]), name));
    builder.output(reduceSum(builder, add(builder, mul(builder, x, a!), b!)), 'loss');
    const { graph } = differentiate(builder.build(), { loss: 'loss', wrt: ['a', 'b'] });
    expect([...graph.initializers.keys()]).toEqual(expect.arrayContaining(['a', 'b']));
  });

  it('broadcasts back along lengths that only the running graph knows', async () => {
    const builder = new GraphBuilder();
    const a = builder.input('a', 'float32', ['m', 3]);
    const b = builder.input('b', 'float32', ['n', 3]);
    builder.output(reduceSum(builder, mul(builder, a, b)), 'loss');
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['a', 'b'] });
    const values = {
      a: { data: Float32Array.of(1, 2, 3, 4, 5, 6), dims: [2, 3] },
      b: { data: Float32Array.of(10, 20, 30), dims: [1, 3] },
    };
    const results = await runModel(modelOf(graph), values);
    expect(results[gradients.a!]).toEqual({ data: Float32Array.of(10, 20, 30, 10, 20, 30), dims: [2, 3] });
    expect(results[gradients.b!]).toEqual({ data: Float32Array.of(5, 7, 9), dims: [1, 3] });
  });

  it('loses nothing where many updates meet, on several threads too', async () => {
    const [count, rows] = [300_000, 3];
    const builder = new GraphBuilder();
    const table = builder.input('table', 'float32', [rows, 1]);
    const places = BigInt64Array.from({ length: count }, (_, index) => BigInt(index % rows));
    const indices = builder.constant(tensor('int64', [count], places));
    builder.output(reduceSum(builder, gather(builder, table, indices)), 'loss');
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['table'] });
    const values = { table: { data: Float32Array.of(1, 2, 3), dims: [rows, 1] } };
    const results = await runModel(modelOf(graph), values, 2);
    expect(Array.from(results[gradients.table!]!.data)).toEqual(new Array(rows).fill(count / rows));
  });

  it('keeps the running statistics of batch normalisation', async () => {
    const { builder, x } = simple();
    const [scale, bias, mean, variance] = [2, 1, 0.5, 4].map((value, index) =>
      builder.constant(floats([value, value + 1]), `p${index}`),
    );
    const parameters = { scale: scale!, bias: bias!, mean: mean!, variance: variance! };
    const result = batchNormalizationTraining(builder, x, parameters, 1e-3, 0.75);
    builder.output(result.mean, 'mean');
    builder.output(result.variance, 'variance');
    builder.output(reduceMean(builder, mul(builder, result.y, result.y)), 'loss');
    const graph = builder.build();
    const before = await runModel(modelOf(graph), picture);
    const differentiated = differentiate(graph, { loss: 'loss', wrt: ['p0'] });
    const after = await runModel(modelOf(differentiated.graph), picture);
    for (const name of ['mean', 'variance', 'loss']) {
      expect(relativeError(after[name]!.data, before[name]!.data), name).toBeLessThan(1e-6);
    }
  });

  it('does not pass over a loss that depends on running statistics', () => {
    const { builder, x } = simple();
    const [scale, bias, mean, variance] = [2, 1, 0.5, 4].map((value, index) =>
      builder.constant(floats([value, value]), `p${index}`),
    );
    const parameters = { scale: scale!, bias: bias!, mean: mean!, variance: variance! };
    const result = batchNormalizationTraining(builder, x, parameters, 1e-3, 0.75);
    builder.output(add(builder, reduceMean(builder, result.y), reduceSum(builder, result.mean)), 'loss');
    expect(() => differentiate(builder.build(), { loss: 'loss', wrt: ['x'] })).toThrow(
      /BatchNormalization.*no derivative is known for its running statistics/,
    );
  });

  it('does not let the runtime write over running statistics that are inputs', async () => {
    const builder = new GraphBuilder();
    const inputs = { x: [4, 2, 3, 3], scale: [2], bias: [2], mean: [2], variance: [2] };
    const [x, scale, bias, mean, variance] = Object.entries(inputs).map(([name, dims]) =>
      builder.input(name, 'float32', dims),
    );
    // The same statistics for both: what one layer writes must not reach the other.
    const parameters = { scale: scale!, bias: bias!, mean: mean!, variance: variance! };
    const first = batchNormalizationTraining(builder, x!, parameters, 1e-3, 0.75);
    const second = batchNormalizationTraining(builder, tanh(builder, first.y), parameters, 1e-3, 0.75);
    for (const [index, value] of [first.mean, first.variance, second.mean, second.variance].entries()) {
      builder.output(value, `new${index}`);
    }
    builder.output(reduceSum(builder, mul(builder, second.y, tanh(builder, second.y))), 'loss');
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['x', 'scale'] });
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, dims], place) => [
        name,
        { data: randomFloats(elementCount(dims), place + 1, 0.5, 2), dims },
      ]),
    );
    const before = structuredClone(feeds);
    const results = await runModel(modelOf(graph), feeds);
    expect(feeds).toEqual(before);
    const again = await runModel(modelOf(graph), feeds);
    expect(again).toEqual(results);
    const batchMean = [0, 1].map((channel) => {
      const own = [...feeds.x!.data].filter((_, index) => Math.floor(index / 9) % 2 === channel);
      return own.reduce((sum, value) => sum + value, 0) / own.length;
    });
    const expected = batchMean.map((value, channel) => 0.75 * feeds.mean!.data[channel]! + 0.25 * value);
    expect(relativeError(results.new0!.data, expected)).toBeLessThan(1e-5);
    expect(norm(results[gradients.x!]!.data)).toBeGreaterThan(0);
  });

  it('lets through dropout what dropout let through', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [200]);
    const ratio = builder.constant(scalar(0.25));
    const isTraining = builder.constant(tensor('bool', [], Uint8Array.of(1)));
    const y = builder.one('Dropout', [x, ratio, isTraining]);
    builder.output(y, 'y');
    builder.output(reduceSum(builder, y), 'loss');
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['x'] });
    const data = randomFloats(200, 5, 1, 2);
    const results = await runModel(modelOf(graph), { x: { data, dims: [200] } });
    const expected = results.y!.data.map((value, index) => value / data[index]!);
    expect(new Set(Array.from(expected, (value) => Math.round(value * 3)))).toEqual(new Set([0, 4]));
    expect(relativeError(results[gradients.x!]!.data, expected)).toBeLessThan(1e-6);
  });

  it.each(['Max', 'Min'])('shares %s among inputs that are equal', async (opType) => {
    const builder = new GraphBuilder();
    const [a, b] = ['a', 'b'].map((name) => builder.input(name, 'float32', [3]));
    builder.output(reduceSum(builder, builder.one(opType, [a!, b!, a!])), 'loss');
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['a', 'b'] });
    const values = {
      a: { data: Float32Array.of(3, 1, 2), dims: [3] },
      b: { data: Float32Array.of(3, 2, 1), dims: [3] },
    };
    const results = await runModel(modelOf(graph), values);
    const [first, second] = opType === 'Max' ? [0, 1] : [1, 0];
    const third = Math.fround(1 / 3);
    expect(results[gradients.b!]!.data).toEqual(Float32Array.of(third, second, first));
    expect(results[gradients.a!]!.data).toEqual(Float32Array.of(2 * third, first, second));
  });

  it('takes exponents of more axes and of whole numbers', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2]);
    const wide = builder.one('Pow', [x, builder.constant(floats([3], [1, 1]))]);
    const whole = builder.one('Pow', [x, builder.constant(integers([2, 3]))]);
    builder.output(add(builder, reduceSum(builder, wide), reduceSum(builder, whole)), 'loss');
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['x'] });
    const results = await runModel(modelOf(graph), { x: { data: Float32Array.of(1, 2), dims: [2] } });
    expect(results[gradients.x!]).toEqual({ data: Float32Array.of(3 + 2, 12 + 12), dims: [2] });
  });

  it('gives 0 for the norm of nothing, and for a power of 0', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2, 2]);
    const axes = builder.constant(integers([1]));
    const loss = (y: ValueInfo, name: string): ValueInfo => builder.output(reduceSum(builder, y), name);
    loss(builder.one('ReduceL2', [x, axes]), 'norm');
    for (const [index, exponent] of [scalar(0), floats([0, 0.5]), integers([0, 1]), scalar(0.5)].entries()) {
      loss(builder.one('Pow', [x, builder.constant(exponent)]), `power${index}`);
    }
    loss(builder.one('Pow', [x, builder.input('exponent', 'float32', [2])]), 'any');
    const values = {
      x: { data: Float32Array.of(0, 0, 3, 4), dims: [2, 2] },
      exponent: { data: Float32Array.of(0, 2), dims: [2] },
    };
    // As PyTorch has it, infinity included.
    const expected = {
      norm: [0, 0, 0.6, 0.8],
      power0: [0, 0, 0, 0],
      power1: [0, Number.POSITIVE_INFINITY, 0, 0.25],
      power2: [0, 1, 0, 1],
      power3: [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1 / Math.sqrt(12), 0.25],
      any: [0, 0, 0, 8],
    };
    for (const [name, gradient] of Object.entries(expected)) {
      const { graph, gradients } = differentiate(builder.build(), { loss: name, wrt: ['x'] });
      const results = await runModel(modelOf(graph), values);
      expect(results[gradients.x!]!.data, name).toEqual(Float32Array.from(gradient));
    }
  });

  it.each([
    // A place of theirs is a whole number or a half, but not in 32-bit floats.
    [7, { sizes: [39] }, 'half_pixel', 'floor'],
    [7, { sizes: [39] }, 'pytorch_half_pixel', 'floor'],
    [7, { sizes: [19] }, 'half_pixel', 'ceil'],
    [14, { sizes: [4] }, 'asymmetric', 'floor'],
    [14, { sizes: [19] }, 'half_pixel', 'round_prefer_floor'],
    [7, { sizes: [2] }, 'asymmetric', 'round_prefer_ceil'],
    [3, { sizes: [1] }, 'half_pixel_symmetric', 'floor'],
    [3, { scales: [13 / 3] }, 'half_pixel_symmetric', 'floor'],
    [13, { sizes: [29] }, 'align_corners', 'round_prefer_floor'],
    // As long as it was: copied, whatever the scale.
    [3, { scales: [1.1] }, 'asymmetric', 'floor'],
  ] as const)(
    'resizes back as the runtime resizes: %i, %j, %s, %s',
    async (from, by, coordinates, rounding) => {
      const builder = new GraphBuilder();
      const x = builder.input('x', 'float32', [1, from]);
      const inputs =
        'sizes' in by
          ? [x, null, null, builder.constant(integers([1, ...by.sizes]))]
          : [x, null, builder.constant(floats([1, ...by.scales]))];
      const y = builder.one('Resize', inputs, {
        coordinate_transformation_mode: attribute.string(coordinates),
        nearest_mode: attribute.string(rounding),
      });
      builder.output(y, 'y');
      const to = y.shape![1] as number;
      const weights = randomFloats(to, 4);
      builder.output(reduceSum(builder, mul(builder, y, builder.constant(floats(weights, [1, to])))), 'loss');
      const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['x'] });
      const x0 = { data: Float32Array.from({ length: from }, (_, place) => place), dims: [1, from] };
      const results = await runModel(modelOf(graph), { x: x0 });
      const expected = new Float32Array(from);
      results.y!.data.forEach((place, index) => {
        expected[place]! += weights[index]!;
      });
      expect(results.y!.dims).toEqual([1, to]);
      expect(relativeError(results[gradients.x!]!.data, expected)).toBeLessThan(1e-6);
    },
  );

  it.each(['Sign', 'Floor', 'Ceil', 'Round'])('takes %s for flat', async (opType) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2]);
    builder.output(reduceSum(builder, mul(builder, builder.one(opType, [x]), x)), 'loss');
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['x'] });
    const results = await runModel(modelOf(graph), { x: { data: Float32Array.of(1.25, -2.75), dims: [2] } });
    const expected = { Sign: [1, -1], Floor: [1, -3], Ceil: [2, -2], Round: [1, -3] }[opType];
    expect(Array.from(results[gradients.x!]!.data)).toEqual(expected);
  });

  it.each([
    ['MaxPool', 4, 3, 0],
    ['AveragePool', 4, 3, 0],
    ['MaxPool', 7, 3, 1],
    ['AveragePool', 7, 3, 1],
    ['AveragePool', 6, 1, 1],
  ] as const)(
    'slides dilated windows that stand out: %s of %i by %i',
    async (opType, length, stride, pad) => {
      const builder = new GraphBuilder();
      const x = builder.input('x', 'float32', [1, 1, length]);
      const y = builder.one(opType, [x], {
        kernel_shape: attribute.ints([2]),
        dilations: attribute.ints([2]),
        strides: attribute.ints([stride]),
        pads: attribute.ints([pad, pad]),
        ceil_mode: attribute.int(1),
      });
      const count = y.shape![2] as number;
      const weights = floats(randomFloats(count, 4), [1, 1, count]);
      builder.output(reduceSum(builder, mul(builder, y, builder.constant(weights))), 'loss');
      const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['x'] });
      const data = randomFloats(length, 3);
      const results = await runModel(modelOf(graph), { x: { data, dims: [1, 1, length] } });
      const expected = new Float32Array(length);
      for (const [place, weight] of weights.data.entries()) {
        const seen = [0, 2].map((tap) => place * stride - pad + tap).filter((at) => at >= 0 && at < length);
        const largest = seen.reduce((best, at) => (data[at]! > data[best]! ? at : best));
        for (const at of opType === 'MaxPool' ? [largest] : seen) {
          expected[at]! += opType === 'MaxPool' ? weight : weight / seen.length;
        }
      }
      expect(relativeError(results[gradients.x!]!.data, expected)).toBeLessThan(1e-6);
    },
  );

  it('leaves pictures of free size free where nothing depends on it', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 2, 'height', 'width']);
    const weight = builder.constant(floats(randomFloats(36, 1), [2, 2, 3, 3]), 'weight');
    const inner = builder.constant(floats(randomFloats(18, 2), [2, 1, 3, 3]), 'inner');
    const y = conv(builder, conv(builder, x, weight), inner, { group: 2, pads: 'same' });
    const pooled = globalAveragePool(
      builder,
      maxPool(builder, relu(builder, y), [3, 3], { strides: [2, 2] }),
    );
    builder.output(reduceMean(builder, pooled), 'loss');
    const free = builder.build();
    const fixed: Graph = {
      ...free,
      inputs: [{ name: 'x', elementType: 'float32', shape: [2, 2, 9, 8] }],
    };
    const values = { x: { data: randomFloats(288, 3), dims: [2, 2, 9, 8] } };
    const wrt = ['weight', 'inner', 'x'];
    const [one, other] = [
      differentiate(free, { loss: 'loss', wrt }),
      differentiate(fixed, { loss: 'loss', wrt }),
    ];
    const results = await runModel(modelOf(one.graph), values);
    const expected = await runModel(modelOf(other.graph), values);
    for (const name of wrt) {
      const [a, b] = [results[one.gradients[name]!]!, expected[other.gradients[name]!]!];
      expect(a.dims).toEqual(b.dims);
      expect(relativeError(a.data, b.data), name).toBeLessThan(1e-5);
    }
  });

  it('states shapes that inference finds again', () => {
    const { builder, weight } = simple();
    const x = builder.input('fixed', 'float32', [3, 2, 4, 4]);
    builder.output(reduceMean(builder, relu(builder, conv(builder, x, weight))), 'loss');
    const { graph, gradients } = differentiate(builder.build(), { loss: 'loss', wrt: ['weight'] });
    expect(inferShapes(graph).get(gradients.weight!)?.shape).toEqual([2, 2, 3, 3]);
  });
});
