/** Label maps: what classes of one data set or model are called where labels differ. */
import { readFile } from 'node:fs/promises';
import { FigleafError } from 'figleaf';
import { unread } from '../unread.ts';

/** Target classes by source classes, all lower case; null for what is left out. */
export type LabelMap = ReadonlyMap<string, string | null>;

/**
 * Reads a label map: a JSON object, from source class to target class. `null` instead of a target leaves a class out. Names
 * become lower case.
 *
 * @throws {FigleafError} `input-not-found`, `input-unreadable`, and `label-map-invalid` for what is no such object, or has a class twice.
 *
 * @example
 * ```ts
 * // {"hentai": "nude", "porn": "nude", "drawing": "safe", "neutral": "safe", "sexy": "safe"}
 * const map = await readLabelMap('map.json');
 * console.log(targetsOf(map, ['porn', 'neutral'], 'map.json')); // ['nude', 'safe']
 * ```
 */
export async function readLabelMap(path: string): Promise<LabelMap> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw unread(path, 'label map', error);
  }
  return parseLabelMap(text, path);
}

/**
 * @param from What messages call it.
 * @throws {FigleafError} `label-map-invalid`.
 */
export function parseLabelMap(text: string, from: string): LabelMap {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalidMap(from, 'it is not JSON', error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidMap(from, 'it is an object from source classes to target classes');
  }
  const map = new Map<string, string | null>();
  for (const [source, target] of Object.entries(value)) {
    if (target !== null && (typeof target !== 'string' || target.trim() === ''))
      throw invalidMap(from, `what '${source}' becomes is a name, or null to leave it out`);
    const name = source.toLowerCase();
    const known = target?.trim().toLowerCase() ?? null;
    if (map.has(name) && map.get(name) !== known) throw invalidMap(from, `'${name}' is there twice`);
    map.set(name, known);
  }
  const twice = repeatedKey(text);
  if (twice !== null) throw invalidMap(from, `'${twice}' is there twice`);
  return map;
}

/** Of a key that is there again `JSON.parse` keeps the last value alone. All strings are matched one after the other; keys have a colon behind. */
function repeatedKey(json: string): string | null {
  const seen = new Set<string>();
  for (const [, key, colon] of json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?/g)) {
    if (colon === undefined) continue;
    const name = JSON.parse(key!) as string;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}

/**
 * What each of the classes is called in the target; null for what is left out.
 *
 * @throws {FigleafError} `label-unknown`, with all the classes that the map lacks.
 */
export function targetsOf(map: LabelMap, classes: readonly string[], from: string): (string | null)[] {
  const missing = [...new Set(classes.filter((name) => !map.has(name)))].sort();
  if (missing.length > 0) {
    throw new FigleafError(
      'label-unknown',
      `the label map '${from}' says nothing of ${missing.map((name) => `'${name}'`).join(', ')}: give each a target class, or null to leave it out`,
    );
  }
  return classes.map((name) => map.get(name)!);
}

function invalidMap(from: string, what: string, cause?: unknown): FigleafError {
  return new FigleafError('label-map-invalid', `the label map '${from}': ${what}`, { cause });
}
