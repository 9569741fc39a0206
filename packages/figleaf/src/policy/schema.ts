/** The schema of a policy file. Apart from `policy.ts`, since loading zod takes longer than judging a picture. */
import { z } from 'zod';

const A_SCORE = 'give a number from 0 to 1';
const SOME_FAMILIES = 'give an object with unsafe, suggestive or both';
const SOME_THRESHOLDS = 'give an object with review, block or both';

const score = z.number(A_SCORE).min(0, A_SCORE).max(1, A_SCORE);

// Of thresholds that are wrong one by one, nothing is said of them together.
const areNumbers = ({ issues }: { readonly issues: readonly unknown[] }): boolean => issues.length === 0;

const thresholds = z
  .strictObject(
    {
      review: score.optional().describe('Scores of at least this are for a person to look at.'),
      block: score.optional().describe('Scores of at least this are blocked. Not less than review.'),
    },
    SOME_THRESHOLDS,
  )
  .refine(({ review, block }) => (review ?? block) !== undefined, {
    error: SOME_THRESHOLDS,
    when: areNumbers,
  })
  .refine(({ review = 0, block = 1 }) => review <= block, {
    error: 'review is above block, so that nothing would ever be for review',
    when: areNumbers,
  })
  .meta({ minProperties: 1 });

const scores = z.strictObject(
  {
    unsafe: thresholds.optional().describe('Explicit content: porn and hentai together.'),
    suggestive: thresholds.optional().describe('Suggestive content: sexy.'),
  },
  SOME_FAMILIES,
);

const boxes = z.strictObject(
  {
    unsafe: thresholds.optional().describe('Explicit parts, such as bare genitals.'),
    suggestive: thresholds.optional().describe('The same parts, covered.'),
  },
  SOME_FAMILIES,
);

/** What a policy has to be. */
export const policySchema = z.strictObject(
  {
    $schema: z.string().optional().describe('Where this schema lies, for editors.'),
    name: z
      .string('give a text')
      .min(1, 'give at least one character')
      .optional()
      .describe('What reports call the policy.'),
    scores: scores.optional().describe('Thresholds of the scores that sum up families of classes.'),
    classes: z
      .record(z.string(), thresholds, 'give an object with the names of classes')
      .optional()
      .describe('Thresholds of single classes, by the names that the model has for them, such as porn.'),
    boxes: boxes
      .optional()
      .describe('Thresholds of what a detector finds, by family: of the box that it is surest of.'),
    labels: z
      .record(z.string(), thresholds, 'give an object with the names of labels')
      .optional()
      .describe(
        'The same of single labels, by the names that the detector has for them, such as FEET_EXPOSED.',
      ),
  },
  'give an object such as { "scores": { "unsafe": { "block": 0.9 } } }',
);

/** The keys that there may be, by depth: of the policy, of its `scores`, and of each thing that has thresholds. */
export const POLICY_KEYS: readonly (readonly string[])[] = [policySchema, scores, thresholds].map(
  ({ shape }) => Object.keys(shape),
);

/** The same as a JSON Schema, which editors read. */
export function policyJsonSchema(): object {
  return z.toJSONSchema(policySchema.meta({ title: 'Figleaf policy' }), { target: 'draft-7' });
}
