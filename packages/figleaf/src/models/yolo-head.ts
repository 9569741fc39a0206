/** The head of a YOLOv8 or YOLO11: whether an output is one, and the best score in it. */
import type { ModelMetadata } from '@figleaf/onnx/metadata';
import { FigleafError } from '../errors.ts';

/** The part of a model's metadata that its outputs are read by. */
export type HeadMetadata = Pick<ModelMetadata, 'id' | 'labels' | 'head'>;

/** An output `[1, 4 + labels, anchors]`. */
export interface HeadOutput {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/**
 * The highest score that any anchor gives to one of the labels that are wanted.
 *
 * @returns 0 to 1; 0 where no label is wanted.
 * @throws {FigleafError} `model-labels-mismatch` or `model-unsupported`.
 */
export function bestScore(
  model: HeadMetadata,
  { data, dims }: HeadOutput,
  isWanted: (label: string) => boolean,
): number {
  checkYoloShape(model, dims);
  const anchors = dims[2]!;
  let best = 0;
  model.labels.forEach((label, index) => {
    if (!isWanted(label)) return;
    const scores = data.subarray((4 + index) * anchors, (5 + index) * anchors);
    // What is no number stays none.
    for (const score of scores) best = Math.max(best, score);
  });
  checkScore(model, best);
  return Math.min(best, 1);
}

/**
 * Whether an output of this shape can be that of a YOLO with these labels; axes without a number are not judged.
 *
 * @throws {FigleafError} `model-labels-mismatch` or `model-unsupported`.
 */
export function checkYoloShape({ id, labels }: HeadMetadata, dims: readonly (number | string)[]): void {
  const rows = dims[1];
  const isYolo = dims.length === 3 && (typeof rows !== 'number' || rows > 4);
  if (!isYolo) {
    throw new FigleafError(
      'model-unsupported',
      `the model '${id}' gives an output of shape [${dims.join(', ')}]; the head of a YOLOv8 or YOLO11 gives [1, 4 + classes, anchors]`,
    );
  }
  if (typeof rows !== 'number' || rows === 4 + labels.length) return;
  throw new FigleafError(
    'model-labels-mismatch',
    `the model '${id}' gives boxes of ${rows - 4} classes (its output is [${dims.join(', ')}]), but ${labels.length} labels are ` +
      `named (${labels.join(', ')})`,
  );
}

/**
 * Logits under the name of probabilities must not pass for an answer.
 *
 * @throws {FigleafError} `model-unsupported`
 */
export function checkScore({ id }: HeadMetadata, score: number): void {
  if (score <= 1.001) return;
  throw new FigleafError(
    'model-unsupported',
    `the model '${id}' gives a score of ${score}; scores are probabilities from 0 to 1`,
  );
}
