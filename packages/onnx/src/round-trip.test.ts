/** Reading gives back what was written; what is not modelled, or broken, is a typed error. */
import fc from 'fast-check';
import proto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { OnnxError } from './errors.ts';
import type { Attribute, Graph, Model, Node, Tensor, ValueInfo } from './model.ts';
import { readModel } from './read.ts';
import { tensor } from './tensors.ts';
import { writeModel } from './write.ts';

const dims = fc.array(fc.nat({ max: 3 }), { maxLength: 3 });

/** A tensor of every element type, bits chosen at random. */
const tensors: fc.Arbitrary<Tensor> = dims.chain((shape) => {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const bytes = (width: number): fc.Arbitrary<ArrayBuffer> =>
    fc
      .uint8Array({ minLength: count * width, maxLength: count * width })
      .map((a) => new Uint8Array(a).buffer);
  return fc.oneof(
    fc
      .array(fc.float({ noNaN: true }), { minLength: count, maxLength: count })
      .map((values) => tensor('float32', shape, Float32Array.from(values))),
    fc
      .array(fc.double({ noNaN: true }), { minLength: count, maxLength: count })
      .map((values) => tensor('float64', shape, Float64Array.from(values))),
    bytes(2).map((b) => tensor('float16', shape, new Uint16Array(b))),
    bytes(2).map((b) => tensor('bfloat16', shape, new Uint16Array(b))),
    bytes(1).map((b) => tensor('int8', shape, new Int8Array(b))),
    bytes(2).map((b) => tensor('int16', shape, new Int16Array(b))),
    bytes(4).map((b) => tensor('int32', shape, new Int32Array(b))),
    bytes(8).map((b) => tensor('int64', shape, new BigInt64Array(b))),
    bytes(1).map((b) => tensor('uint8', shape, new Uint8Array(b))),
    bytes(2).map((b) => tensor('uint16', shape, new Uint16Array(b))),
    bytes(4).map((b) => tensor('uint32', shape, new Uint32Array(b))),
    bytes(8).map((b) => tensor('uint64', shape, new BigUint64Array(b))),
    fc
      .array(fc.boolean(), { minLength: count, maxLength: count })
      .map((values) => tensor('bool', shape, Uint8Array.from(values, Number))),
    fc
      .array(fc.string({ unit: 'grapheme' }), { minLength: count, maxLength: count })
      .map((values) => tensor('string', shape, values)),
  );
});

const names = fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' });
const whole = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n),
);

const values: fc.Arbitrary<ValueInfo> = fc.record({
  name: names,
  elementType: fc.constantFrom('float32', 'uint8', 'int64', 'string'),
  shape: fc.option(fc.array(fc.oneof(fc.nat(), names, fc.constant(null)), { maxLength: 4 })),
});

const { graph: graphs } = fc.letrec<{ attribute: Attribute; node: Node; graph: Graph }>((tie) => ({
  attribute: fc.oneof(
    { depthSize: 'small' },
    fc.record({ type: fc.constant('float' as const), value: fc.float({ noNaN: true }) }),
    fc.record({ type: fc.constant('int' as const), value: whole }),
    fc.record({ type: fc.constant('string' as const), value: fc.string({ unit: 'grapheme' }) }),
    fc.record({ type: fc.constant('tensor' as const), value: tensors }),
    fc.record({ type: fc.constant('floats' as const), value: fc.array(fc.float({ noNaN: true })) }),
    fc.record({ type: fc.constant('ints' as const), value: fc.array(whole) }),
    fc.record({ type: fc.constant('strings' as const), value: fc.array(fc.string()) }),
    fc.record({ type: fc.constant('tensors' as const), value: fc.array(tensors, { maxLength: 2 }) }),
    fc.record({ type: fc.constant('graph' as const), value: tie('graph') }),
    fc.record({ type: fc.constant('graphs' as const), value: fc.array(tie('graph'), { maxLength: 2 }) }),
  ),
  node: fc.record(
    {
      name: fc.string(),
      opType: names,
      domain: fc.constantFrom('', 'com.example'),
      inputs: fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }),
      outputs: fc.array(names, { maxLength: 2 }),
      attributes: fc.dictionary(names, tie('attribute'), { maxKeys: 3, noNullPrototype: true }),
      docString: fc.string(),
    },
    { requiredKeys: ['name', 'opType', 'domain', 'inputs', 'outputs', 'attributes'], noNullPrototype: true },
  ) as fc.Arbitrary<Node>,
  graph: fc.record(
    {
      name: fc.string(),
      inputs: fc.array(values, { maxLength: 2 }),
      outputs: fc.array(values, { maxLength: 2 }),
      initializers: fc.array(fc.tuple(names, tensors), { maxLength: 3 }).map((entries) => new Map(entries)),
      nodes: fc.array(tie('node'), { maxLength: 3, depthIdentifier: 'nodes' }),
      values: fc.array(values, { maxLength: 2 }),
      docString: fc.string(),
    },
    {
      requiredKeys: ['name', 'inputs', 'outputs', 'initializers', 'nodes', 'values'],
      noNullPrototype: true,
    },
  ) as fc.Arbitrary<Graph>,
}));

const models = fc.record(
  {
    irVersion: fc.nat(),
    opsets: fc.dictionary(fc.constantFrom('', 'com.example'), fc.nat(), { noNullPrototype: true }),
    producerName: fc.string(),
    producerVersion: fc.string(),
    domain: fc.string(),
    modelVersion: whole,
    docString: fc.string(),
    metadata: fc.dictionary(names, fc.string({ unit: 'grapheme' }), { noNullPrototype: true }),
    graph: graphs,
  },
  { requiredKeys: ['irVersion', 'opsets', 'metadata', 'graph'], noNullPrototype: true },
) as fc.Arbitrary<Model>;

const EMPTY: Graph = { name: '', inputs: [], outputs: [], initializers: new Map(), nodes: [], values: [] };
const MODEL: Model = { irVersion: 8, opsets: { '': 18 }, metadata: {}, graph: EMPTY };

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(OnnxError);
    return (error as OnnxError).code;
  }
  return 'none';
}

describe('a model', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(models, (model) => {
        expect(readModel(writeModel(model))).toEqual(model);
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same bytes each time', () => {
    fc.assert(
      fc.property(models, (model) => {
        expect(writeModel(readModel(writeModel(model)))).toEqual(writeModel(model));
      }),
      { numRuns: 50 },
    );
  });

  it('is read from any place in memory, and keeps none of it', () => {
    const data = Float64Array.of(1, 2, 3);
    const graph: Graph = { ...EMPTY, initializers: new Map([['w', tensor('float64', [3], data)]]) };
    const bytes = writeModel({ ...MODEL, graph });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const model = readModel(shifted.subarray(3));
    shifted.fill(0);
    expect(model.graph.initializers.get('w')?.data).toEqual(data);
  });

  it('may hold its elements in typed fields instead of raw bytes', () => {
    const initializer = [
      { name: 'a', dims: [2], dataType: 1, floatData: [1.5, -2] },
      { name: 'b', dims: [2], dataType: 3, int32Data: [-3, 4] },
      { name: 'c', dims: [1], dataType: 7, int64Data: [-5] },
      { name: 'd', dims: [1], dataType: 11, doubleData: [0.1] },
      { name: 'e', dims: [1], dataType: 12, uint64Data: [4294967295] },
      { name: 'f', dims: [], dataType: 9, int32Data: [1] },
    ];
    const bytes = proto.onnx.ModelProto.encode({ irVersion: 8, graph: { initializer } }).finish();
    const { initializers } = readModel(bytes).graph;
    expect(Object.fromEntries(initializers)).toEqual({
      a: tensor('float32', [2], Float32Array.of(1.5, -2)),
      b: tensor('int8', [2], Int8Array.of(-3, 4)),
      c: tensor('int64', [1], BigInt64Array.of(-5n)),
      d: tensor('float64', [1], Float64Array.of(0.1)),
      e: tensor('uint32', [1], Uint32Array.of(4294967295)),
      f: tensor('bool', [], Uint8Array.of(1)),
    });
  });
});

describe('a file that is no model', () => {
  const encode = (graph: object): Uint8Array =>
    proto.onnx.ModelProto.encode({ irVersion: 8, graph }).finish();

  it.each([
    [
      'an element type that is not known',
      { initializer: [{ name: 'w', dataType: 21, dims: [0] }] },
      'element-type-unsupported',
    ],
    [
      'complex numbers',
      { initializer: [{ name: 'w', dataType: 14, dims: [0] }] },
      'element-type-unsupported',
    ],
    [
      'too few elements',
      { initializer: [{ name: 'w', dataType: 1, dims: [2], floatData: [1] }] },
      'tensor-malformed',
    ],
    [
      'too few bytes',
      { initializer: [{ name: 'w', dataType: 1, dims: [2], rawData: new Uint8Array(4) }] },
      'tensor-malformed',
    ],
    [
      'sizes beyond counting',
      { initializer: [{ name: 'w', dataType: 1, dims: [2 ** 52, 2 ** 52], rawData: new Uint8Array(4) }] },
      'tensor-malformed',
    ],
    [
      'a tensor in another file',
      { initializer: [{ name: 'w', dataType: 1, dims: [2], dataLocation: 1 }] },
      'feature-unsupported',
    ],
    ['sparse tensors', { sparseInitializer: [{ dims: [2] }] }, 'feature-unsupported'],
    [
      'an input that is no tensor',
      { input: [{ name: 'x', type: { sequenceType: {} } }] },
      'feature-unsupported',
    ],
    [
      'an attribute without a type',
      { node: [{ opType: 'Conv', attribute: [{ name: 'pads' }] }] },
      'feature-unsupported',
    ],
  ])('%s is refused', (_, graph, code) => {
    expect(codeOf(() => readModel(encode(graph)))).toBe(code);
  });

  it('names the tensor it refuses', () => {
    const bytes = encode({ initializer: [{ name: 'conv1/kernel', dataType: 99, dims: [0] }] });
    expect(() => readModel(bytes)).toThrow(/conv1\/kernel.*99/);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('This is not a model.')],
    ['zeros', new Uint8Array(100)],
    ['a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13)],
  ])('%s is refused', (_, bytes) => {
    expect(codeOf(() => readModel(bytes))).toBe('malformed');
  });

  it('never fails otherwise than typed, whatever is changed in its bytes', () => {
    fc.assert(
      fc.property(models, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1 }), (model, changes) => {
        const bytes = writeModel(model).slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        codeOf(() => readModel(bytes));
      }),
      { numRuns: 300 },
    );
  });
});
