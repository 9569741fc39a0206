/** What a model says of itself: the JSON in the ONNX file's `metadata_props` under `figleaf`, and reading it without decoding weights. */
import { OnnxError } from './errors.ts';
import type { Model } from './model.ts';
import { type Field, fieldsOf, joined, lengthDelimited, malformed, textOf } from './wire.ts';

export { OnnxError, type OnnxErrorCode } from './errors.ts';

/** How a picture is brought to the model's size. All are defined in Figleaf's `image/resample`. */
export type ResizeMethod =
  /** TensorFlow's `ResizeBilinear` with `align_corners = true`, in float: two taps an axis, aliasing when shrinking. */
  | 'bilinear-aligned'
  /** Area-averaging bilinear as in Pillow's `BILINEAR`: a triangle as wide as the shrink factor. */
  | 'bilinear-antialiased'
  /** Pillow's `BILINEAR` to the last bit: the same, rounded to whole levels after each axis. Slower on large pictures. */
  | 'bilinear-pillow'
  /** OpenCV's `INTER_LINEAR` for 8-bit pictures, to the last bit: two taps an axis, 11-bit weights, whole levels. */
  | 'bilinear-opencv'
  /** The one pixel of the source that lies under the middle of the new one. */
  | 'nearest';

/**
 * How a picture of any shape is brought into the input of a detector. `ground` is the grey around the picture, 0 to 255.
 * Nets whose input has free axes take any multiple of their stride.
 */
export type Letterbox =
  /** Padded right and below to a square (or the input's shape), which is then scaled: NudeNet. Default ground: black. */
  | { readonly fit: 'corner'; readonly ground?: number }
  /** Scaled until it fits, then padded by as much on either side: Ultralytics. Default ground: 114. */
  | { readonly fit: 'centre'; readonly ground?: number }
  /** Not padded: scaled until it fits, with sides rounded to multiples of `stride`. Default stride: 32 pixels. */
  | { readonly fit: 'free'; readonly stride?: number }
  /** Not padded: the shorter side becomes `shorter` pixels, but the longer no more than `longer`: RetinaNet. */
  | { readonly fit: 'sides'; readonly shorter: number; readonly longer: number };

/** Picture to input tensor. The tensor is `(value / 255 - mean) / std` per channel for 8-bit sRGB `value`. */
export interface Preprocessing {
  /** Input width in pixels. */
  readonly width: number;
  /** Input height in pixels. */
  readonly height: number;
  readonly layout: 'NHWC' | 'NCHW';
  readonly channels: 'RGB' | 'BGR';
  readonly resize: ResizeMethod;
  /** The picture is brought to this width and height first, and the input is its middle. */
  readonly middleOf?: readonly [number, number];
  /** The picture, in the model's size, goes through a JPEG of this quality (1 to 100, libjpeg's scale, 4:2:0) before it is normalised. */
  readonly jpegQuality?: number;
  /** Per channel in the model's channel order, in units of full scale; default 0. */
  readonly mean?: readonly [number, number, number];
  /** Per channel in the model's channel order, in units of full scale; default 1. */
  readonly std?: readonly [number, number, number];
  /** Detectors only. Default: the picture is stretched to the input. */
  readonly letterbox?: Letterbox;
}

/** The three families that Figleaf's verdicts are made of. */
export type Category = 'safe' | 'suggestive' | 'unsafe';

/**
 * How a detector's outputs are read:
 * - `yolo`: one output `[N, 4 + labels, anchors]` of middle, width and height in pixels of the input, and a score for each label
 *   (YOLOv8, YOLO11).
 * - `retinanet`: three outputs of boxes `[N, boxes, 4]` (left, top, right, bottom in pixels of the input), scores `[N, boxes]` and
 *   labels `[N, boxes]`; overlapping ones have been suppressed already.
 * - `class-map`: one output `[N, labels, rows, columns]` of probabilities, which sum to 1 in each cell: a class activation map. What is
 *   found are regions of cells, by the families of the labels, and not the labels themselves.
 */
export type DetectorHead = 'yolo' | 'retinanet' | 'class-map';

/** What is known about a model, written into its file under the key `figleaf`. */
export interface ModelMetadata {
  /** Identifier, lower case with dashes or underscores. */
  readonly id: string;
  readonly task: 'classify' | 'detect';
  /** Class names in the order of the output. Those of classifiers are lower case; detectors keep their makers' names. */
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Which family each label belongs to; labels left out belong to none. */
  readonly taxonomy?: Readonly<Record<string, Category>>;
  /**
   * What the output holds: `probabilities` of labels that exclude each other, `logits` of such, or probabilities that are
   * `independent`, as of a model that may give a picture several labels. Default `probabilities`.
   */
  readonly output?: 'probabilities' | 'logits' | 'independent';
  /** Classifiers only: what its probabilities are corrected by. Default: they are taken as they are. */
  readonly calibration?: Calibration;
  /** Detectors only: what the outputs are. Default `yolo`. */
  readonly head?: DetectorHead;
  /** Detectors only: whether boxes suppress those of other labels too, as in NudeNet. Default false. */
  readonly classAgnostic?: boolean;
  /** SPDX identifier or a short name. */
  readonly licence?: string;
  /** Where the file came from, in order. */
  readonly sources?: readonly string[];
  /** What is known of the training data, honestly. */
  readonly trainingData?: string;
  /** How it was trained, if Figleaf did. */
  readonly training?: TrainingSummary;
}

/** What was fitted so that a model is as sure as it is right. */
export interface Calibration {
  /**
   * Logits are divided by it, above 0: `softmax(logits / temperature)`, and of labels that do not exclude each other
   * `sigmoid(logit / temperature)`. Probabilities count as logits by their logarithm. Above 1 the model was too sure.
   */
  readonly temperature: number;
  /** How many pictures it was fitted on. */
  readonly pictures?: number;
}

/** How a model was trained. */
export interface TrainingSummary {
  /** The architecture, or the id of the model that was trained further. */
  readonly model: string;
  /** Pictures by what they were for. */
  readonly pictures: { readonly train: number; readonly validation: number; readonly test: number };
  /** SHA-256 of the manifest of all pictures, lower-case hex. */
  readonly manifest: string;
  /** Epochs that were trained. */
  readonly epochs: number;
  /** The epoch whose weights these are, from 1. */
  readonly bestEpoch: number;
  /** Pictures a step. */
  readonly batchSize: number;
  readonly seed: number;
  /** What was done to the pictures in training, each operation with its numbers; absent where nothing was. */
  readonly augmentation?: { readonly operations: readonly object[] };
  /** Share of right answers, 0 to 1; null where it was not measured. */
  readonly validationAccuracy: number | null;
  /** Share of right answers, 0 to 1; null where it was not measured. */
  readonly testAccuracy: number | null;
}

/** The key in `metadata_props` that {@link ModelMetadata} is kept under, as JSON. */
export const METADATA_KEY = 'figleaf';

/** An input or output as a file declares it. */
export interface DeclaredValue {
  readonly name: string;
  /** Lengths of the axes: a number, the name of a free one, or `null`; `null` if not even their number is stated. */
  readonly shape: readonly (number | string | null)[] | null;
}

/** What {@link readMetadata} finds. */
export interface ModelSummary {
  /**
   * The object under `figleaf`, or `null` if the file has none. It is as the file has it: a file from elsewhere may lack
   * fields or hold others, so check before use.
   */
  readonly metadata: Partial<ModelMetadata> | null;
  /** All of `metadata_props` as text, whoever wrote it; Ultralytics keeps a YOLO's `names` there. */
  readonly properties: Readonly<Record<string, string>>;
  /** What a caller has to give; constants that old files list among the inputs are left out. */
  readonly inputs: readonly DeclaredValue[];
  readonly outputs: readonly DeclaredValue[];
  /** Version of the file format. */
  readonly irVersion: number;
  /** The program that wrote the file; empty if it does not say. */
  readonly producer: string;
}

/**
 * The model with this metadata, for {@link readMetadata} to find in its file.
 *
 * @example
 * ```ts
 * const bytes = writeModel(writeMetadata(model, { id: 'mine', task: 'classify', labels, preprocessing }));
 * ```
 */
export function writeMetadata(model: Model, metadata: ModelMetadata): Model {
  return { ...model, metadata: { ...model.metadata, [METADATA_KEY]: JSON.stringify(metadata) } };
}

/**
 * The file with other metadata. All else in it stays as it is, byte for byte, without being decoded.
 *
 * @param bytes The whole file.
 * @throws {OnnxError} `malformed` for bytes that are no ONNX model or are cut short.
 *
 * @example
 * ```ts
 * const { metadata } = readMetadata(bytes);
 * await writeFile('mine.onnx', replaceMetadata(bytes, { ...metadata, licence: 'MIT' }));
 * ```
 */
export function replaceMetadata(bytes: Uint8Array, metadata: ModelMetadata): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const field of fieldsOf(bytes)) {
    const isOld = field.number === PROPERTIES && propertyOf(bytes, field)[0] === METADATA_KEY;
    if (!isOld) parts.push(bytes.subarray(from, field.end));
    from = field.end;
  }
  const key = lengthDelimited(1, new TextEncoder().encode(METADATA_KEY));
  const value = lengthDelimited(2, new TextEncoder().encode(JSON.stringify(metadata)));
  return joined([...parts, lengthDelimited(PROPERTIES, joined([key, value]))]);
}

/**
 * What an ONNX file says of itself, without decoding its weights: milliseconds, whatever its size.
 *
 * @param bytes The whole file.
 * @throws {OnnxError} `malformed` for bytes that are no ONNX model or are cut short, `metadata-malformed` where the
 * metadata is not a JSON object.
 *
 * @example
 * ```ts
 * const { metadata, inputs } = readMetadata(await readFile('model.onnx'));
 * console.log(metadata?.labels, inputs[0]?.shape);
 * ```
 */
export function readMetadata(bytes: Uint8Array): ModelSummary {
  let irVersion: number | undefined;
  let producer = '';
  let graph: Field | undefined;
  const properties = new Map<string, string>();
  for (const field of fieldsOf(bytes)) {
    const expected = MODEL_FIELDS.get(field.number);
    if (expected && field.type !== expected) throw malformed(`the field ${field.number} is no ${expected}`);
    if (field.number === 1) irVersion = field.value;
    if (field.number === 2) producer = textOf(bytes, field);
    if (field.number === 7) graph = field;
    if (field.number === PROPERTIES) properties.set(...propertyOf(bytes, field));
  }
  if (irVersion === undefined || !graph) throw malformed('there is no version or no graph');
  const text = properties.get(METADATA_KEY);
  return {
    metadata: text === undefined ? null : parseMetadata(text),
    properties: Object.fromEntries(properties),
    ...interfaceOf(bytes, graph, irVersion),
    irVersion,
    producer,
  };
}

/** The field of `ModelProto` that is `metadata_props`. */
const PROPERTIES = 14;

/** The kinds of the fields of ONNX's `ModelProto`. */
const MODEL_FIELDS: ReadonlyMap<number, Field['type']> = new Map([
  ...[1, 5].map((number) => [number, 'varint'] as const),
  ...[2, 3, 4, 6, 7, 8, 14, 20, 25].map((number) => [number, 'bytes'] as const),
]);

/** A `StringStringEntryProto`: key and value. */
function propertyOf(bytes: Uint8Array, entry: Field): [key: string, value: string] {
  return [nameOf(bytes, entry, 1), nameOf(bytes, entry, 2)];
}

function parseMetadata(text: string): Partial<ModelMetadata> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new OnnxError('metadata-malformed', `the metadata '${METADATA_KEY}' is not JSON`, { cause: error });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new OnnxError('metadata-malformed', `the metadata '${METADATA_KEY}' is not a JSON object`);
}

// Before version 4 of the format a file listed its constants among the inputs.
const CONSTANTS_APART = 4;

function interfaceOf(
  bytes: Uint8Array,
  graph: Field,
  irVersion: number,
): Pick<ModelSummary, 'inputs' | 'outputs'> {
  const inputs: DeclaredValue[] = [];
  const outputs: DeclaredValue[] = [];
  const constants = new Set<string>();
  for (const field of messageFields(bytes, graph)) {
    if (field.number === 11) inputs.push(declaredValue(bytes, field));
    if (field.number === 12) outputs.push(declaredValue(bytes, field));
    if (field.number === 5 && irVersion < CONSTANTS_APART) constants.add(nameOf(bytes, field, 8));
  }
  return { inputs: inputs.filter(({ name }) => !constants.has(name)), outputs };
}

/** A `ValueInfoProto`: its name, and the shape within its `TypeProto`'s tensor type. */
function declaredValue(bytes: Uint8Array, value: Field): DeclaredValue {
  const shape = childOf(bytes, value, [2, 1, 2]);
  const dims = shape ? [...messageFields(bytes, shape)].filter((field) => field.number === 1) : null;
  return { name: nameOf(bytes, value, 1), shape: dims?.map((dim) => lengthOf(bytes, dim)) ?? null };
}

function lengthOf(bytes: Uint8Array, dim: Field): number | string | null {
  for (const field of messageFields(bytes, dim)) {
    if (field.number === 1) return field.value;
    if (field.number === 2) return textOf(bytes, field) || null;
  }
  return null;
}

/** The text in the field `number` of a message; empty where there is none. */
function nameOf(bytes: Uint8Array, message: Field, number: number): string {
  const name = childOf(bytes, message, [number]);
  return name ? textOf(bytes, name) : '';
}

/** The message that lies within others along `path`. */
function childOf(bytes: Uint8Array, message: Field, path: readonly number[]): Field | null {
  let current: Field | null = message;
  for (const number of path) {
    const parent: Field = current;
    current = null;
    for (const field of messageFields(bytes, parent)) if (field.number === number) current = field;
    if (!current) return null;
  }
  return current;
}

function messageFields(bytes: Uint8Array, message: Field): Generator<Field, void, undefined> {
  if (message.type === 'bytes') return fieldsOf(bytes, message.start, message.end);
  throw malformed(`the field ${message.number} is no message`);
}
