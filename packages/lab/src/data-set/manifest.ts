/** Data sets as a file: JSON lines, a picture each, that say its classes, what it is for and what it belongs with. */
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FigleafError } from 'figleaf';
import { unread } from '../unread.ts';
import { type DataSet, invalid, type Part, type SplitOptions } from './data-set.ts';
import { divide, type Found } from './parts.ts';

const PARTS: readonly unknown[] = ['train', 'validation', 'test'] satisfies Part[];

/** A picture, and whether its line lists classes. */
export type Line = Found & { readonly isMultiLabel: boolean };

/**
 * Reads a manifest: a line of JSON for each picture.
 *
 * - `name`: path of the picture from the manifest's folder, with `/`.
 * - `class`: its class. Or `classes`: all its classes, as many as there are, none too. A manifest with `classes` in any line is
 *   multi-label.
 * - `part`: `train`, `validation` or `test`. Where lines say nothing of it, parts are drawn by the seed, as from folders.
 * - `group`: any text; pictures of one group go into the same part.
 * - `source`: any text; an evaluation has figures for each.
 * - `originalSha256`: of the file that the picture was made of, as `prepare` writes it; by that an evaluation knows the original again.
 *
 * Other fields are passed over, and so are empty lines. Class names become lower case.
 *
 * @throws {FigleafError} `input-not-found`, `input-unreadable`; `manifest-invalid` with the number of the line for what is no such
 * line, a picture that is there twice, or a group in two parts; `data-set-invalid` for fewer than two classes (multi-label: without
 * any); `option-invalid` for an impossible share.
 *
 * @example
 * ```ts
 * // {"name":"hats/1.jpg","class":"hat","group":"shop 7"}
 * const data = await readManifest('clothes/manifest.jsonl', { seed: 1 });
 * console.log(data.classes, data.samples.length);
 * ```
 */
export async function readManifest(path: string, options: SplitOptions): Promise<DataSet> {
  const found = await findInManifest(path);
  const classes = [...new Set(found.flatMap(({ classNames }) => classNames))].sort();
  const multiLabel = found.some(({ isMultiLabel }) => isMultiLabel);
  if (classes.length < (multiLabel ? 1 : 2)) {
    throw invalid(
      `'${path}' has ${classes.length === 0 ? 'no class' : `only the class '${classes[0]}'`}: training takes pictures of at least two classes`,
    );
  }
  return { classes, multiLabel, samples: divide(found, classes, options) };
}

/**
 * The lines of a manifest, whatever classes there are.
 *
 * @throws {FigleafError} `input-not-found`, `input-unreadable`, `manifest-invalid`.
 */
export async function findInManifest(path: string): Promise<Line[]> {
  const reader = new LineReader(path);
  try {
    await using file = await open(path);
    for await (const text of file.readLines()) reader.read(text);
  } catch (error) {
    throw unread(path, 'manifest', error);
  }
  return reader.found;
}

/** Reads line by line, and knows what was before. */
class LineReader {
  readonly found: Line[] = [];
  readonly #path: string;
  #number = 0;
  /** Numbers of the lines, by the picture's path. */
  readonly #lines = new Map<string, number>();
  /** What the first line of each group that has a part says. */
  readonly #groups = new Map<string, { readonly part: Part; readonly number: number }>();

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws {FigleafError} `manifest-invalid`. */
  read(text: string): void {
    this.#number++;
    if (text.trim() === '') return;
    const line = this.#parse(this.#number === 1 ? text.replace(/^\uFEFF/, '') : text);
    const before = this.#lines.get(line.path);
    if (before !== undefined) throw this.#fault(`'${line.name}' is in line ${before} already`);
    this.#lines.set(line.path, this.#number);
    this.#checkGroup(line);
    this.found.push(line);
  }

  #parse(text: string): Line {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.#fault('it is not JSON');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#fault('it is no object');
    const fields = value as Readonly<Record<string, unknown>>;
    const { name, part = null, group = null, source, originalSha256 } = fields;
    if (!isText(name)) throw this.#fault("'name' is the path of a picture");
    if (part !== null && !PARTS.includes(part)) throw this.#fault("'part' is train, validation or test");
    if (group !== null && !isText(group)) throw this.#fault("'group' is a text");
    return {
      path: resolve(dirname(this.#path), name),
      name,
      ...this.#classesOf(fields),
      part: part as Part | null,
      group,
      source: isText(source) ? source : null,
      ...(isSha256(originalSha256) && { originalSha256 }),
    };
  }

  #classesOf({
    class: one,
    classes,
  }: Readonly<Record<string, unknown>>): Pick<Line, 'classNames' | 'isMultiLabel'> {
    const names: unknown = classes ?? [one];
    const isKnown = (one === undefined) !== (classes === undefined);
    if (!isKnown || !Array.isArray(names) || !names.every(isText)) {
      throw this.#fault("give 'class', the name of one, or 'classes', a list of names");
    }
    const classNames = [...new Set(names.map((name) => name.toLowerCase()))];
    return { classNames, isMultiLabel: classes !== undefined };
  }

  #checkGroup({ part, group }: Line): void {
    if (part === null || group === null) return;
    const first = this.#groups.get(group);
    if (!first) this.#groups.set(group, { part, number: this.#number });
    else if (first.part !== part) {
      throw this.#fault(
        `the group '${group}' is in '${first.part}' since line ${first.number}, so it cannot be in '${part}' too`,
      );
    }
  }

  #fault(what: string): FigleafError {
    return new FigleafError('manifest-invalid', `line ${this.#number} of '${this.#path}': ${what}`);
  }
}

function isSha256(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
