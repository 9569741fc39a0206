/** What a detector must say of itself before it is run. */
import type { ModelMetadata } from '@figleaf/onnx/metadata';
import { z } from 'zod';
import { FigleafError } from '../errors.ts';
import { faultsOf } from '../models/metadata-faults.ts';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const side = z.int().positive();
const ground = z.number().min(0).max(255).optional();

const letterboxSchema = z.discriminatedUnion('fit', [
  z.object({ fit: z.literal('corner'), ground }),
  z.object({ fit: z.literal('centre'), ground }),
  z.object({ fit: z.literal('free'), stride: side.optional() }),
  z.object({ fit: z.literal('sides'), shorter: side, longer: side }),
]);

const metadataSchema = z.object({
  id: z.string().min(1),
  task: z.literal('detect'),
  labels: z.array(z.string().min(1)).min(1),
  preprocessing: z.object({
    width: side,
    height: side,
    layout: z.enum(['NHWC', 'NCHW']),
    channels: z.enum(['RGB', 'BGR']),
    resize: z.enum(['bilinear-aligned', 'bilinear-antialiased', 'bilinear-opencv', 'nearest']),
    mean: triple.optional(),
    std: triple.optional(),
    letterbox: letterboxSchema.optional(),
  }),
  taxonomy: z.record(z.string(), z.enum(['safe', 'suggestive', 'unsafe'])).optional(),
  head: z.enum(['yolo', 'retinanet', 'class-map']).optional(),
  classAgnostic: z.boolean().optional(),
});

/**
 * The metadata, if it is enough to detect with.
 *
 * @throws {FigleafError} `model-unsupported`, naming what is missing or wrong.
 */
export function checkMetadata(metadata: object, name: string): ModelMetadata {
  const parsed = metadataSchema.safeParse(metadata);
  if (parsed.success) return parsed.data as ModelMetadata;
  throw new FigleafError(
    'model-unsupported',
    `'${name}' does not say enough of itself to detect with (${faultsOf(parsed.error)}); put it into the file's metadata under the key ` +
      "'figleaf', or in code give it to loadDetector as the option description",
  );
}
