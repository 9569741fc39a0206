/** Which pictures `figleaf censor` takes, and what their covered copies are called. */
import { lstat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { type CensoredFormat, censoredFormat } from '../censor/censor.ts';
import { FigleafError } from '../errors.ts';
import { UNFINISHED } from '../files/beside.node.ts';
import { sniff } from '../image/sniff.ts';
import { type FoundFile, findFiles, headOf } from '../scan/input/files.node.ts';
import { toPath } from '../scan/input/names.node.ts';
import { NameSet } from '../scan/name-set.node.ts';
import type { ScanItem } from '../scan/scan.ts';
import { Mirror } from './mirror.ts';

/** A picture to cover, and where the result goes; or what is wrong with a place. */
export type CensorItem = ScanItem & {
  /** The new file, named as records are. */
  readonly output: string;
  /** Whether what is there may be replaced. */
  readonly force: boolean;
};

/** What is passed over. */
export interface PassedOver {
  /** Files in folders that are no pictures. */
  onSkip(): void;
  /** Files that were named again. */
  onDuplicate(): void;
  /** Pictures that have a covered copy, and such copies themselves. */
  onCovered(): void;
}

/** What the names of covered copies end in, before the ending of their format. */
const MARK = '.censored';
const COPY = /\.censored(\.[^.]*)?$/i;

const ENDINGS: Readonly<Record<CensoredFormat, string>> = {
  jpeg: '.jpg',
  png: '.png',
  webp: '.webp',
  gif: '.gif',
  avif: '.avif',
  tiff: '.tif',
};

/** The files of one run. */
export class CensoredFiles {
  readonly #named: readonly string[];
  readonly #mirror: Mirror | null;
  readonly #resume: boolean;
  readonly #force: boolean;
  /** The new names of this run, no two of which may be the same. */
  readonly #given = new NameSet();

  private constructor(
    named: readonly string[],
    mirror: Mirror | null,
    how: { resume: boolean; force: boolean },
  ) {
    this.#named = named;
    this.#mirror = mirror;
    this.#resume = how.resume;
    this.#force = how.force;
  }

  /**
   * @param out Folder of the new files; undefined for beside the pictures.
   * @throws {FigleafError} What {@link Mirror.open} throws.
   */
  static async open(
    named: readonly string[],
    out: string | undefined,
    how: { readonly resume: boolean; readonly force: boolean },
  ): Promise<CensoredFiles> {
    return new CensoredFiles(named, out === undefined ? null : await Mirror.open(out, named), how);
  }

  /** Folders that are not looked into. */
  get except(): readonly string[] {
    return this.#mirror ? [this.#mirror.folder] : [];
  }

  /** What is to be covered. */
  async *items({ onCovered, ...passedOver }: PassedOver): AsyncGenerator<CensorItem, void, undefined> {
    for await (const found of findFiles(this.#named, { ...passedOver, except: this.except })) {
      if (await isOwn(found.name)) {
        onCovered();
        continue;
      }
      const item = await this.#itemOf(found);
      if (item) yield item;
      else onCovered();
    }
  }

  /** Null for a picture that has a covered copy already. */
  async #itemOf(found: FoundFile): Promise<CensorItem | null> {
    if ('problem' in found) return { ...found, output: '', force: false };
    const output = await this.#outputOf(found.name);
    const twice = this.#given.has(output);
    this.#given.add(output);
    const there = await lstat(toPath(output)).catch(() => null);
    // A kill may leave an empty file on a disk without hard links.
    const unfinished = this.#resume && there?.size === 0;
    if (there && this.#resume && !unfinished && !twice) return null;
    if (twice || (there && !this.#force && !unfinished)) {
      return { ...found, output, force: false, problem: taken(output, twice) };
    }
    return { ...found, output, force: this.#force || unfinished };
  }

  async #outputOf(name: string): Promise<string> {
    const path = this.#mirror ? this.#mirror.pathOf(name) : name;
    const named = join(dirname(path), await inOwnFormat(name));
    if (this.#mirror) return named;
    const ending = extname(named);
    return named.slice(0, named.length - ending.length) + MARK + ending;
  }
}

/** The name of a file, with a further ending where it is written in another format than it has. */
async function inOwnFormat(name: string): Promise<string> {
  const format = await headOf(name).then(sniff, () => null);
  if (format === null || format === 'video' || format === 'undecodable') return basename(name);
  const written = censoredFormat(format);
  return basename(name) + (written === format ? '' : ENDINGS[written]);
}

/** Whether a file is a covered copy, whose original lies beside it, or what a kill left of one. */
async function isOwn(name: string): Promise<boolean> {
  const finished = name.replace(UNFINISHED, '');
  if (!COPY.test(finished)) return false;
  if (finished !== name) return true;
  const ending = extname(name);
  const stem = name.replace(COPY, '');
  const originals = await Promise.all(
    [stem, stem + ending].map((each) => lstat(toPath(each)).catch(() => null)),
  );
  return originals.some((info) => info !== null);
}

function taken(output: string, twice: boolean): FigleafError {
  return new FigleafError(
    'output-exists',
    twice
      ? `'${output}' is the covered copy of another picture too; cover this one apart`
      : `'${output}' is there already; --resume passes over such, --force replaces them`,
  );
}
