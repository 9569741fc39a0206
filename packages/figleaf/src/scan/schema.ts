/** The schema of a record. Apart from `record.ts`, since loading zod takes longer than judging a picture. */
import { z } from 'zod';

const probability = z.number().min(0).max(1);
const length = z.number().nonnegative();

const detection = z.object({
  /** As the detector writes it. */
  label: z.string(),
  /** The family of the label; null where it belongs to no known one. */
  category: z.enum(['safe', 'suggestive', 'unsafe']).nullable(),
  score: probability,
  /** In pixels of the upright original, within it, to hundredths. */
  box: z.object({ x: length, y: length, width: length, height: length }),
  /** Of an animation: which of its frames, from 0. */
  frame: z.int().nonnegative().optional(),
});

/**
 * The schema of a {@link ScanRecord}, exported as `figleaf/schema`. Fields are only ever added; unknown ones are kept out of the parsed object.
 *
 * @example
 * ```ts
 * import { recordSchema } from 'figleaf/schema';
 *
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
  /** The rule that led to the verdict, with the score that it looked at; null for `allow`, and until a policy decides. */
  reason: z.object({ rule: z.string(), score: probability }).nullable(),
  /** Null for an input that could not be judged and for models of unknown families. */
  scores: z.object({ safe: probability, unsafe: probability, suggestive: probability.nullable() }).nullable(),
  /** Class to probability; empty for an input that could not be judged. */
  classes: z.record(z.string(), probability),
  /**
   * What a detector found, the highest score first, in all frames that were looked at; empty where it found nothing, absent where
   * none was asked.
   */
  detections: z.array(detection).optional(),
  /** The ids of the models that were asked. */
  models: z.array(z.string()),
  /** Frames of an animation that were judged; absent for a still. */
  frames: z.int().positive().optional(),
  /** Present where the file broke off, but enough of it was there to judge. */
  truncated: z.literal(true).optional(),
  /**
   * The entry of a block list that the picture matches, at a Hamming distance of 0 to 31. Such a picture was looked at no further:
   * its verdict is `block` by the rule `block-list`, without scores.
   */
  match: z
    .object({ kind: z.enum(['md5', 'sha256', 'pdq']), hash: z.string(), distance: z.int().min(0).max(31) })
    .optional(),
  /** Why the input could not be judged. */
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  /** What judged it, as which models and by which policy, so that only the same goes on with a file; only in files of records. */
  run: z.string().optional(),
});

/** What Figleaf says of one input. */
export interface ScanRecord extends z.infer<typeof recordSchema> {}
