/** What a model's classes are called here: by a map, by their own names, or by the families that Figleaf knows. */
import { type Category, FigleafError } from 'figleaf';
import type { NamedMap } from './maps.ts';

/** Classes that somebody gives probabilities of. */
export interface Labelled {
  /** What messages call it. */
  readonly name: string;
  readonly labels: readonly string[];
  /** Null where they belong to no known family. */
  readonly families: Readonly<Record<string, Category>> | null;
}

/** Names that the families go by. */
const NAMES: Readonly<Record<Category, readonly string[]>> = {
  safe: ['safe', 'sfw'],
  suggestive: ['suggestive'],
  unsafe: ['unsafe', 'nsfw', 'nude'],
};

/**
 * What each of the classes is called here; null for what is left out.
 *
 * @param inData Classes of the data.
 * @param given A map, and what messages call it. Classes that it lacks keep their names where the data know them.
 * @throws {FigleafError} `label-unknown` with all classes of the model that the map lacks, or all of the data that the model lacks;
 * `label-map-invalid` where none of its classes is left.
 */
export function targetsFor(
  labelled: Labelled,
  inData: readonly string[],
  given: NamedMap | null,
): (string | null)[] {
  const { labels } = labelled;
  if (given) return mapped(labelled, inData, given);
  const ofFamilies = familyTargets(labelled, inData);
  if (ofFamilies) return ofFamilies;
  const lacking = inData.filter((name) => !labels.includes(name));
  if (lacking.length > 0) throw lacks(labelled, lacking);
  return [...labels];
}

function mapped(
  { name, labels }: Labelled,
  inData: readonly string[],
  { map, from }: NamedMap,
): (string | null)[] {
  const missing = labels.filter((label) => !map.has(label.toLowerCase()) && !inData.includes(label));
  if (missing.length > 0) {
    throw new FigleafError(
      'label-unknown',
      `the label map '${from}' says nothing of ${listed(missing)} of '${name}': give each a target class, or null to leave it out`,
    );
  }
  const targets = labels.map((label) => {
    const target = map.get(label.toLowerCase());
    return target === undefined ? label : target;
  });
  if (targets.some((target) => target !== null)) return targets;
  throw new FigleafError('label-map-invalid', `the label map '${from}' leaves out all classes of '${name}'`);
}

/** Where the data tell the families apart, and nothing else. What is suggestive is safe where they do not know it. */
function familyTargets({ labels, families }: Labelled, inData: readonly string[]): string[] | null {
  const named = (family: Category): string[] => inData.filter((name) => NAMES[family].includes(name));
  const [safe, suggestive, unsafe] = [named('safe'), named('suggestive'), named('unsafe')];
  const areFamilies = safe.length + suggestive.length + unsafe.length === inData.length;
  if (!families || !areFamilies || safe.length > 1 || unsafe.length > 1) return null;
  // Of the two names of a pair the data may have one alone.
  const safeName = safe[0] ?? (unsafe[0] === 'nsfw' ? 'sfw' : 'safe');
  const unsafeName = unsafe[0] ?? (safe[0] === 'sfw' ? 'nsfw' : 'unsafe');
  const names: Readonly<Record<Category, string>> = {
    safe: safeName,
    suggestive: suggestive[0] ?? safeName,
    unsafe: unsafeName,
  };
  return labels.map((label) => names[families[label]!]);
}

/** The class that alarms are about, where the names tell: the one that is unsafe. */
export function positiveOf(targets: readonly string[]): string | null {
  const found = targets.filter((name) => NAMES.unsafe.includes(name));
  return found.length === 1 ? found[0]! : null;
}

function lacks({ name, labels }: Labelled, lacking: readonly string[]): FigleafError {
  return new FigleafError(
    'label-unknown',
    `'${name}' knows nothing of ${listed(lacking)}; its classes are ${labels.join(', ')}: say with a label map what these are in the data, or what the classes of the data are`,
  );
}

function listed(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
