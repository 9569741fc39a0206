/** What the pool and its workers say to each other, and the runtime's words for models and tensors. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import type { DecodedImage, DecodeOptions, ImageInfo } from '../image/pixels.ts';

/** Which ONNX Runtime computes: its native library, or the WebAssembly build that ships with Figleaf. */
export type RuntimeKind = 'native' | 'wasm';

/** A model to load: either a file or its bytes. */
export interface ModelSource {
  /** Names the model within a pool. */
  readonly id: string;
  /** A path in Node, a URL in the browser. */
  readonly file?: string;
  /** The whole ONNX file. */
  readonly bytes?: Uint8Array;
}

/** One input or output of a model. */
export interface TensorInfo {
  readonly name: string;
  /** ONNX Runtime's name of the element type, such as `float32`. */
  readonly type: string;
  /** A number where the size is fixed, a name where it is free. */
  readonly dims: readonly (number | string)[];
}

/** What a loaded model expects and gives. */
export interface LoadedModel {
  readonly id: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** Numbers in row-major order. */
export interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** A picture as models want it. */
export interface PreparedImage {
  readonly image: ImageInfo;
  /** `[frame][request]`: for every decoded frame one tensor a request, in the order of the requests. */
  readonly tensors: readonly (readonly Float32Array[])[];
}

/** What models say of a picture. */
export interface AnsweredImage {
  readonly image: ImageInfo;
  /** `[frame][model]`: every output of the model, in its order. */
  readonly answers: readonly (readonly (readonly Tensor[])[])[];
}

/** A model to ask about a picture, and what it wants to see. */
export interface Question {
  readonly modelId: string;
  readonly preprocessing: Preprocessing;
}

/** A picture on its way to a worker. */
interface PictureRequest {
  /** The bytes of a picture file, or what was decoded elsewhere. */
  readonly source: Uint8Array | DecodedImage;
  readonly options: DecodeOptions;
}

/** One picture to prepare. */
export interface PrepareRequest extends PictureRequest {
  readonly requests: readonly Preprocessing[];
}

/** One picture to prepare, and one model of the worker to run on it. */
export interface AskRequest extends PictureRequest {
  readonly question: Question;
}

/** A model in a worker, and how large its file was. */
export interface LoadReply {
  readonly model: LoadedModel;
  /** Size of the model's file in bytes. */
  readonly size: number;
}

/** The calls that `picture-worker.ts` answers. */
export interface PictureProtocol {
  /** The first call. `guard` is the exit guard's memory, see `guard.ts`. */
  start(setup: { readonly guard: SharedArrayBuffer | null }): void;
  /** Loads ONNX Runtime, which is otherwise done for the first model. */
  runtime(nothing: null): RuntimeKind;
  /** Loads the decoders, which is otherwise done for the first picture. */
  warm(nothing: null): void;
  /** Makes a session. */
  load(source: ModelSource): LoadReply;
  /** Decodes a picture and makes tensors of it. Several may be under way. */
  prepare(request: PrepareRequest): PreparedImage;
  /** Prepares a picture and runs a model on each of its frames, which spares the tensors two journeys. */
  ask(request: AskRequest): AnsweredImage;
  /** One inference. Blocks the thread. */
  run(request: { readonly modelId: string; readonly input: Tensor }): Tensor[];
}

/** The tensor of one picture as a batch of one. */
export function inputOf(data: Float32Array, { layout, width, height }: Preprocessing): Tensor {
  return { data, dims: layout === 'NHWC' ? [1, height, width, 3] : [1, 3, height, width] };
}
