/** The pictures of an evaluation: what folders and manifests hold, by the names of the classes that are evaluated. */
import { basename, resolve } from 'node:path';
import { FigleafError } from 'figleaf';
import { invalid, type Part, type Unread } from '../data-set/data-set.ts';
import { findInFolders, toUnread, type UnreadPlace } from '../data-set/folders.ts';
import { targetsOf } from '../data-set/label-map.ts';
import { findInManifest } from '../data-set/manifest.ts';
import { divide, type Found } from '../data-set/parts.ts';
import type { NamedMap } from './maps.ts';

/** One picture and what it is. */
export interface Example {
  readonly path: string;
  /** From the folder of its data, with `/`. */
  readonly name: string;
  /** Where it was taken from: as its manifest says, else the name of its data. */
  readonly source: string;
  /** Its classes as they are called here: one, or any number where labels do not exclude each other. */
  readonly targets: readonly string[];
  /** SHA-256 of the file that it was made of, where the data tell. */
  readonly originalSha256?: string;
}

/** What was read of one folder or manifest. */
export interface DataNote {
  /** The folder or the manifest. */
  readonly data: string;
  /** Which of its pictures were taken. */
  readonly part: Part | 'all';
  readonly pictures: number;
  /** Pictures that the label map leaves out. */
  readonly leftOut: number;
}

/** All that is evaluated on. */
export interface Examples {
  readonly examples: readonly Example[];
  readonly multiLabel: boolean;
  readonly data: readonly DataNote[];
  /** What could not be looked at when pictures were searched. */
  readonly unread: readonly Unread[];
}

/** Which pictures, and what they are called. */
export interface ExamplesOptions {
  readonly part: Part | 'all' | undefined;
  /** With what messages call it; null where classes stay as they are. */
  readonly labels: NamedMap | null;
  readonly seed: number;
  readonly testShare?: number | undefined;
  readonly validationShare?: number | undefined;
}

interface Read {
  readonly data: string;
  readonly found: readonly Found[];
  readonly unread: readonly UnreadPlace[];
  readonly multiLabel: boolean;
}

/**
 * Reads all of them.
 *
 * @throws {FigleafError} Those of reading; `data-set-invalid` where there is nothing to evaluate on, `label-unknown` for classes that the
 * label map lacks, all of them; `option-invalid` for a picture that is in two of them, which would count twice.
 */
export async function readExamples(data: readonly string[], options: ExamplesOptions): Promise<Examples> {
  if (data.length === 0)
    throw new FigleafError('option-invalid', 'name at least one folder or manifest of pictures');
  const all = await Promise.all(data.map(readOne));
  const names = namesOf(all);
  const multiLabel = all.some((one) => one.multiLabel);
  const targetOf = renaming(all, options.labels);
  const parts = all.map((one) => partOf(one, options));
  const notes = parts.map(({ part, chosen }, index): DataNote & { examples: Example[] } => {
    const examples = chosen.flatMap((found) => exampleOf(found, names[index]!, targetOf));
    const leftOut = chosen.length - examples.length;
    return { data: data[index]!, part, pictures: examples.length, leftOut, examples };
  });
  const examples = notes.flatMap((note) => note.examples);
  if (examples.length === 0) throw nothingLeft(notes);
  checkEachOnce(examples);
  const unread = all.flatMap((one, index) => unreadIn(one, parts[index]!.part));
  return { examples, multiLabel, data: notes.map(({ examples: _, ...note }) => note), unread };
}

function checkEachOnce(examples: readonly Example[]): void {
  const seen = new Set<string>();
  for (const { path } of examples) {
    if (seen.has(path)) {
      throw new FigleafError(
        'option-invalid',
        `'${path}' is in the data twice: name each folder and manifest once, and none that holds another`,
      );
    }
    seen.add(path);
  }
}

async function readOne(data: string): Promise<Read> {
  if (!/\.jsonl$/i.test(data)) return { data, ...(await findInFolders(data)), multiLabel: false };
  const found = await findInManifest(data);
  return { data, found, unread: [], multiLabel: found.some(({ isMultiLabel }) => isMultiLabel) };
}

/** Of the part that is evaluated on; of what is in no folder of a part it is not known. */
function unreadIn({ unread }: Read, wanted: Part | 'all'): Unread[] {
  return unread.filter(({ part }) => wanted === 'all' || part === null || part === wanted).map(toUnread);
}

/** Last parts of the paths where these differ, else whole paths. */
function namesOf(all: readonly Read[]): string[] {
  const short = all.map(({ data }) => basename(resolve(data)));
  return new Set(short).size === short.length ? short : all.map(({ data }) => data);
}

type Renaming = (className: string) => string | null;

function renaming(all: readonly Read[], labels: ExamplesOptions['labels']): Renaming {
  if (!labels) return (className) => className;
  const classes = [...new Set(all.flatMap(({ found }) => found.flatMap(({ classNames }) => classNames)))];
  const targets = targetsOf(labels.map, classes, labels.from);
  const known = new Map(classes.map((name, index) => [name, targets[index]!]));
  return (className) => known.get(className) ?? null;
}

function partOf(
  { found }: Read,
  { part, seed, testShare, validationShare }: ExamplesOptions,
): { part: Part | 'all'; chosen: readonly Found[] } {
  const isTold = found.some((one) => one.part === 'test');
  const wanted = part ?? (isTold ? 'test' : 'all');
  if (wanted === 'all') return { part: wanted, chosen: found };
  const classes = [...new Set(found.flatMap(({ classNames }) => classNames))].sort();
  const shares = {
    ...(testShare !== undefined && { testShare }),
    ...(validationShare !== undefined && { validationShare }),
  };
  const chosen = new Set(
    divide(found, classes, { seed, ...shares })
      .filter((sample) => sample.part === wanted)
      .map(({ path }) => path),
  );
  return { part: wanted, chosen: found.filter(({ path }) => chosen.has(path)) };
}

/** One, or none where all its classes are left out. */
function exampleOf(
  { path, name, classNames, source, originalSha256 }: Found,
  dataName: string,
  targetOf: Renaming,
): Example[] {
  const targets = [...new Set(classNames.map(targetOf).filter((target) => target !== null))].sort();
  if (targets.length === 0 && classNames.length > 0) return [];
  const original = originalSha256 === undefined ? {} : { originalSha256 };
  return [{ path: resolve(path), name, source: source ?? dataName, targets, ...original }];
}

function nothingLeft(notes: readonly DataNote[]): FigleafError {
  const leftOut = notes.reduce((sum, note) => sum + note.leftOut, 0);
  const where = notes.map(({ data, part }) => (part === 'all' ? `'${data}'` : `part '${part}' of '${data}'`));
  const why =
    leftOut > 0 ? `the label map leaves out all ${leftOut} pictures of` : 'there are no pictures in';
  return invalid(
    `${why} ${where.join(', ')}; to evaluate takes a folder with a folder of pictures for each class, or a manifest`,
  );
}
