/** ONNX models of a few hundred bytes for tests of the runtime: one that copies, one that takes its time. */
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;

const FLOAT = onnx.TensorProto.DataType.FLOAT;

/** A tensor type whose dimensions are numbers, or names where they are free. */
function value(name: string, dims: readonly (number | string)[]): onnxProto.onnx.IValueInfoProto {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

function encode(graph: onnxProto.onnx.IGraphProto): Uint8Array {
  const model = { irVersion: 8, opsetImport: [{ domain: '', version: 17 }], graph };
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
