/** The judging: each picture is decoded once and shown to all, and what they say of it is all that is kept. */
import { classifyTogether, FigleafError, type Pool } from 'figleaf';
import { byName } from '../by-name.ts';
import { eachAtOnce } from '../each-at-once.ts';
import { isOwnFault } from '../own-fault.ts';
import { type Ballot, type Judges, probabilitiesOf } from './judges.ts';
import type { Example } from './pictures.ts';
import { scoresOf } from './predictions.ts';

/** A picture that could not be judged, or a place that could not be looked at, and why. */
export interface Unreadable {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

/** What everybody says of every picture. */
export interface Scored {
  readonly classes: readonly string[];
  /** Those that all could judge. */
  readonly examples: readonly Example[];
  /** `[judge]`: `[N, classes]`, 0 to 1. */
  readonly scores: readonly Float64Array[];
  readonly unreadable: readonly Unreadable[];
}

/** How to judge. */
export interface JudgingOptions {
  readonly pool: Pool;
  readonly signal?: AbortSignal | undefined;
  readonly onJudged?: ((done: number, total: number) => void) | undefined;
}

/**
 * Has everybody judge every picture.
 *
 * @throws {FigleafError} `predictions-invalid` where predictions lack a picture that can be read, `data-set-invalid` where no picture can be
 * judged; those of a model that fails.
 */
export async function judgeAll(
  { members, judges }: Judges,
  ballot: Ballot,
  examples: readonly Example[],
  options: JudgingOptions,
): Promise<Scored> {
  const width = ballot.classes.length;
  const scores = judges.map(() => new Float64Array(examples.length * width));
  const faults = new Map<Example, FigleafError>(await missingFaults({ members, judges }, examples, options));
  const classifiers = members.flatMap(({ classifier }) => (classifier ? [classifier] : []));
  let done = 0;
  const ask = async ({ path }: Example): Promise<number[][]> => {
    if (classifiers.length === 0) return [];
    const { pool, signal } = options;
    const said = await classifyTogether(pool, classifiers, path, signal ? { signal } : {});
    return said.map((one, index) => probabilitiesOf(members[index]!, one));
  };
  const judge = async ([index, example]: [number, Example]): Promise<void> => {
    options.signal?.throwIfAborted();
    if (faults.has(example)) return;
    try {
      const asked = await ask(example);
      const said = members.map(({ predictions }, member) =>
        ballot.scores(
          member,
          predictions ? predicted(scoresOf(predictions, example)) : (asked[member] ?? []),
        ),
      );
      for (const [place, { members: own }] of judges.entries()) {
        for (let column = 0; column < width; column++) {
          const sum = own.reduce((total, member) => total + said[member]![column]!, 0);
          scores[place]![index * width + column] = sum / own.length;
        }
      }
    } catch (error) {
      if (!isOwnFault(error)) throw error;
      faults.set(example, error);
    }
    options.onJudged?.(++done, examples.length);
  };
  await eachAtOnce(examples.entries(), options.pool.workers * 4, judge);
  return kept(ballot.classes, examples, scores, faults);
}

function predicted(scores: readonly number[] | null | undefined): readonly number[] {
  if (scores) return scores;
  throw new FigleafError('input-unreadable', 'the predictions say that it could not be judged');
}

/**
 * Pictures that predictions lack because they cannot be read.
 *
 * @throws {FigleafError} `predictions-invalid` for those that can be.
 */
async function missingFaults(
  { members }: Judges,
  examples: readonly Example[],
  { pool, signal }: JudgingOptions,
): Promise<(readonly [Example, FigleafError])[]> {
  const faults: (readonly [Example, FigleafError])[] = [];
  for (const { name, predictions } of members) {
    if (!predictions) continue;
    const missing = examples.filter((example) => scoresOf(predictions, example) === undefined);
    const readable: Example[] = [];
    await eachAtOnce(missing, pool.workers * 4, async (example) => {
      // One is enough to name; of a file for other pictures not all are decoded.
      if (readable.length > 0) return;
      try {
        await pool.prepare(example.path, [], { signal });
        readable.push(example);
      } catch (error) {
        if (!isOwnFault(error)) throw error;
        faults.push([example, error]);
      }
    });
    if (readable[0] === undefined) continue;
    throw new FigleafError(
      'predictions-invalid',
      `'${name}' lacks ${missing.length} of ${examples.length} pictures, such as '${readable[0].name}': give a line for each, with "error" in it for one that cannot be judged`,
    );
  }
  return faults;
}

/** Without what could not be judged; the others move together. */
function kept(
  classes: readonly string[],
  examples: readonly Example[],
  scores: readonly Float64Array[],
  faults: ReadonlyMap<Example, FigleafError>,
): Scored {
  const width = classes.length;
  const left = [...examples.keys()].filter((index) => !faults.has(examples[index]!));
  for (const one of scores) {
    for (const [to, from] of left.entries()) {
      if (to < from) one.copyWithin(to * width, from * width, (from + 1) * width);
    }
  }
  const unreadable = [...faults]
    .map(([{ name }, { code, message }]) => ({ name, code, message }))
    .sort(byName);
  if (left.length === 0) {
    throw new FigleafError(
      'data-set-invalid',
      examples.length === 1
        ? `the only picture cannot be judged: ${unreadable[0]!.message}`
        : `none of the ${examples.length} pictures can be judged; the first: ${unreadable[0]!.message}`,
    );
  }
  return {
    classes,
    examples: left.map((index) => examples[index]!),
    scores: scores.map((one) => one.subarray(0, left.length * width)),
    unreadable,
  };
}
