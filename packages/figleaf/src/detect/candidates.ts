/** What a detector's heads say, as candidates: every box that scores enough, before any is suppressed. */
import { FigleafError } from '../errors.ts';
import type { Box } from '../image/box.ts';
import type { Size } from '../image/dimensions.ts';
import type { Placement } from '../image/place.ts';
import { checkScore, checkYoloShape, type HeadMetadata } from '../models/yolo-head.ts';
import type { Tensor } from '../runtime/pool.ts';
import { readClassMap } from './class-map.ts';
import { clipBox, toPicture } from './geometry.ts';

/** A box that may show something. */
export interface Candidate {
  /** Place of what it shows among the model's {@link kindsOf}. */
  readonly label: number;
  /** 0 to 1. */
  readonly score: number;
  readonly box: Box;
}

/**
 * The candidates that score at least `minScore`, in the order of the outputs, in pixels of the model's input.
 *
 * @param input Size of the model's input in pixels.
 * @throws {FigleafError} `model-labels-mismatch` where there are more or fewer classes than labels, `model-unsupported` for outputs
 * of another kind.
 */
export function readCandidates(
  model: HeadMetadata,
  outputs: readonly Tensor[],
  minScore: number,
  input: Size,
): Candidate[] {
  switch (model.head) {
    case 'class-map':
      return readClassMap(model, outputs, minScore, input);
    case 'retinanet':
      return readRetinaNet(model, outputs, minScore);
    default:
      return readYolo(model, outputs, minScore);
  }
}

/** Candidates of a view in pixels of the picture, clipped to it. */
export function placeCandidates(
  candidates: readonly Candidate[],
  placement: Placement,
  size: Size,
): Candidate[] {
  return candidates.flatMap((candidate) => {
    const box = clipBox(toPicture(candidate.box, placement), size);
    return box ? [{ ...candidate, box }] : [];
  });
}

/** Of each anchor the label that scores highest, as in Ultralytics' own `predict`. */
function readYolo(model: HeadMetadata, outputs: readonly Tensor[], minScore: number): Candidate[] {
  const output = outputs[0];
  checkYoloShape(model, output?.dims ?? []);
  const { data, dims } = output!;
  const anchors = dims[2]!;
  const candidates: Candidate[] = [];
  for (let anchor = 0; anchor < anchors; anchor++) {
    const { label, score } = bestLabel(data, anchor, anchors, model.labels.length);
    if (!(score >= minScore)) continue;
    checkScore(model, score);
    const [x, y, width, height] = [0, 1, 2, 3].map((row) => data[row * anchors + anchor]!);
    const box = { x: x! - width! / 2, y: y! - height! / 2, width: width!, height: height! };
    if (isBox(box)) candidates.push({ label, score, box });
  }
  return candidates;
}

function bestLabel(
  data: Float32Array,
  anchor: number,
  anchors: number,
  labels: number,
): { label: number; score: number } {
  let label = 0;
  let score = Number.NEGATIVE_INFINITY;
  for (let index = 0, at = 4 * anchors + anchor; index < labels; index++, at += anchors) {
    const value = data[at]!;
    if (value > score) {
      label = index;
      score = value;
    }
  }
  return { label, score };
}

function readRetinaNet(model: HeadMetadata, outputs: readonly Tensor[], minScore: number): Candidate[] {
  const [boxes, scores, labels] = outputs;
  checkRetinaNetShape(
    model,
    outputs.map(({ dims }) => dims),
  );
  const candidates: Candidate[] = [];
  scores!.data.forEach((score, index) => {
    const label = labels!.data[index]!;
    // Where fewer boxes are found than there is room for, the rest are labelled -1.
    if (!(score >= minScore) || label < 0) return;
    checkScore(model, score);
    if (label >= model.labels.length) throw unknownLabel(model, label);
    const [left, top, right, bottom] = boxes!.data.subarray(index * 4, index * 4 + 4);
    const box = { x: left!, y: top!, width: right! - left!, height: bottom! - top! };
    if (isBox(box)) candidates.push({ label, score, box });
  });
  return candidates;
}

/**
 * Whether outputs of these shapes can be those of a RetinaNet; axes without a number are not judged.
 *
 * @throws {FigleafError} `model-unsupported`
 */
export function checkRetinaNetShape(
  { id }: HeadMetadata,
  shapes: readonly (readonly (number | string)[])[],
): void {
  const [boxes, scores, labels] = shapes;
  const corners = boxes?.at(-1);
  const fits =
    boxes?.length === 3 &&
    (typeof corners !== 'number' || corners === 4) &&
    scores?.length === 2 &&
    labels?.length === 2;
  if (fits) return;
  throw new FigleafError(
    'model-unsupported',
    `the model '${id}' gives ${shapes.map((dims) => `[${dims.join(', ')}]`).join(', ')}; the head of a RetinaNet gives ` +
      'boxes [1, n, 4], scores [1, n] and labels [1, n]',
  );
}

function unknownLabel({ id, labels }: HeadMetadata, label: number): FigleafError {
  return new FigleafError(
    'model-labels-mismatch',
    `the model '${id}' gives a box of class ${label}, but ${labels.length} labels are named (${labels.join(', ')})`,
  );
}

/** A network that overflows gives what is no number. */
function isBox({ x, y, width, height }: Box): boolean {
  return Number.isFinite(x + y + width + height) && width > 0 && height > 0;
}
