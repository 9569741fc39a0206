/** The data model: an ONNX model as plain objects and typed arrays. */

/** The array that holds a tensor's elements, by element type. Half floats are kept as their 16 bits. */
export interface TensorData {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  /** One byte an element, 0 or 1. */
  bool: Uint8Array;
  string: readonly string[];
}

/** What the elements of a tensor are. */
export type ElementType = keyof TensorData;

/** A constant array: elements in row-major order. `Tensor<'float32'>` is one of known element type. */
export type Tensor<T extends ElementType = ElementType> = {
  [K in T]: {
    readonly type: K;
    /** Lengths of the axes; empty for a scalar. */
    readonly dims: readonly number[];
    readonly data: TensorData[K];
  };
}[T];

/**
 * A length that is known (a number), free but named (a string: equal names are equal lengths), or unknown (`null`).
 * Lengths that follow from a free one are written `floor((height+3)/2)`; see {@link evaluateDim}.
 */
export type Dim = number | string | null;

/** Lengths of a value's axes. */
export type Shape = readonly Dim[];

/** Element type and shape; `shape` is `null` where not even the number of axes is known. */
export interface TensorType {
  readonly elementType: ElementType;
  readonly shape: Shape | null;
}

/** A named value of a graph and its type. */
export interface ValueInfo extends TensorType {
  readonly name: string;
}

/** A constant property of a node. Integers beyond 2^53 are `bigint`, all others `number`. */
export type Attribute =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'int'; readonly value: number | bigint }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'graph'; readonly value: Graph }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'ints'; readonly value: readonly (number | bigint)[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensors'; readonly value: readonly Tensor[] }
  | { readonly type: 'graphs'; readonly value: readonly Graph[] };

/** A node's attributes by their ONNX names. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** One application of an operator. */
export interface Node {
  /** A label; may be empty. Nodes are told apart by what they compute. */
  readonly name: string;
  /** The operator, such as `Conv`. */
  readonly opType: string;
  /** The operator's domain; empty is ONNX's own. */
  readonly domain: string;
  /** Names of values, in the operator's order; the empty string stands for an optional input left out. */
  readonly inputs: readonly string[];
  /** Names given to the results, in the operator's order; the empty string for one nobody wants. */
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
  readonly docString?: string;
}

/** A computation: nodes in an order in which every value is computed before it is used. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Constants by name. */
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly nodes: readonly Node[];
  /** What is stated of values in between, if anything. */
  readonly values: readonly ValueInfo[];
  readonly docString?: string;
}

/** A graph with what a file says around it. */
export interface Model {
  readonly irVersion: number;
  /** Version of the operator set by domain; the empty domain is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly domain?: string;
  readonly modelVersion?: number | bigint;
  readonly docString?: string;
  /** The file's `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly graph: Graph;
}

/** The operator set that graphs made here are written for. */
export const OPSET = 18;

/** The file format version that goes with {@link OPSET}. */
export const IR_VERSION = 8;

/** With which set a node came, for operators that are not all of {@link OPSET}. */
const LATER: Readonly<Record<string, (node: Node) => number>> = {
  Gelu: () => 20,
  AveragePool: ({ attributes }) => (Object.hasOwn(attributes, 'dilations') ? 19 : OPSET),
  Resize: ({ attributes }) =>
    attributes.coordinate_transformation_mode?.value === 'half_pixel_symmetric' ? 19 : OPSET,
};

/**
 * Puts a model around a graph, for ONNX operator set 18, or the one that has all of its operators (20 for `Gelu`, 19 for an `AveragePool`
 * with dilations and a `Resize` with `half_pixel_symmetric`). Domains other than ONNX's own are stated in version 1.
 *
 * @param graph What the model computes.
 * @param about Anything else to state; `metadata`, `producerName`, more operator sets.
 */
export function modelOf(graph: Graph, about: Partial<Omit<Model, 'graph'>> = {}): Model {
  return {
    irVersion: IR_VERSION,
    opsets: opsetsOf(graph),
    producerName: 'figleaf',
    metadata: {},
    ...about,
    graph,
  };
}

function opsetsOf({ nodes }: Graph): Record<string, number> {
  const opsets: Record<string, number> = { '': OPSET };
  for (const node of nodes) {
    const { domain, opType } = node;
    const needed = domain === '' && Object.hasOwn(LATER, opType) ? LATER[opType]!(node) : 1;
    opsets[domain] = Math.max(opsets[domain] ?? 1, needed);
  }
  return opsets;
}
