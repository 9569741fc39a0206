/** What detectors find: labels, and which family those of well-known ones belong to. */
import type { Category, ModelMetadata } from '@figleaf/onnx/metadata';
import { listModels } from '../models/catalogue.ts';
import { REGION_KINDS } from './class-map.ts';

/** A kind of thing that a detector finds: its label, and the family it belongs to, null where that is not known. */
export interface DetectionKind {
  readonly label: string;
  readonly category: Category | null;
}

/** What a detector finds, by the numbers of its candidates. */
export function kindsOf({
  head,
  labels,
  taxonomy,
}: Pick<ModelMetadata, 'head' | 'labels' | 'taxonomy'>): readonly DetectionKind[] {
  if (head === 'class-map') return REGION_KINDS;
  return labels.map((label) => ({ label, category: categoryOf(label, taxonomy) }));
}

/** The labels of the catalogue's detectors in lower case, and one that NudeNet has elsewhere. */
const WELL_KNOWN: Readonly<Record<string, Category>> = Object.fromEntries([
  ...listModels()
    .filter(({ metadata: { task, head } }) => task === 'detect' && head !== 'class-map')
    .flatMap(({ metadata }) => Object.entries(metadata.taxonomy ?? {}))
    .map(([label, family]): [string, Category] => [label.toLowerCase(), family]),
  ['covered_genitalia_m', 'suggestive'],
]);

/** The family of a label, by the model's own word or else by well-known names; null where neither knows it. */
export function categoryOf(
  label: string,
  taxonomy: Readonly<Record<string, Category>> = {},
): Category | null {
  const own = Object.hasOwn(taxonomy, label) ? taxonomy[label] : undefined;
  const name = label.toLowerCase();
  return own ?? (Object.hasOwn(WELL_KNOWN, name) ? WELL_KNOWN[name]! : null);
}
