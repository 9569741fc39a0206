/** What the main thread and the threads that augment say to each other. */
import type { AugmentStep } from './step.ts';

/** A picture, and what is to be done to it. */
export interface AugmentJob {
  readonly width: number;
  readonly height: number;
  /** The order of the channels in `data`. */
  readonly channels: 'RGB' | 'BGR';
  /** `[height, width, 3]`. */
  readonly data: Uint8Array;
  readonly steps: readonly AugmentStep[];
}

/** Some pictures, the data of all in one piece of memory, which is handed over and comes back: fresh memory takes longer than copying does. */
export interface AugmentCall {
  readonly id: number;
  readonly jobs: readonly AugmentJob[];
  readonly memory: ArrayBuffer;
}

/** What became of them, or what went wrong. */
export type AugmentReply = { readonly id: number; readonly memory: ArrayBuffer } & (
  | { readonly results: readonly Uint8Array[] }
  | { readonly error: unknown }
);
