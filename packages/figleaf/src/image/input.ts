/** What can be given as a picture, on either platform, as one structural type. */
import type { Pixels } from './pixels.ts';

/** A `File` or `Blob`. */
export interface BlobLike {
  readonly size: number;
  readonly type: string;
  /** All of its bytes. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A web `ReadableStream` of bytes. */
export interface ByteStreamLike {
  /** Locks the stream for one reader. */
  getReader(): {
    /** The next chunk. */
    read(): Promise<{ readonly done: boolean; readonly value?: unknown }>;
    /** Says that nobody wants the rest. */
    cancel(reason?: unknown): Promise<void>;
  };
}

/** A `URL` object. Only `file:` URLs are read, and only in Node. */
export interface UrlLike {
  readonly href: string;
  readonly protocol: string;
}

/** Red, green, blue, alpha, as in `ImageData`. Alpha is laid on white. */
export interface RgbaPixels {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 4]`, not premultiplied. */
  readonly data: Uint8ClampedArray;
}

/** An `ImageBitmap`. Browser only. */
export interface BitmapLike {
  readonly width: number;
  readonly height: number;
  /** Frees its memory, which is left to the caller. */
  close(): void;
}

/** An `<img>` element. Browser only. */
export interface ImageElementLike {
  readonly naturalWidth: number;
  readonly naturalHeight: number;
  /** Resolves when it can be drawn. */
  decode(): Promise<void>;
}

/** A `<canvas>` or an `OffscreenCanvas`. Browser only. */
export interface CanvasLike {
  readonly width: number;
  readonly height: number;
  /** What its pixels are read from. */
  getContext(kind: string): unknown;
}

/** What is drawn rather than decoded. */
export type Drawable = BitmapLike | ImageElementLike | CanvasLike;

/**
 * A picture in any form that Figleaf takes.
 *
 * - Node: a path, a `file:` URL object, bytes (`Buffer`, `Uint8Array`, `ArrayBuffer`), a `Blob`, a web `ReadableStream`,
 *   anything that yields bytes (such as `fs.createReadStream`), `Pixels`, `ImageData`.
 * - Browser: a `File` or `Blob`, bytes, streams of bytes, `Pixels`, `ImageData`, `ImageBitmap`, `<img>`, `<canvas>`,
 *   `OffscreenCanvas`. A string is refused there: nothing is fetched without being asked.
 *
 * Streams are read to their end. Everything else stays the caller's and is not changed.
 */
export type ImageInput =
  | string
  | UrlLike
  | Uint8Array
  | ArrayBuffer
  | BlobLike
  | ByteStreamLike
  | AsyncIterable<Uint8Array>
  | Pixels
  | RgbaPixels
  | Drawable;
