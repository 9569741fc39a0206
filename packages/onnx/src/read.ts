/** From the bytes of an ONNX file to a {@link Model}. */

import type { onnx } from 'onnx-proto';
import proto from 'onnx-proto';
import { OnnxError } from './errors.ts';
import type {
  Attribute,
  Dim,
  ElementType,
  Graph,
  Model,
  Node,
  Tensor,
  TensorType,
  ValueInfo,
} from './model.ts';
import { ATTRIBUTE_CODES, ELEMENT_TYPES, type Int64, toBigInt, toInteger } from './proto.ts';
import { ARRAYS, elementCount, type NumericType, tensor } from './tensors.ts';

/**
 * Reads an ONNX file.
 *
 * Everything is copied out of `bytes`. What this package does not model (local functions, sparse or external tensors,
 * sequences and maps, complex and sub-byte elements) is an error, never silently lost; of what it models, only the doc
 * strings of values, tensors and attributes are dropped.
 *
 * @param bytes The whole file.
 * @throws {OnnxError} `malformed`, `tensor-malformed`, `attribute-invalid`, `graph-invalid`,
 * `element-type-unsupported` or `feature-unsupported`.
 *
 * @example
 * ```ts
 * const model = readModel(await readFile('model.onnx'));
 * console.log(model.graph.nodes.map((node) => node.opType));
 * ```
 */
export function readModel(bytes: Uint8Array): Model {
  try {
    return modelOf(proto.onnx.ModelProto.decode(bytes));
  } catch (error) {
    if (error instanceof OnnxError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new OnnxError('malformed', `these bytes are not an ONNX model: ${reason}`, { cause: error });
  }
}

function modelOf(source: onnx.IModelProto): Model {
  refuse(source.functions, 'local functions');
  refuse(source.trainingInfo, 'training information');
  if (!source.graph) throw new OnnxError('malformed', 'these bytes are not an ONNX model: there is no graph');
  return {
    irVersion: Number(toInteger((source.irVersion ?? 0) as Int64)),
    opsets: Object.fromEntries(
      list(source.opsetImport).map(({ domain, version }) => [
        domain ?? '',
        Number(toInteger((version ?? 0) as Int64)),
      ]),
    ),
    ...text('producerName', source),
    ...text('producerVersion', source),
    ...text('domain', source),
    ...(has(source, 'modelVersion') && { modelVersion: toInteger(source.modelVersion as Int64) }),
    ...text('docString', source),
    metadata: Object.fromEntries(
      list(source.metadataProps).map(({ key, value }) => [key ?? '', value ?? '']),
    ),
    graph: graphOf(source.graph),
  };
}

function graphOf(source: onnx.IGraphProto): Graph {
  refuse(source.sparseInitializer, 'sparse initializers');
  refuse(source.quantizationAnnotation, 'quantization annotations');
  return {
    name: source.name ?? '',
    inputs: list(source.input).map(valueInfoOf),
    outputs: list(source.output).map(valueInfoOf),
    initializers: initializersOf(list(source.initializer)),
    nodes: list(source.node).map(nodeOf),
    values: list(source.valueInfo).map(valueInfoOf),
    ...text('docString', source),
  };
}

function initializersOf(sources: readonly onnx.ITensorProto[]): Map<string, Tensor> {
  const tensors = new Map(sources.map((source) => [source.name ?? '', tensorOf(source)]));
  if (tensors.size === sources.length) return tensors;
  throw new OnnxError('graph-invalid', 'two initializers have the same name');
}

function nodeOf(source: onnx.INodeProto): Node {
  const opType = source.opType ?? '';
  return {
    name: source.name ?? '',
    opType,
    domain: source.domain ?? '',
    inputs: list(source.input),
    outputs: list(source.output),
    attributes: Object.fromEntries(
      list(source.attribute).map((attribute) => [attribute.name ?? '', attributeOf(attribute, opType)]),
    ),
    ...text('docString', source),
  };
}

const ATTRIBUTE_TYPES = new Map<number, keyof typeof ATTRIBUTE_CODES>(
  Object.entries(ATTRIBUTE_CODES).map(([type, code]) => [code, type as keyof typeof ATTRIBUTE_CODES]),
);

function attributeOf(source: onnx.IAttributeProto, opType: string): Attribute {
  const type = ATTRIBUTE_TYPES.get(source.type ?? 0);
  const named = `the attribute ${source.name ?? ''} of ${opType}`;
  if (source.refAttrName || !type)
    throw new OnnxError('feature-unsupported', `${named} is of an unknown type`);
  switch (type) {
    case 'float':
      return { type, value: source.f ?? 0 };
    case 'int':
      return { type, value: toInteger((source.i ?? 0) as Int64) };
    case 'string':
      return { type, value: utf8(source.s ?? new Uint8Array(), named) };
    case 'tensor':
      return { type, value: tensorOf(present(source.t, named)) };
    case 'graph':
      return { type, value: graphOf(present(source.g, named)) };
    case 'floats':
      return { type, value: list(source.floats) };
    case 'ints':
      return { type, value: list(source.ints).map((value) => toInteger(value as Int64)) };
    case 'strings':
      return { type, value: list(source.strings).map((value) => utf8(value, named)) };
    case 'tensors':
      return { type, value: list(source.tensors).map(tensorOf) };
    case 'graphs':
      return { type, value: list(source.graphs).map(graphOf) };
  }
}

function valueInfoOf(source: onnx.IValueInfoProto): ValueInfo {
  const name = source.name ?? '';
  const tensorType = source.type?.tensorType;
  if (!tensorType) throw new OnnxError('feature-unsupported', `the value '${name}' is not a tensor`);
  return { name, ...typeOf(tensorType, name) };
}

function typeOf(source: onnx.TypeProto.ITensor, name: string): TensorType {
  const elementType = elementTypeOf(source.elemType ?? 0, `the value '${name}'`);
  return { elementType, shape: source.shape ? list(source.shape.dim).map((dim) => dimOf(dim, name)) : null };
}

function dimOf(source: onnx.TensorShapeProto.IDimension, name: string): Dim {
  if (has(source, 'dimValue')) return lengthOf(source.dimValue as Int64, `the value '${name}'`);
  return source.dimParam || null;
}

function elementTypeOf(code: number, what: string): ElementType {
  const type = ELEMENT_TYPES.get(code);
  if (type) return type;
  throw new OnnxError('element-type-unsupported', `${what} has elements of the unknown type ${code}`);
}

function lengthOf(value: Int64, what: string): number {
  const length = toInteger(value);
  if (typeof length === 'number' && length >= 0) return length;
  throw new OnnxError('malformed', `${what} has an axis of length ${length}`);
}

function tensorOf(source: onnx.ITensorProto): Tensor {
  const what = `the tensor '${source.name ?? ''}'`;
  const type = elementTypeOf(source.dataType ?? 0, what);
  if (source.dataLocation === 1) {
    throw new OnnxError('feature-unsupported', `${what} is kept in another file`);
  }
  if (source.segment) throw new OnnxError('feature-unsupported', `${what} is split into segments`);
  const dims = list(source.dims).map((dim) => lengthOf(dim as Int64, what));
  if (type === 'string') return strings(source, dims, what);
  const count = elementCount(dims);
  const raw = source.rawData;
  const data = raw && has(source, 'rawData') ? fromRaw(type, raw, count, what) : fromFields(type, source);
  if (data.length !== count) throw wrongCount(what, dims, data.length);
  return tensor(type, dims, data as never);
}

function wrongCount(what: string, dims: readonly number[], found: number): OnnxError {
  return new OnnxError(
    'tensor-malformed',
    `${what} of shape [${dims.join(', ')}] holds ${found} elements, not ${elementCount(dims)}`,
  );
}

function strings(source: onnx.ITensorProto, dims: number[], what: string): Tensor<'string'> {
  const data = list(source.stringData).map((value) => utf8(value, what));
  if (data.length !== elementCount(dims)) throw wrongCount(what, dims, data.length);
  return tensor('string', dims, data);
}

/** ONNX stores raw data little-endian, as does every machine that runs JavaScript today. */
function fromRaw(
  type: NumericType,
  raw: Uint8Array,
  count: number,
  what: string,
): ArrayLike<number | bigint> {
  const Elements = ARRAYS[type];
  const expected = count * Elements.BYTES_PER_ELEMENT;
  if (raw.length !== expected) {
    throw new OnnxError('tensor-malformed', `${what} holds ${raw.length} bytes, not ${expected}`);
  }
  // A copy of its own: the file's bytes may lie at an odd offset, and must not be kept alive.
  return new Elements(new Uint8Array(raw).buffer);
}

function fromFields(type: NumericType, source: onnx.ITensorProto): ArrayLike<number | bigint> {
  switch (type) {
    case 'float32':
      return Float32Array.from(list(source.floatData));
    case 'float64':
      return Float64Array.from(list(source.doubleData));
    case 'int64':
      return BigInt64Array.from(list(source.int64Data), (value) => toBigInt(value as Int64));
    case 'uint64':
      return BigUint64Array.from(list(source.uint64Data), (value) => toBigInt(value as Int64));
    case 'uint32':
      return Uint32Array.from(list(source.uint64Data), (value) => Number(toBigInt(value as Int64)));
    default:
      return ARRAYS[type].from(list(source.int32Data));
  }
}

function utf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new OnnxError('feature-unsupported', `${what} holds bytes that are not UTF-8 text`, {
      cause: error,
    });
  }
}

function refuse(values: readonly unknown[] | null | undefined, what: string): void {
  if (values?.length)
    throw new OnnxError('feature-unsupported', `the model has ${what}, which are not supported`);
}

function present<T>(value: T | null | undefined, what: string): T {
  if (value) return value;
  throw new OnnxError('malformed', `${what} is empty`);
}

function list<T>(values: T[] | null | undefined): T[] {
  return values ?? [];
}

// Fields that a file leaves out live on the prototype of protobufjs' messages, with their defaults.
function has(source: object, field: string): boolean {
  return Object.hasOwn(source, field);
}

function text<K extends string>(field: K, source: { [F in K]?: string | null }): { [F in K]?: string } {
  return has(source, field) ? ({ [field]: source[field] } as { [F in K]?: string }) : {};
}
