/** How the window of a convolution or a pool slides over its input. */

/** How many zeros there are before and after a spatial axis; negative where that is cut off. */
export type Border = readonly [before: number, after: number];

/** How a window slides; lists have one entry a spatial axis. */
export interface Sliding {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly Border[];
  readonly group: number;
}
