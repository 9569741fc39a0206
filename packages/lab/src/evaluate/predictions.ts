/** Scores that something else gave: a file with a line for each picture. */
import { open } from 'node:fs/promises';
import { FigleafError } from 'figleaf';
import { unread } from '../unread.ts';

/** Scores of pictures, by what the file calls these. */
export interface Predictions {
  /** The classes, in the order of the scores. */
  readonly labels: readonly string[];
  /** Whether the scores of each picture sum to 1. Else labels do not exclude each other. */
  readonly areExclusive: boolean;
  /** Scores by the names of the pictures, with `/`; null for a picture that could not be judged. */
  readonly scores: ReadonlyMap<string, readonly number[] | null>;
}

/**
 * Reads scores of pictures.
 *
 * - `*.csv`: the first line names the columns. The first column is the picture, the others are classes.
 * - `*.jsonl`: `{"name": "hats/1.jpg", "classes": {"hat": 0.9, "shoe": 0.1}}`; `input` may stand for `name` and `scores` for
 *   `classes`, so that records of `figleaf scan` and `figleaf classify --json` can be read. A line with `error` is of a picture that could
 *   not be judged.
 *
 * @throws {FigleafError} `input-not-found`, `input-unreadable`; `predictions-invalid` with the number of the line for a score that is no
 * number from 0 to 1, another number of classes than in the first line, or a picture or a class that is there twice.
 *
 * @example
 * ```ts
 * const { labels, scores } = await readPredictions('theirs.csv');
 * console.log(labels, scores.get('hats/1.jpg'));
 * ```
 */
export async function readPredictions(path: string): Promise<Predictions> {
  const reader = /\.csv$/i.test(path) ? new CsvReader(path) : new LineReader(path);
  try {
    await using file = await open(path);
    for await (const line of file.readLines()) reader.read(line);
  } catch (error) {
    throw unread(path, 'file of predictions', error);
  }
  return reader.predictions();
}

/** Reads line by line and checks what it reads. */
abstract class Reader {
  protected labels: readonly string[] | null = null;
  readonly #scores = new Map<string, readonly number[] | null>();
  readonly #path: string;
  #number = 0;

  constructor(path: string) {
    this.#path = path;
  }

  read(line: string): void {
    this.#number++;
    const text = this.#number === 1 ? line.replace(/^\uFEFF/, '') : line;
    if (text.trim() !== '') this.parse(text);
  }

  protected abstract parse(text: string): void;

  protected add(name: string, scores: readonly number[] | null): void {
    const known = name.replaceAll('\\', '/');
    if (this.#scores.has(known)) throw this.fault(`'${name}' is there already`);
    const wrong = scores?.findIndex((score) => !(score >= 0 && score <= 1)) ?? -1;
    if (wrong >= 0) {
      throw this.fault(
        `the score of '${this.labels?.[wrong]}' is ${scores![wrong]}, and not a number from 0 to 1`,
      );
    }
    this.#scores.set(known, scores);
  }

  protected fault(what: string): FigleafError {
    return new FigleafError('predictions-invalid', `line ${this.#number} of '${this.#path}': ${what}`);
  }

  predictions(): Predictions {
    if (this.labels === null)
      throw new FigleafError('predictions-invalid', `there are no scores in '${this.#path}'`);
    const scores = this.#scores;
    const sums = [...scores.values()].map((one) => one?.reduce((sum, score) => sum + score, 0) ?? 1);
    return { labels: this.labels, areExclusive: sums.every((sum) => Math.abs(sum - 1) < 0.01), scores };
  }
}

class CsvReader extends Reader {
  protected parse(text: string): void {
    const [name = '', ...cells] = this.#cells(text);
    if (this.labels === null) {
      if (cells.length === 0)
        throw this.fault(
          'it names the columns, with commas between: one for the picture, one for each class',
        );
      this.labels = cells.map((cell) => cell.trim().toLowerCase());
      const twice = this.labels.find((label, place) => this.labels!.indexOf(label) !== place);
      if (twice !== undefined) throw this.fault(`the class '${twice}' has two columns`);
      return;
    }
    if (cells.length !== this.labels.length)
      throw this.fault(`there are ${cells.length} scores, and ${this.labels.length} classes`);
    const empty = cells.findIndex((cell) => cell.trim() === '');
    if (empty >= 0)
      throw this.fault(`the score of '${this.labels[empty]}' is empty, and not a number from 0 to 1`);
    this.add(name, cells.map(Number));
  }

  /** Cells may be in double quotes; quotes in these are doubled (RFC 4180, without line breaks). */
  #cells(text: string): string[] {
    const cells = [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/g)];
    if (cells.reduce((sum, [cell]) => sum + cell.length, 0) !== text.length)
      throw this.fault('a quote is where none can be');
    return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
  }
}

class LineReader extends Reader {
  protected parse(text: string): void {
    const line = this.#object(text);
    const name = line.name ?? line.input;
    if (typeof name !== 'string' || name === '') throw this.fault("'name' is the path of a picture");
    if (line.error !== undefined) {
      this.add(name, null);
      return;
    }
    const classes = line.classes ?? line.scores;
    if (typeof classes !== 'object' || classes === null || Array.isArray(classes))
      throw this.fault("'classes' is an object of classes and their scores");
    const scores = new Map<string, unknown>(
      Object.entries(classes).map(([label, score]) => [label.toLowerCase(), score]),
    );
    this.labels ??= [...scores.keys()];
    const missing = this.labels.find((label) => !scores.has(label));
    if (missing !== undefined) throw this.fault(`there is no score of '${missing}'`);
    if (scores.size !== this.labels.length) throw this.fault('there are more classes than in lines before');
    this.add(
      name,
      this.labels.map((label) => {
        const score = scores.get(label);
        return typeof score === 'number' ? score : Number.NaN;
      }),
    );
  }

  #object(text: string): Readonly<Record<string, unknown>> {
    try {
      // Python writes NaN into JSON; it is told as what it is, and not as a broken line.
      const value: unknown = JSON.parse(text.replace(/(?<=[:\s])-?(?:NaN|Infinity)(?=\s*[,}])/g, 'null'));
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return value as Readonly<Record<string, unknown>>;
    } catch {
      // Told below.
    }
    throw this.fault(
      'it is no object of JSON; what a file is its name tells: *.csv, or *.jsonl with an object of JSON in each line',
    );
  }
}

/**
 * The scores of a picture: of the longest end of its path that the file knows, which has at least the name that it has in its data.
 *
 * @returns Undefined where the file does not know it.
 */
export function scoresOf(
  { scores }: Predictions,
  { path, name }: { readonly path: string; readonly name: string },
): readonly number[] | null | undefined {
  const whole = path.replaceAll('\\', '/');
  const shortest = whole.length - name.length;
  for (let from = 0; from >= 0 && from <= shortest; from = nextPart(whole, from)) {
    const found = scores.get(whole.slice(from));
    if (found !== undefined) return found;
  }
  return scores.get(name);
}

/** Where the next part of a path begins; -1 after the last. */
function nextPart(path: string, from: number): number {
  const slash = path.indexOf('/', from);
  return slash < 0 ? -1 : slash + 1;
}
