/** Which pictures can be decoded, as earlier runs have found: then another run has no need to try. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Preprocessing } from '@figleaf/onnx/metadata';
import type { FigleafErrorCode } from 'figleaf';
import { writeWholeFile } from 'figleaf/commands';
import packageJson from '../../package.json' with { type: 'json' };
import { sha256 } from '../sha256.ts';

/** Why a picture cannot be decoded; null where it can. */
export type Verdict = { readonly code: FigleafErrorCode; readonly message: string } | null;

/** What follows from the bytes alone. All else may come of a lack of time or memory, or of what is installed, and is tried again. */
const LASTING: ReadonlySet<string> = new Set<FigleafErrorCode>([
  'input-empty',
  'input-too-large',
  'not-an-image',
  'video-unsupported',
  'image-svg-refused',
  'image-too-many-pixels',
  'image-truncated',
]);

/** To be raised when the file's form changes, or what can be decoded does though no version says so. */
const VERSION = 1;

/** Most verdicts in a file, 150 MB; those that were asked for last are kept. */
const MOST = 2 ** 21;

/** Characters; no line is as long. */
const LONGEST_LINE = 2 ** 16;

/** Lines that are written at a time. */
const AT_ONCE = 1024;

/**
 * The verdicts on files, by their SHA-256. They are in a file of JSON lines in the cache's folder, beside the features, since they serve
 * the same: without them a run whose features are all there would decode each picture only to leave out those that cannot be, and that
 * would be nearly all that it does. They are no part of the features, which are named by the pictures that can be decoded.
 *
 * The first line says what decoding depends on, the last has the SHA-256 of those before it. A file that lacks either is none.
 */
export class Verdicts {
  readonly #path: string;
  readonly #header: string;
  /** Those that were asked for last are last. */
  readonly #known: Map<string, Verdict>;
  #isNew = false;

  private constructor(path: string, header: string, known: Map<string, Verdict>) {
    this.#path = path;
    this.#header = header;
    this.#known = known;
  }

  /** What earlier runs have left in the folder of the cache. */
  static async open(folder: string, preprocessing: Preprocessing): Promise<Verdicts> {
    const { mean: _, std: __, layout: ___, ...resizing } = preprocessing;
    const decoder = packageJson.dependencies.figleaf;
    const header = JSON.stringify({ figleaf: 'verdicts', version: VERSION, decoder, resizing });
    const key = sha256(header);
    const path = join(folder, `${key}.jsonl`);
    const known = await readVerdicts(path, header).catch(() => null);
    return new Verdicts(path, header, known ?? new Map());
  }

  /** Undefined where it has to be tried. */
  find(sha256: string): Verdict | undefined {
    const verdict = this.#known.get(sha256);
    if (verdict !== undefined) {
      this.#known.delete(sha256);
      this.#known.set(sha256, verdict);
    }
    return verdict;
  }

  /** Remembers a verdict, if it is one that lasts. */
  add(sha256: string, verdict: Verdict): void {
    if (verdict && !LASTING.has(verdict.code)) return;
    this.#known.set(sha256, verdict);
    this.#isNew = true;
  }

  /** Writes them if there are new ones. Where that cannot be done another run decodes again, and is none the worse. */
  async save(): Promise<void> {
    if (!this.#isNew) return;
    await writeWholeFile(this.#path, this.#text()).catch(() => undefined);
  }

  *#text(): Generator<string> {
    const hash = createHash('sha256');
    let lines = [this.#header];
    const taken = (): string => {
      const text = lines.map((line) => `${line}\n`).join('');
      lines = [];
      hash.update(text);
      return text;
    };
    let left = this.#known.size;
    for (const [sha256, verdict] of this.#known) {
      if (left-- > MOST) continue;
      lines.push(JSON.stringify(verdict ? [sha256, verdict.code, verdict.message] : [sha256]));
      if (lines.length >= AT_ONCE) yield taken();
    }
    yield taken();
    yield `${endOf(hash)}\n`;
  }
}

const endOf = (hash: Hash): string => JSON.stringify({ end: hash.digest('hex') });

/** Null where the file is another, or not as it was written. */
async function readVerdicts(path: string, header: string): Promise<Map<string, Verdict> | null> {
  const found = new Map<string, Verdict>();
  const hash = createHash('sha256');
  let end: string | null = null;
  let isFirst = true;
  for await (const line of linesOf(path)) {
    if (end !== null || (isFirst && line !== header)) return null;
    if (line.startsWith('[')) {
      const [sha256, code, message] = JSON.parse(line) as [string, FigleafErrorCode?, string?];
      found.set(sha256, code === undefined ? null : { code, message: message ?? '' });
    } else if (!isFirst) {
      end = line;
      continue;
    }
    hash.update(`${line}\n`);
    isFirst = false;
  }
  return end === endOf(hash) ? found : null;
}

/** What comes behind the last end of a line is left out. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    if (rest.length > LONGEST_LINE) throw new Error('a line is too long to be of a verdict');
    yield* lines;
  }
}
