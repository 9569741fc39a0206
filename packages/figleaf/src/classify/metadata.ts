/** What a classifier must say of itself before it is run. */
import type { ModelMetadata } from '@figleaf/onnx/metadata';
import { z } from 'zod';
import { FigleafError } from '../errors.ts';
import { faultsOf } from '../models/metadata-faults.ts';

const triple = z.tuple([z.number(), z.number(), z.number()]);

const metadataSchema = z.object({
  id: z.string().min(1),
  task: z.literal('classify'),
  labels: z.array(z.string().min(1)).min(1),
  preprocessing: z
    .object({
      width: z.int().positive(),
      height: z.int().positive(),
      layout: z.enum(['NHWC', 'NCHW']),
      channels: z.enum(['RGB', 'BGR']),
      resize: z.enum([
        'bilinear-aligned',
        'bilinear-antialiased',
        'bilinear-pillow',
        'bilinear-opencv',
        'nearest',
      ]),
      letterbox: z.object({ fit: z.string() }).optional(),
      middleOf: z.tuple([z.int().positive(), z.int().positive()]).optional(),
      jpegQuality: z.int().min(1).max(100).optional(),
      mean: triple.optional(),
      std: triple.optional(),
    })
    .refine(
      ({ width, height, middleOf: [across, down] = [width, height] }) => across >= width && down >= height,
      {
        error: 'is smaller than width and height',
        path: ['middleOf'],
      },
    ),
  taxonomy: z.record(z.string(), z.enum(['safe', 'suggestive', 'unsafe'])).optional(),
  output: z.enum(['probabilities', 'logits', 'independent']).optional(),
  calibration: z.object({ temperature: z.number().positive() }).optional(),
});

/**
 * The metadata, if it is enough to classify with.
 *
 * @throws {FigleafError} `model-unsupported`, naming what is missing or wrong.
 */
export function checkMetadata(metadata: object, name: string): ModelMetadata {
  const parsed = metadataSchema.safeParse(metadata);
  if (parsed.success) return parsed.data as ModelMetadata;
  throw new FigleafError(
    'model-unsupported',
    `'${name}' does not say enough of itself to classify with (${faultsOf(parsed.error)}); put it into the file's metadata under the key ` +
      "'figleaf', or in code give it to loadClassifier as the option description",
  );
}
