/** What the pool and its workers say to each other, and the runtime's words for models and tensors. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import type { PdqHash } from '../hash/pdq.ts';
import type { Size } from '../image/dimensions.ts';
import type { DecodedImage, DecodeOptions, ImageInfo } from '../image/pixels.ts';
import type { Placement } from '../image/place.ts';

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

/** What a model is shown of a picture. */
export interface Look {
  readonly preprocessing: Preprocessing;
  /** Share of width and height that is shown, around the middle, over 0 to 1. Default 1: all of it. */
  readonly crop?: number;
  /** The part that is shown, and where in the input it lies, instead of `crop` and of the size in `preprocessing`. */
  readonly placement?: Placement | undefined;
}

/** A model to ask about a picture. */
export interface Question extends Look {
  readonly modelId: string;
}

/** A bound on answers: the numbers of a first output, each times its weight, sum to less than `below`. */
export interface Bound {
  readonly weights: readonly number[];
  readonly below: number;
}

/** Models that are asked together. */
export interface Stage {
  readonly questions: readonly Question[];
  /** The stages that follow are spared where the mean of all answers so far keeps all of these, for every frame. */
  readonly enough?: readonly Bound[] | undefined;
}

/** What to ask about a picture once its size is known. */
export interface Plan {
  /** The model that is asked first and alone, if there is one. */
  readonly modelId: string | null;
  /** The stages for a picture of this size, in pixels as it was decoded; all frames of an animation share it. */
  readonly stagesFor: (size: Size) => readonly Stage[];
}

/** A picture as models want it. */
export interface PreparedImage {
  readonly image: ImageInfo;
  /** `[frame][look]`: for every decoded frame one tensor a look, in the order of the looks. */
  readonly tensors: readonly (readonly Float32Array[])[];
}

/** What models say of a picture. */
export interface AnsweredImage {
  readonly image: ImageInfo;
  /** A small WebP of the first frame, where one was asked for. */
  readonly thumbnail?: Uint8Array | undefined;
  /** `[frame][question]`: every output of the model, in its order; of all stages that were asked. */
  readonly answers: readonly (readonly (readonly Tensor[])[])[];
}

/** What models say of a picture to several who asked at once. */
export interface SharedAnswers extends Omit<AnsweredImage, 'answers'> {
  /** `[plan]`: the answers to each of those who asked, as {@link AnsweredImage} has them. */
  readonly answers: readonly AnsweredImage['answers'][];
}

/** A decoded picture that the worker keeps. */
export interface Fingerprint {
  /** Names it for the next call. */
  readonly ticket: number;
  /** `[frame]`: the PDQ hashes of its eight rotations. */
  readonly hashes: readonly (readonly PdqHash[])[];
}

/** A decoded picture that the worker keeps, and its size. */
export interface Measured {
  /** Names it for the next call. */
  readonly ticket: number;
  /** Of the first frame as it was decoded, in pixels. */
  readonly size: Size;
}

/** One picture to decode. */
export interface PictureRequest {
  /** The bytes of a picture file, what was decoded elsewhere, or the ticket of what the worker has decoded already. */
  readonly source: Uint8Array | DecodedImage | number;
  readonly options: DecodeOptions;
}

/** One picture to prepare. */
export interface PrepareRequest extends PictureRequest {
  /** `[plan][look]` */
  readonly looks: readonly (readonly Look[])[];
  /** Longer side of a thumbnail to make, in pixels. */
  readonly thumbnail?: number | undefined;
  /** A model of this worker that takes the first look of the first plan at once, which spares its tensor two journeys. */
  readonly run?: { readonly modelId: string; readonly enough: readonly Bound[] | undefined } | undefined;
}

/** A prepared picture. */
export interface PrepareReply {
  readonly image: ImageInfo;
  /** `[plan][frame][look]`: those that are left to be asked about. */
  readonly tensors: readonly PreparedImage['tensors'][];
  /** `[frame]`: what the model said that ran at once. If it was enough, its plan has no tensors left, else those of its other looks. */
  readonly answers?: readonly (readonly Tensor[])[];
  readonly thumbnail?: Uint8Array | undefined;
}

/** A picture as a data set takes it, and what tells it from others. */
export interface ReducedImage {
  /** What was learnt about the original. */
  readonly image: ImageInfo;
  /** 32 bytes that stand for the size and the pixels of the upright first frame. Two pictures do not share them by chance; whoever wants to can make such two. */
  readonly pixelDigest: Uint8Array;
  /** PDQ of the original: one, or all of {@link pdqRotations}. */
  readonly hashes: readonly PdqHash[];
  /** As many, of the original brought to 128 x 128 pixels first: nearer to those of copies that have another size. */
  readonly oneSizeHashes: readonly PdqHash[];
  /** Size of the picture as it is to be kept. */
  readonly size: Size;
  /** A JPEG of it, quality 90; null where the file can stay as it is: a JPEG that is low enough, upright and in sRGB. */
  readonly jpeg: Uint8Array | null;
}

/** One picture to make smaller. */
export interface ReduceRequest extends PictureRequest {
  /** Most pixels from top to bottom. */
  readonly maxHeight: number;
  /** Whether to hash it turned and mirrored too. */
  readonly rotations: boolean;
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
  /** Decodes a picture, keeps it, and tells its hashes. */
  fingerprint(request: PictureRequest): Fingerprint;
  /** Decodes a picture, keeps it, and tells its size. */
  measure(request: PictureRequest): Measured;
  /** Lets go of a picture that is kept. */
  forget(ticket: number): void;
  /** Makes a session. */
  load(source: ModelSource): LoadReply;
  /** Decodes a picture and makes tensors of it. Several may be under way. */
  prepare(request: PrepareRequest): PrepareReply;
  /** Decodes a picture, hashes it, and makes it smaller. */
  reduce(request: ReduceRequest): ReducedImage;
  /** One inference. Blocks the thread. */
  run(request: { readonly modelId: string; readonly input: Tensor }): Tensor[];
}
