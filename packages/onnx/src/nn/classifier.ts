/** What a classifier is: features of a picture, and a head that makes logits of them. */
import type { ValueInfo } from '../model.ts';
import { dense } from './layers/dense.ts';
import { dropout } from './layers/dropout.ts';
import type { Network } from './network.ts';

/** A model that tells classes apart, as functions that build it. */
export interface Classifier {
  /** What the graph is called. */
  readonly name: string;
  /** Number of classes. */
  readonly classes: number;
  /** From pictures, such as `[batch, 3, height, width]`, to `[batch, features]`. */
  features(network: Network, images: ValueInfo): ValueInfo;
  /** From `[batch, features]` to logits: `[batch, classes]`. */
  head(network: Network, features: ValueInfo): ValueInfo;
}

/** What every architecture can be told. */
export interface ArchitectureOptions {
  /** Number of classes. */
  readonly classes: number;
  /** Which share of the features is dropped before the logits, 0 to below 1. */
  readonly dropout?: number;
}

/** Dropout, then logits: `dropout/mask`, `predictions/kernel`, `predictions/bias`. */
export function classifierHead(classes: number, rate: number): Classifier['head'] {
  return (network, features) => {
    const kept = dropout(network, features, { name: 'dropout', rate });
    return dense(network, kept, { name: 'predictions', units: classes });
  };
}
