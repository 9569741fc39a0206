/** What the codec worker and its owner say to each other. */
import type { DecodedImage, DecodeOptions, ImageFormat } from './pixels.ts';

/** One picture to decode. */
export interface CodecRequest {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly options: DecodeOptions;
}

/** The calls that `codec-worker.ts` answers. */
export interface CodecProtocol {
  decode(request: CodecRequest): DecodedImage;
  /** Whether the decoders hold so much memory, or broke in such a way, that the worker is better replaced. */
  worn(nothing: null): boolean;
}
