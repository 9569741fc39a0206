/** Which family the labels of well-known detectors belong to. */
import type { Category } from '@figleaf/onnx/metadata';

/** NudeNet's labels since version 3, and those of its older detectors, in lower case. */
const WELL_KNOWN: Readonly<Record<string, Category>> = {
  anus_exposed: 'unsafe',
  buttocks_exposed: 'unsafe',
  female_breast_exposed: 'unsafe',
  female_genitalia_exposed: 'unsafe',
  male_genitalia_exposed: 'unsafe',
  anus_covered: 'suggestive',
  buttocks_covered: 'suggestive',
  female_breast_covered: 'suggestive',
  female_genitalia_covered: 'suggestive',
  male_breast_exposed: 'safe',
  armpits_covered: 'safe',
  armpits_exposed: 'safe',
  belly_covered: 'safe',
  belly_exposed: 'safe',
  face_female: 'safe',
  face_male: 'safe',
  feet_covered: 'safe',
  feet_exposed: 'safe',
  exposed_anus: 'unsafe',
  exposed_breast_f: 'unsafe',
  exposed_buttocks: 'unsafe',
  exposed_genitalia_f: 'unsafe',
  exposed_genitalia_m: 'unsafe',
  covered_breast_f: 'suggestive',
  covered_buttocks: 'suggestive',
  covered_genitalia_f: 'suggestive',
  covered_genitalia_m: 'suggestive',
  exposed_breast_m: 'safe',
  covered_feet: 'safe',
  exposed_armpits: 'safe',
  exposed_belly: 'safe',
  exposed_feet: 'safe',
  face_f: 'safe',
  face_m: 'safe',
};

/** The family of a label, by the model's own word or else by well-known names; null where neither knows it. */
export function categoryOf(
  label: string,
  taxonomy: Readonly<Record<string, Category>> = {},
): Category | null {
  const own = Object.hasOwn(taxonomy, label) ? taxonomy[label] : undefined;
  const name = label.toLowerCase();
  return own ?? (Object.hasOwn(WELL_KNOWN, name) ? WELL_KNOWN[name]! : null);
}
