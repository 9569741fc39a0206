/** From what models answer to what a picture is: probabilities by class, their means, and the worst frame. */
import type { Category, ModelMetadata } from '@figleaf/onnx/metadata';
import { FigleafError } from '../errors.ts';
import { bestScore } from '../models/yolo-head.ts';
import type { Tensor } from '../runtime/pool.ts';
import type { ClassifierLook, ModelSelection } from './model.ts';
import { withOpinions } from './opinions.ts';
import {
  atTemperature,
  type ClassProbabilities,
  meanOf,
  meanOfLogits,
  type Scores,
  softmax,
  taxonomyOf,
  toScores,
} from './scores.ts';

/** What models say of one frame. */
export interface Judgement {
  /** `safe`, `unsafe` and `suggestive`; null for a model whose classes belong to no known family. */
  readonly scores: Scores | null;
  /** Every class of the model with its probability. */
  readonly classes: ClassProbabilities;
}

/** What all looks together say of one frame. */
export function averageOf(
  looks: readonly ClassifierLook[],
  answers: readonly (readonly Tensor[])[],
  selection: ModelSelection,
): Judgement {
  const said = looks.map((look, index) => ({
    ...look,
    metadata: look.model.metadata,
    outputs: answers[index]!,
  }));
  const ofClasses = said.filter(({ judges }) => judges === 'classes');
  const average = selection.average === 'logits' ? meanOfLogits : meanOf;
  const mean = average(
    ofClasses.map(({ metadata, outputs }) => toProbabilities(metadata, outputs[0])),
    ofClasses.map(({ weight }) => weight),
  );
  const opinions = said
    .filter(({ judges }) => judges === 'photographs')
    .map(({ metadata, outputs }) => explicitness(metadata, outputs[0]));
  const classes = opinions.length > 0 ? withOpinions(mean, opinions) : mean;
  const families = familiesOf(selection);
  return { classes, scores: families && toScores(classes, families) };
}

/** How surely a photograph is explicit, 0 to 1: by a detector, its best explicit box. */
function explicitness(metadata: ModelMetadata, output: Tensor | undefined): number {
  const { id, task, labels, taxonomy } = metadata;
  if (!output) throw new FigleafError('model-unsupported', `the model '${id}' has no output`);
  if (task === 'detect') return bestScore(metadata, output, (label) => taxonomy?.[label] === 'unsafe');
  return toScores(toProbabilities(metadata, output), taxonomyOf(labels, taxonomy)!).unsafe;
}

/** The family of each class; the models of a selection share them. Labels that do not exclude each other add up to no score. */
export function familiesOf({ models }: ModelSelection): Readonly<Record<string, Category>> | null {
  const { labels, taxonomy, output } = models[0]!.metadata;
  return output === 'independent' ? null : taxonomyOf(labels, taxonomy);
}

/** The frame of an animation that speaks for it; of equals, and where there are no scores, the first. */
export function worstOf(frames: readonly Judgement[]): Judgement {
  return frames.reduce((a, b) => (severity(b) > severity(a) ? b : a));
}

function severity({ scores }: Judgement): number {
  return scores ? scores.unsafe + (scores.suggestive ?? 0) / 1000 : 0;
}

function toProbabilities(metadata: ModelMetadata, output: Tensor | undefined): ClassProbabilities {
  const { id, labels, calibration } = metadata;
  if (!output) throw new FigleafError('model-unsupported', `the model '${id}' has no output`);
  checkLabels(id, labels, output.data.length);
  const values = metadata.output === 'logits' ? softmax(output.data) : output.data;
  if (metadata.output === 'independent') checkIndependent(id, values);
  else checkProbabilities(id, values);
  const known = calibration
    ? atTemperature(values, calibration.temperature, metadata.output === 'independent')
    : values;
  return Object.fromEntries(labels.map((label, index) => [label, known[index]!]));
}

/** @throws {FigleafError} `model-labels-mismatch` */
export function checkLabels(id: string, labels: readonly string[], outputs: number): void {
  if (outputs === labels.length) return;
  throw new FigleafError(
    'model-labels-mismatch',
    `the model '${id}' gives ${outputs} numbers, but ${labels.length} labels are named (${labels.join(', ')})`,
  );
}

/** Logits under the name of probabilities, or a network that overflows, must not pass for an answer. */
function checkProbabilities(id: string, values: ArrayLike<number>): void {
  const sum = Array.from(values).reduce((total, p) => total + (p >= 0 ? p : Number.NaN), 0);
  if (Math.abs(sum - 1) < 0.01) return;
  throw new FigleafError(
    'model-unsupported',
    `the model '${id}' does not give probabilities that sum to 1; where it gives logits, or labels that do not exclude ` +
      "each other, say so (output: 'logits', output: 'independent')",
  );
}

function checkIndependent(id: string, values: ArrayLike<number>): void {
  if (Array.from(values).every((p) => p >= 0 && p <= 1)) return;
  throw new FigleafError('model-unsupported', `the model '${id}' does not give probabilities from 0 to 1`);
}
