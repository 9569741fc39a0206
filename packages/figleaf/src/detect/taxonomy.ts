/** Which family the labels of well-known detectors belong to. */
import type { Category } from '@figleaf/onnx/metadata';
import { listModels } from '../models/catalogue.ts';

/** The labels of the catalogue's detectors in lower case, and one that NudeNet has elsewhere. */
const WELL_KNOWN: Readonly<Record<string, Category>> = Object.fromEntries([
  ...listModels()
    .filter(({ metadata }) => metadata.task === 'detect')
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
