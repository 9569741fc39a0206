/** The record: what Figleaf says of one input, the same in `--json`, in files and from the server. */
import { z } from 'zod';
import type { Classification } from '../classify/classifier.ts';
import type { FigleafError } from '../errors.ts';

const probability = z.number().min(0).max(1);

/**
 * The schema of a {@link ScanRecord}. Fields are only ever added; unknown ones are kept out of the parsed object.
 *
 * @example
 * ```ts
 * const record = recordSchema.parse(JSON.parse(line));
 * ```
 */
export const recordSchema = z.object({
  /** The path, or another name of what was judged. */
  input: z.string(),
  kind: z.enum(['image', 'video']),
  /** Pixels of the upright original; null where it could not be read. */
  width: z.int().positive().nullable(),
  height: z.int().positive().nullable(),
  /** Null until a policy decides. */
  verdict: z.enum(['allow', 'review', 'block']).nullable(),
  /** The rule that led to the verdict, with the score that it looked at. */
  reason: z.object({ rule: z.string(), score: probability }).nullable(),
  /** Null for an input that could not be judged and for models of unknown families. */
  scores: z.object({ safe: probability, unsafe: probability, suggestive: probability.nullable() }).nullable(),
  /** Class to probability; empty for an input that could not be judged. */
  classes: z.record(z.string(), probability),
  /** The ids of the models that were asked. */
  models: z.array(z.string()),
  /** Frames of an animation that were judged; absent for a still. */
  frames: z.int().positive().optional(),
  /** Present where the file broke off, but enough of it was there to judge. */
  truncated: z.literal(true).optional(),
  /** Why the input could not be judged. */
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** What Figleaf says of one input. */
export type ScanRecord = z.infer<typeof recordSchema>;

// Sums of float32 probabilities leave [0, 1] by some 1e-7, and more digits than six are noise.
const round = (p: number): number => Math.round(Math.min(1, Math.max(0, p)) * 1e6) / 1e6;

/** The record of a picture that was judged. */
export function toRecord(input: string, result: Classification): ScanRecord {
  const { scores, classes, models, image, frames } = result;
  return {
    input,
    kind: 'image',
    width: image.width,
    height: image.height,
    verdict: null,
    reason: null,
    scores: scores && {
      safe: round(scores.safe),
      unsafe: round(scores.unsafe),
      suggestive: scores.suggestive === null ? null : round(scores.suggestive),
    },
    classes: Object.fromEntries(Object.entries(classes).map(([label, p]) => [label, round(p)])),
    models: [...models],
    ...(image.frameCount > 1 && { frames }),
    ...(image.truncated && { truncated: true as const }),
  };
}

/** The record of an input that could not be judged. */
export function toErrorRecord(input: string, error: FigleafError): ScanRecord {
  return {
    input,
    kind: error.code === 'video-unsupported' ? 'video' : 'image',
    width: null,
    height: null,
    verdict: null,
    reason: null,
    scores: null,
    classes: {},
    models: [],
    error: { code: error.code, message: error.message },
  };
}
