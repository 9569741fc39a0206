/** Label maps as options give them. */
import { type LabelMap, readLabelMap } from '../data-set/label-map.ts';

/** A label map, and what messages call it. */
export interface NamedMap {
  readonly map: LabelMap;
  readonly from: string;
}

/** The map of a file, or the one that was given; null without. */
export async function mapOf(labels: string | LabelMap | undefined): Promise<NamedMap | null> {
  if (labels === undefined) return null;
  if (typeof labels !== 'string') return { map: labels, from: 'given' };
  return { map: await readLabelMap(labels), from: labels };
}
