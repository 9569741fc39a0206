/** Graphs of older operator sets: ONNX Runtime, which reads them all, gives the same of both. */
import { describe, expect, it } from 'vitest';
import {
  type Attributes,
  attribute,
  elementCount,
  type Graph,
  modelOf,
  type Node,
  OnnxError,
  raiseOpset,
} from '../src/index.ts';
import { randomFloats } from './nets.ts';
import { loadModel } from './ort.ts';

const DIMS = [2, 3, 4, 4];

function nodeOf(opType: string, attributes: Attributes, outputs: readonly string[] = ['y']): Node {
  return { name: '', domain: '', opType, inputs: ['x'], outputs, attributes };
}

function graphOf(node: Node, dims: readonly number[]): Graph {
  return {
    name: 'old',
    inputs: [{ name: 'x', elementType: 'float32', shape: dims }],
    outputs: [{ name: 'y', elementType: 'float32', shape: null }],
    initializers: new Map(),
    nodes: [node],
    values: [],
  };
}

describe('a graph of an older operator set', () => {
  it.each<[string, number, Node, (readonly number[])?]>([
    ['ReduceMean', 13, nodeOf('ReduceMean', { axes: attribute.ints([2, 3]), keepdims: attribute.int(0) })],
    ['ReduceMean of all', 17, nodeOf('ReduceMean', { keepdims: attribute.int(0) })],
    ['ReduceSum', 11, nodeOf('ReduceSum', { axes: attribute.ints([-1]) })],
    ['Squeeze', 12, nodeOf('Squeeze', { axes: attribute.ints([1]) }), [2, 1, 4]],
    ['Unsqueeze', 12, nodeOf('Unsqueeze', { axes: attribute.ints([0, 2]) })],
    ['Clip', 10, nodeOf('Clip', { min: attribute.float(-0.5), max: attribute.float(0.25) })],
    ['Clip from above', 8, nodeOf('Clip', { max: attribute.float(0) })],
    [
      'Pad',
      10,
      nodeOf('Pad', { pads: attribute.ints([0, 0, 1, 2, 0, 0, 0, 1]), value: attribute.float(0.5) }),
    ],
    [
      'Slice',
      9,
      nodeOf('Slice', { starts: attribute.ints([1]), ends: attribute.ints([3]), axes: attribute.ints([2]) }),
    ],
    [
      'Slice of the first axes',
      9,
      nodeOf('Slice', { starts: attribute.ints([1, 0]), ends: attribute.ints([2, 2]) }),
    ],
    ['Dropout', 10, nodeOf('Dropout', { ratio: attribute.float(0.5) })],
    ['Softmax', 9, nodeOf('Softmax', {}), [3, 5]],
    ['Softmax of the last axis', 12, nodeOf('Softmax', { axis: attribute.int(3) })],
    ['Split', 11, nodeOf('Split', { axis: attribute.int(2), split: attribute.ints([3, 1]) }, ['y', 'z'])],
    ['Split in halves', 13, nodeOf('Split', { axis: attribute.int(2) }, ['y', 'z'])],
  ])('gives what it gave: %s', async (_, opset, node, dims = DIMS) => {
    const graph = graphOf(node, dims);
    const input = { data: randomFloats(elementCount(dims), 3, -1, 1), dims };
    const opsets = { '': opset };
    const before = await (await loadModel(modelOf(graph, { opsets }))).run(input);
    const after = await (await loadModel(modelOf(raiseOpset({ graph, opsets })))).run(input);
    expect(after).toEqual(before);
  });

  it('stays as it is where it is of this one', () => {
    const graph = graphOf(nodeOf('Relu', {}), DIMS);
    expect(raiseOpset({ graph, opsets: { '': 18 } })).toBe(graph);
    expect(raiseOpset({ graph, opsets: { '': 21 } })).toBe(graph);
  });

  it.each<[string, number, Node]>([
    ['Relu', 6, nodeOf('Relu', {})],
    ['Resize', 10, nodeOf('Resize', {})],
    ['Softmax', 12, nodeOf('Softmax', {})],
  ])('is refused where it means something else: %s', (_, opset, node) => {
    const attempt = (): unknown => raiseOpset({ graph: graphOf(node, DIMS), opsets: { '': opset } });
    expect(attempt).toThrow(OnnxError);
    expect(attempt).toThrow(/operator set \d+/);
  });
});

describe('a model', () => {
  it('states the operator sets that its nodes need', () => {
    const graph = graphOf(nodeOf('Gelu', {}), DIMS);
    expect(modelOf(graph).opsets).toEqual({ '': 20 });
    const opsets = (opType: string, attributes: Attributes) =>
      modelOf(graphOf(nodeOf(opType, attributes), DIMS)).opsets;
    expect(opsets('AveragePool', { dilations: attribute.ints([2, 2]) })).toEqual({ '': 19 });
    expect(opsets('AveragePool', {})).toEqual({ '': 18 });
    const mode = (name: string) => ({ coordinate_transformation_mode: attribute.string(name) });
    expect(opsets('Resize', mode('half_pixel_symmetric'))).toEqual({ '': 19 });
    expect(opsets('Resize', mode('half_pixel'))).toEqual({ '': 18 });
    const other = { ...nodeOf('Wobble', {}), domain: 'elsewhere' };
    expect(modelOf(graphOf(other, DIMS)).opsets).toEqual({ '': 18, elsewhere: 1 });
  });
});
