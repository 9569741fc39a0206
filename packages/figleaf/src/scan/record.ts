/** The record: what Figleaf says of one input, the same in `--json`, in files and from the server. */
import type { Classification } from '../classify/classifier.ts';
import type { Detection, DetectionResult } from '../detect/detector.ts';
import type { FigleafError } from '../errors.ts';
import type { BlockListMatch } from '../hash/block-list.ts';
import type { Box } from '../image/box.ts';
import type { ImageInput } from '../image/input.ts';
import type { ScanRecord } from './schema.ts';

export type { ScanRecord } from './schema.ts';

/** The rule that leads to the verdict on a picture that is on a block list. */
export const BLOCK_LIST_RULE = 'block-list';

// Sums of float32 probabilities leave [0, 1] by some 1e-7, and more digits than six are noise.
const round = (p: number): number => Math.round(Math.min(1, Math.max(0, p)) * 1e6) / 1e6;

/** Hundredths of a pixel; more is noise. Sides are rounded and not lengths, so that no box leaves the picture. */
function roundBox({ x, y, width, height }: Box): Box {
  const to = (value: number): number => Math.round(value * 100) / 100;
  return { x: to(x), y: to(y), width: to(to(x + width) - to(x)), height: to(to(y + height) - to(y)) };
}

/** What a record calls an input: the path or URL that it is, or the name of a `File`; null for others. */
export function nameOf(input: ImageInput): string | null {
  if (typeof input === 'string') return input;
  // Callers without a compiler may give anything, which is judged to be no picture later.
  const { href, name } = Object(input) as { readonly href?: unknown; readonly name?: unknown };
  const found = href ?? name;
  return typeof found === 'string' && found !== '' ? found : null;
}

/** What a record has of what a detector found. */
export function toDetections(found: readonly Detection[]): NonNullable<ScanRecord['detections']> {
  return found.map(({ score, box, ...rest }) => ({ ...rest, score: round(score), box: roundBox(box) }));
}

/**
 * The record of a picture that was judged; a policy may still decide on it.
 *
 * @param found What a detector says of the same picture; absent where none was asked.
 */
export function toRecord(input: string, result: Classification, found?: DetectionResult): ScanRecord {
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
    ...(found && { detections: toDetections(found.detections) }),
    models: [...models, ...(found?.models ?? [])],
    ...(image.frameCount > 1 && { frames }),
    ...(image.truncated && { truncated: true as const }),
  };
}

/** What people see a record called: a picture on a block list is told by its entry there alone. */
export function shownName({ input, match }: ScanRecord): string {
  return match ? `on the block list: ${match.kind} ${match.hash}` : input;
}

/** The record of a picture that a detector alone has looked at. */
export function toDetectionRecord(input: string, result: DetectionResult): ScanRecord {
  return toRecord(input, { ...result, scores: null, classes: {}, models: [] }, result);
}

/** What records of inputs have that no model was asked about. */
const UNJUDGED = { width: null, height: null, scores: null, classes: {}, models: [] };

/** The record of an input that could not be judged. */
export function toErrorRecord(input: string, error: FigleafError): ScanRecord {
  const { code, message } = error;
  const kind = code === 'video-unsupported' ? 'video' : 'image';
  return { input, kind, ...UNJUDGED, verdict: null, reason: null, error: { code, message } };
}

/** The record of a picture on a block list. The list alone decides on it, whatever the policy says. */
export function toListedRecord(input: string, match: BlockListMatch): ScanRecord {
  const reason = { rule: BLOCK_LIST_RULE, score: 1 };
  return { input, kind: 'image', ...UNJUDGED, verdict: 'block', reason, match: { ...match } };
}
