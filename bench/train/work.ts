/** What the processes of `bench train` are asked, and what they answer. */

/** A model and a batch to train it with. */
export interface Work {
  readonly model: 'xception' | 'mobilenetV2' | 'smallCnn';
  readonly classes: number;
  /** Of the pictures, in pixels. */
  readonly side: number;
  /** Pictures a step. */
  readonly batch: number;
  /** Different batches, one after the other and then again; default 1. */
  readonly batches?: number;
  readonly threads: number;
  /** ONNX Runtime's name of what computes; default `cpu`. */
  readonly provider?: string;
  /** The learning rate. */
  readonly rate: number;
}

/** A model that is ready. */
export interface Loaded {
  /** How many numbers are trained; of the same model as many everywhere. */
  readonly parameters: number;
}

/** What some steps took. */
export interface Trained {
  readonly pictures: number;
  readonly seconds: number;
  /** One a step. */
  readonly losses: readonly number[];
}
