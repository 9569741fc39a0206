/** ONNX models of a few hundred bytes for tests of the runtime: one that copies, one that takes its time. */
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;

const FLOAT = onnx.TensorProto.DataType.FLOAT;

/** A tensor type whose dimensions are numbers, or names where they are free. */
function value(name: string, dims: readonly (number | string)[]): onnxProto.onnx.IValueInfoProto {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

function encode(
  graph: onnxProto.onnx.IGraphProto,
  properties: Readonly<Record<string, string>> = {},
): Uint8Array {
  const metadataProps = Object.entries(properties).map(([key, value]) => ({ key, value }));
  const model = { irVersion: 8, opsetImport: [{ domain: '', version: 17 }], graph, metadataProps };
  return new Uint8Array(onnx.ModelProto.encode(onnx.ModelProto.create(model)).finish());
}

/** `output = input`, of shape `[n, 4]`. */
export function identityModel(): Uint8Array {
  return encode({
    name: 'identity',
    node: [{ opType: 'Identity', input: ['input'], output: ['output'] }],
    input: [value('input', ['n', 4])],
    output: [value('output', ['n', 4])],
  });
}

/** A model that says to take and give tensors of these shapes; it is not for running. */
export function declaredModel(
  input: readonly (number | string)[],
  output: readonly (number | string)[],
): Uint8Array {
  return encode({
    name: 'declared',
    node: [{ opType: 'Identity', input: ['input'], output: ['output'] }],
    input: [value('input', input)],
    output: [value('output', output)],
  });
}

/** The mean colour of a picture: `[n, height, width, 3]` to `[n, 3]`. */
export function meanColourModel(): Uint8Array {
  const { INTS, INT } = onnx.AttributeProto.AttributeType;
  return encode({
    name: 'mean-colour',
    node: [
      {
        opType: 'ReduceMean',
        input: ['input'],
        output: ['output'],
        attribute: [
          { name: 'axes', type: INTS, ints: [1, 2] },
          { name: 'keepdims', type: INT, i: 0 },
        ],
      },
    ],
    input: [value('input', ['n', 'height', 'width', 3])],
    output: [value('output', ['n', 3])],
  });
}

/** Width of what {@link slowModel} takes. */
export const SLOW_WIDTH = 512;

/**
 * Takes `[n, 512]` and averages each row 100 times over: 52 MFLOP a row, so that 512 rows take a third of a second or
 * more on one core.
 */
export function slowModel(): Uint8Array {
  const layers = 100;
  const shape = [SLOW_WIDTH, SLOW_WIDTH];
  const weights: onnxProto.onnx.ITensorProto = {
    name: 'shape',
    dataType: onnx.TensorProto.DataType.INT64,
    dims: [2],
    int64Data: shape,
  };
  const share: onnxProto.onnx.ITensorProto = { dataType: FLOAT, dims: [1], floatData: [1 / SLOW_WIDTH] };
  const name = (layer: number): string => (layer === 0 ? 'input' : layer === layers ? 'output' : `t${layer}`);
  const products = Array.from({ length: layers }, (_, layer) => ({
    opType: 'MatMul',
    input: [name(layer), 'weights'],
    output: [name(layer + 1)],
  }));
  return encode({
    name: 'slow',
    initializer: [weights],
    node: [
      {
        opType: 'ConstantOfShape',
        input: ['shape'],
        output: ['weights'],
        attribute: [{ name: 'value', type: onnx.AttributeProto.AttributeType.TENSOR, t: share }],
      },
      ...products,
    ],
    input: [value('input', ['n', SLOW_WIDTH])],
    output: [value('output', ['n', SLOW_WIDTH])],
  });
}

/**
 * A detector of one bright thing on black, in the form of a YOLO with one class, `thing`: `[n, 3, height, width]` to `[1, 5, 1]`.
 * Where the thing lies follows from how bright rows and columns are at most, so that soft edges count for what they are.
 *
 * @param side The only height and width that it takes. Default: any.
 */
export function brightThingModel(side?: number): Uint8Array {
  const { INTS, INT, TENSOR } = onnx.AttributeProto.AttributeType;
  const nodes: onnxProto.onnx.INodeProto[] = [];
  const node = (
    opType: string,
    input: string[],
    output: string,
    attribute: onnxProto.onnx.IAttributeProto[] = [],
  ): string => {
    nodes.push({ opType, input, output: [output], attribute });
    return output;
  };
  const number = (name: string, value: number): string =>
    node('Constant', [], name, [
      { name: 'value', type: TENSOR, t: { dataType: FLOAT, dims: [1], floatData: [value] } },
    ]);
  const most = (input: string, axes: number[], output: string): string =>
    node('ReduceMax', [input], output, [
      { name: 'axes', type: INTS, ints: axes },
      { name: 'keepdims', type: INT, i: 0 },
    ]);
  const sum = (input: string, output: string): string =>
    node('ReduceSum', [input], output, [{ name: 'keepdims', type: INT, i: 1 }]);
  const [one, half, tiny] = [number('one', 1), number('half', 0.5), number('tiny', 1e-6)];
  /** Centre and length along an axis, from its profile `[length]`. */
  const along = (profile: string, name: string): [centre: string, length: string] => {
    const length = sum(profile, `${name}_length`);
    const ones = node('Add', [node('Sub', [profile, profile], `${name}_zeros`), one], `${name}_ones`);
    const axis: onnxProto.onnx.ITensorProto = {
      dataType: onnx.TensorProto.DataType.INT64,
      dims: [],
      int64Data: [0],
    };
    node('Constant', [], `${name}_axis`, [{ name: 'value', type: TENSOR, t: axis }]);
    const ends = node('CumSum', [ones, `${name}_axis`], `${name}_ends`);
    const places = node('Sub', [ends, half], `${name}_places`);
    const moment = sum(node('Mul', [profile, places], `${name}_moments`), `${name}_moment`);
    return [node('Div', [moment, node('Add', [length, tiny], `${name}_safe`)], `${name}_centre`), length];
  };
  const [x, width] = along(most('input', [0, 1, 2], 'columns'), 'x');
  const [y, height] = along(most('input', [0, 1, 3], 'rows'), 'y');
  const score = node('ReduceMax', ['columns'], 'score', [{ name: 'keepdims', type: INT, i: 1 }]);
  const flat = node('Concat', [x, y, width, height, score], 'flat', [{ name: 'axis', type: INT, i: 0 }]);
  const shape: onnxProto.onnx.ITensorProto = {
    name: 'shape',
    dataType: onnx.TensorProto.DataType.INT64,
    dims: [3],
    int64Data: [1, 5, 1],
  };
  node('Reshape', [flat, 'shape'], 'output');
  return encode(
    {
      name: 'bright-thing',
      node: nodes,
      initializer: [shape],
      input: [value('input', ['n', 3, side ?? 'height', side ?? 'width'])],
      output: [value('output', [1, 5, 1])],
    },
    { names: "{0: 'thing'}", imgsz: '[320, 320]', task: 'detect' },
  );
}
