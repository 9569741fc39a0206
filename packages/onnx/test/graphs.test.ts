/** Random networks through ONNX Runtime: inferred shapes are the real ones, and rewrites change no result. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  attribute,
  classActivationMap,
  conv,
  evaluateDim,
  flatten,
  floats,
  foldBatchNorm,
  foldConstants,
  foldPadding,
  type Graph,
  GraphBuilder,
  gemm,
  globalAveragePool,
  inferShapes,
  OnnxError,
  relu,
  removeDeadNodes,
  renameValues,
  softmax,
} from '../src/index.ts';
import { runFeeds } from './feeds.ts';
import { addBatchNorm, addKernel, nets, randomFloats, type Storage } from './nets.ts';
import { largestDifference, runGraph, type Values } from './ort.ts';

const RUNS = 60;

function inputFor(dims: readonly number[]): Values {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { data: randomFloats(count, 7), dims };
}

/** Results are compared relative to their size: random weights make large numbers. */
function relativeDifference(a: Values, b: Values): number {
  expect(a.dims).toEqual(b.dims);
  const size = a.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  return largestDifference(a.data, b.data) / size;
}

function operators(graph: Graph): string[] {
  return graph.nodes.map((node) => node.opType);
}

describe('shape inference', () => {
  it('says the shape that ONNX Runtime computes, at any size of picture', async () => {
    await fc.assert(
      fc.asyncProperty(nets, async ({ graph, dims }) => {
        const [batch, , height, width] = dims;
        const stated = inferShapes(graph).get('y')!.shape!;
        expect(graph.outputs[0]!.shape).toEqual(stated);
        const real = (await runGraph(graph, inputFor(dims))).dims;
        expect(stated.length).toBe(real.length);
        stated.forEach((dim, axis) => {
          const evaluated = evaluateDim(dim, { batch, height, width });
          // A product or sum of two free lengths has no name; it may be unknown, but not wrong.
          if (evaluated !== null) expect(evaluated).toBe(real[axis]);
        });
      }),
      { numRuns: RUNS },
    );
  });

  it('reckons in 32-bit floats what a picture is resized to', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [1, 10]);
    const scales = builder.constant(floats([1, 0.7]));
    builder.output(builder.one('Resize', [x, null, scales]), 'y');
    const graph = builder.build();
    expect(graph.outputs[0]!.shape).toEqual((await runGraph(graph, inputFor([1, 10]))).dims);
  });

  it('knows two branches of equal length as equal', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 2, 'height', 'width']);
    const weight = addKernel(builder, [2, 2, 3, 3], 'float', 1);
    const y = conv(builder, x, weight, { strides: [2, 2], pads: 'same' });
    const z = conv(builder, y, weight, { strides: [2, 2], pads: [0, 0, 1, 1] });
    expect(y.shape).toEqual(['batch', 2, 'floor((height+1)/2)', 'floor((width+1)/2)']);
    expect(z.shape).toEqual(['batch', 2, 'floor((height+1)/4)', 'floor((width+1)/4)']);
  });

  it('names a node whose operator it does not know', () => {
    const node = { name: 'odd', opType: 'Wobble', domain: '', inputs: [], outputs: ['y'], attributes: {} };
    const graph: Graph = {
      name: '',
      inputs: [],
      outputs: [],
      initializers: new Map(),
      nodes: [node],
      values: [],
    };
    expect(() => inferShapes(graph)).toThrow(/Wobble 'odd'/);
  });

  it('refuses what does not fit, and names it', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 2, 8, 8]);
    const weight = addKernel(builder, [4, 3, 1, 1], 'float', 1);
    expect(() => conv(builder, x, weight, { name: 'first' })).toThrow(OnnxError);
    expect(() => conv(builder, x, weight, { name: 'first' })).toThrow(
      /Conv 'first': \[batch, 2, 8, 8\] and \[4, 3, 1, 1\] do not fit/,
    );
  });
});

describe('the builder', () => {
  it('gives every value a name of its own', () => {
    fc.assert(
      fc.property(nets, ({ graph }) => {
        const names = [
          ...graph.inputs.map(({ name }) => name),
          ...graph.initializers.keys(),
          ...graph.nodes.flatMap((node) => node.outputs),
        ];
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('lets an input and a result that is used be results', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['n']);
    const y = relu(builder, x);
    builder.output(y, 'positive');
    builder.output(relu(builder, y), 'again');
    builder.output(x, 'same');
    const graph = builder.build();
    expect(graph.outputs.map(({ name }) => name)).toEqual(['positive', 'again', 'same']);
    expect(Array.from((await runGraph(graph, { data: Float32Array.of(-1, 2), dims: [2] })).data)).toEqual([
      0, 2,
    ]);
    expect(() => builder.output(y, 'x')).toThrow(/'x' is taken/);
  });
});

describe('a builder that goes on', () => {
  it('uses what a graph has, and takes none of its names', async () => {
    const first = new GraphBuilder('net');
    const x = first.input('x', 'float32', ['n']);
    const inner = relu(first, x, 'inner');
    first.output(relu(first, inner, 'last'), 'y');
    const graph = first.build();
    const builder = GraphBuilder.from({ ...graph, values: [inner] });
    const again = relu(builder, inner, 'inner');
    expect(again.name).toBe('inner_1');
    builder.output(add(builder, again, graph.outputs[0]!), 'sum');
    expect(() => builder.output(again, 'y')).toThrow(/'y' is taken/);
    const longer = builder.build();
    expect(longer.outputs.map(({ name }) => name)).toEqual(['y', 'sum']);
    expect(graph.nodes.length).toBe(2);
    const results = await runFeeds(longer, { x: floats([-1, 2]) });
    expect(results.sum?.data).toEqual(Float32Array.of(0, 4));
  });
});

describe('rewrites keep every result', () => {
  it.each([
    ['foldBatchNorm', foldBatchNorm],
    ['foldConstants', foldConstants],
    ['foldPadding', foldPadding],
    ['removeDeadNodes', removeDeadNodes],
    ['all of them', (graph: Graph) => removeDeadNodes(foldConstants(foldBatchNorm(foldPadding(graph))))],
  ])('%s', async (_, rewrite) => {
    await fc.assert(
      fc.asyncProperty(nets, async ({ graph, dims }) => {
        const input = inputFor(dims);
        const [before, after] = await Promise.all([runGraph(graph, input), runGraph(rewrite(graph), input)]);
        // A random network was seen to magnify the rounding of floats to 2.2e-5; a wrong fold is off by far more.
        expect(relativeDifference(before, after)).toBeLessThan(1e-4);
      }),
      { numRuns: RUNS },
    );
  });

  it.each<Storage>(['float', 'bytes', 'bytes without a zero'])(
    'foldBatchNorm folds kernels kept as %s',
    async (storage) => {
      const builder = new GraphBuilder();
      const x = builder.input('x', 'float32', ['batch', 3, 'height', 'width']);
      const kernel = addKernel(builder, [5, 3, 3, 3], storage, 3);
      builder.output(addBatchNorm(builder, conv(builder, x, kernel, { pads: 'same' }), 5, 4), 'y');
      const graph = builder.build();
      const folded = foldBatchNorm(graph);
      expect(operators(folded)).not.toContain('BatchNormalization');
      const bytesOf = (of: Graph): unknown =>
        [...of.initializers.values()].find(({ type }) => type === 'uint8')?.data;
      expect(bytesOf(folded)).toEqual(bytesOf(graph));
      const input = inputFor([2, 3, 9, 11]);
      expect(relativeDifference(await runGraph(graph, input), await runGraph(folded, input))).toBeLessThan(
        2e-6,
      );
    },
  );

  it('foldBatchNorm leaves alone what is used elsewhere, and other graphs than it was given', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 3, 'height', 'width']);
    const y = conv(builder, x, addKernel(builder, [5, 3, 1, 1], 'bytes', 3));
    builder.output(addBatchNorm(builder, y, 5, 4), 'normal');
    builder.output(y, 'raw');
    const graph = builder.build();
    const before = structuredClone(graph);
    expect(operators(foldBatchNorm(graph))).toContain('BatchNormalization');
    expect(graph).toEqual(before);
  });

  it('foldBatchNorm does not disturb another user of the same kernel', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 3, 'height', 'width']);
    const kernel = addKernel(builder, [3, 3, 1, 1], 'bytes', 3);
    const y = addBatchNorm(builder, conv(builder, x, kernel), 3, 4);
    builder.output(conv(builder, y, kernel), 'y');
    const graph = builder.build();
    const input = inputFor([1, 3, 4, 4]);
    const [before, after] = [await runGraph(graph, input), await runGraph(foldBatchNorm(graph), input)];
    expect(relativeDifference(before, after)).toBeLessThan(2e-6);
  });

  it('foldConstants makes floats of 8-bit kernels', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 3, 'height', 'width']);
    builder.output(conv(builder, x, addKernel(builder, [2, 3, 1, 1], 'bytes', 3)), 'y');
    const folded = foldConstants(builder.build());
    expect(operators(folded)).toEqual(['Conv']);
    expect([...folded.initializers.values()].map(({ type }) => type)).toEqual(['float32']);
  });

  it('foldPadding takes the padding of depthwise convolutions too', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 3, 'height', 'width']);
    const padded = builder.one('Pad', [
      x,
      builder.constant({ type: 'int64', dims: [8], data: BigInt64Array.of(0n, 0n, 1n, 2n, 0n, 0n, 3n, 4n) }),
    ]);
    builder.output(
      conv(builder, padded, addKernel(builder, [3, 1, 3, 3], 'float', 3), { group: 3, pads: [1, 0, 0, 0] }),
      'y',
    );
    const [node, ...others] = foldPadding(builder.build()).nodes;
    expect(others).toEqual([]);
    expect(node?.attributes.pads).toEqual({ type: 'ints', value: [2, 2, 3, 4] });
  });

  it('removeDeadNodes keeps what a nested graph uses', () => {
    const inner: Graph = {
      name: 'then',
      inputs: [],
      outputs: [{ name: 'inner', elementType: 'float32', shape: [1] }],
      initializers: new Map(),
      nodes: [
        { name: '', opType: 'Identity', domain: '', inputs: ['kept'], outputs: ['inner'], attributes: {} },
      ],
      values: [],
    };
    const graph: Graph = {
      name: '',
      inputs: [{ name: 'when', elementType: 'bool', shape: [] }],
      outputs: [{ name: 'y', elementType: 'float32', shape: [1] }],
      initializers: new Map([
        ['kept', floats([1])],
        ['dead', floats([2])],
      ]),
      nodes: [
        {
          name: '',
          opType: 'If',
          domain: '',
          inputs: ['when'],
          outputs: ['y'],
          attributes: {
            then_branch: { type: 'graph', value: inner },
            else_branch: { type: 'graph', value: inner },
          },
        },
      ],
      values: [],
    };
    expect([...removeDeadNodes(graph).initializers.keys()]).toEqual(['kept']);
  });

  it('renameValues renames, and refuses a name that is taken', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['n']);
    builder.output(relu(builder, x), 'y');
    const graph = renameValues(builder.build(), { x: 'image', y: 'scores' });
    expect(graph.inputs[0]?.name).toBe('image');
    expect(Array.from((await runGraph(graph, { data: Float32Array.of(-1, 2), dims: [2] })).data)).toEqual([
      0, 2,
    ]);
    expect(() => renameValues(graph, { image: 'scores' })).toThrow(/'scores' is taken/);
  });
});

describe('a class activation map', () => {
  /** A classifier of three classes by four features, its layer written either way round. */
  function classifier(isTurned: boolean): Graph {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 2, 'height', 'width']);
    const kernel = addKernel(builder, [4, 2, 3, 3], 'float', 1);
    const features = relu(builder, conv(builder, x, kernel, { strides: [2, 2], pads: 'same' }));
    const pooled = flatten(builder, globalAveragePool(builder, features));
    const weight = builder.constant(floats(randomFloats(12, 3), isTurned ? [3, 4] : [4, 3]));
    const bias = builder.constant(floats([0.5, -0.25, 0]));
    const logits = isTurned
      ? builder.one('Gemm', [pooled, weight, bias], { transB: attribute.int(1) })
      : gemm(builder, pooled, weight, bias);
    builder.output(softmax(builder, logits, -1), 'y');
    return builder.build();
  }

  it.each([false, true])('answers by its mean as the classifier does (transB: %s)', async (isTurned) => {
    const graph = classifier(isTurned);
    const map = classActivationMap(graph);
    expect(map.outputs).toEqual([
      { name: 'y', elementType: 'float32', shape: ['batch', 3, 'floor((height+1)/2)', 'floor((width+1)/2)'] },
    ]);
    const input = inputFor([1, 2, 7, 10]);
    const [whole, places] = [await runGraph(graph, input), await runGraph(map, input)];
    expect(places.dims).toEqual([1, 3, 4, 5]);
    const means = [0, 1, 2].map((label) =>
      Math.exp(
        places.data.subarray(label * 20, label * 20 + 20).reduce((sum, p) => sum + Math.log(p), 0) / 20,
      ),
    );
    const sum = means.reduce((total, p) => total + p, 0);
    for (const [label, p] of means.entries()) expect(p / sum).toBeCloseTo(whole.data[label]!, 5);
  });

  it('refuses another head, naming what is there instead', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 2, 4, 4]);
    builder.output(softmax(builder, relu(builder, x), 1), 'y');
    expect(() => classActivationMap(builder.build())).toThrow(
      /GlobalAveragePool, Gemm and Softmax; there is Relu/,
    );
  });
});
