/** An evaluation as a whole: from pictures and models to a report. */
import { createPool, FigleafError, type Pool } from 'figleaf';
import { answersOf, truthOf } from './answers.ts';
import { Ballot, type Judge, type Judges, openJudges } from './judges.ts';
import { judgeAll, type Scored } from './judging.ts';
import { mapOf } from './maps.ts';
import { type Measuring, measure } from './measure.ts';
import { compare, findMistakes } from './mistakes.ts';
import type { EvaluateOptions } from './options.ts';
import { type Examples, readExamples } from './pictures.ts';
import type { EvaluationReport, ModelReport } from './report.ts';
import { SeenPictures } from './seen.ts';
import { positiveOf } from './targets.ts';
import { thumbnailsOf } from './thumbnails.ts';
import { openFolder, writeReport } from './write-report.ts';

/**
 * Evaluates models on labelled pictures: precision, recall and F1 of each class, curves and areas, thresholds, calibration, intervals, what
 * precision means where hardly any picture is of the class, and whether models differ by more than chance.
 *
 * Each picture is decoded once and shown to all models; only scores are kept. A picture that cannot be read is a line in the report.
 *
 * With `out` it writes `report.json` and `index.html`, a page in one file that loads nothing, with curves, tables and what was got wrong.
 *
 * @throws {FigleafError} `data-set-invalid` where there is no picture that can be judged; `label-unknown` for classes that a map or a model
 * lacks, all of them; `label-map-invalid`; `predictions-invalid` for scores that are no numbers, or lack pictures; `option-invalid`; those
 * of reading folders and manifests, and of loading models; `output-unwritable`, `output-exists`.
 *
 * @example
 * ```ts
 * const report = await evaluate({ data: ['pictures'], models: ['runs/mine/model.onnx', 'mobilenet_v2'], prevalence: 0.001 });
 * for (const { name, accuracy, byClass } of report.models) console.log(name, accuracy, byClass[0]?.recall);
 * ```
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationReport> {
  return opened(options, judged);
}

/**
 * Looks at all that an evaluation looks at before it judges pictures: options, data, label maps, models, and where the report is to go. For what
 * must not be done where the evaluation cannot be.
 *
 * @throws {FigleafError} What {@link evaluate} throws before the first picture.
 */
export async function checkEvaluation(options: EvaluateOptions): Promise<void> {
  await opened(options, () => Promise.resolve());
}

/** What pictures are judged with. */
interface Opened extends Judges {
  readonly options: EvaluateOptions;
  readonly seed: number;
  readonly examples: Examples;
  readonly pool: Pool;
  readonly ballot: Ballot;
  readonly positive: string | null;
}

/** Hands it to `use`, and closes it after that. */
async function opened<T>(options: EvaluateOptions, use: (opened: Opened) => Promise<T>): Promise<T> {
  checkOptions(options);
  const { data, models = [], predictions = [], signal, seed = 1, out } = options;
  const examples = await readExamples(data, {
    part: options.part,
    labels: await mapOf(options.labels),
    seed,
    testShare: options.testShare,
    validationShare: options.validationShare,
  });
  const modelLabels = await mapOf(options.modelLabels);
  await using _folder = out === undefined ? null : await openFolder(out);
  await using pool = await createPool({ workers: options.workers, signal });
  const judges = await openJudges(models, predictions, pool, signal);
  const ballot = new Ballot(judges.members, targetsOf(examples), modelLabels);
  const positive = checkedPositive(options.positive, ballot.classes, examples.multiLabel);
  return await use({ options, seed, examples, pool, ...judges, ballot, positive });
}

async function judged(all: Opened): Promise<EvaluationReport> {
  const { options, examples, pool, ballot } = all;
  const { signal, out } = options;
  const scored = await judgeAll(all, ballot, examples.examples, {
    pool,
    signal,
    onJudged: (done, total) => options.onProgress?.({ phase: 'judging', done, total }),
  });
  const found = await report({ ...all, scored });
  if (out !== undefined) {
    const thumbnails = await thumbnailsOf(found.mistakes, options.isBlurred ?? true, pool, signal);
    await writeReport(out, found, thumbnails);
  }
  return found;
}

interface Found extends Omit<Opened, 'pool'> {
  readonly scored: Scored;
}

async function report(found: Found): Promise<EvaluationReport> {
  const { options, seed, examples, judges, members, ballot, positive, scored } = found;
  const { classes } = scored;
  const { wish = null, prevalence = null } = options;
  const is = truthOf(scored.examples, classes);
  const answers = scored.scores.map((scores) => answersOf(scores, is, classes.length, examples.multiLabel));
  const resamples = options.resamples ?? affordable(scored.examples.length * classes.length * judges.length);
  const measuring: Measuring = {
    ...{ classes, multiLabel: examples.multiLabel, positive, wish, prevalence, resamples, seed },
    sources: scored.examples.map(({ source }) => source),
    signal: options.signal,
  };
  const pictures = new SeenPictures(scored.examples, options.signal);
  const models: ModelReport[] = [];
  for (const [index, judge] of judges.entries()) {
    const areExclusive = judge.members.every((member) => members[member]!.areExclusive);
    const figures = await measure(answers[index]!, areExclusive, {
      ...measuring,
      onResample: (done) =>
        options.onProgress?.({
          phase: 'resampling',
          done: index * resamples + done,
          total: judges.length * resamples,
        }),
    });
    const seen = await seenBy(judge, members, pictures);
    models.push({ ...identity(judge, members, ballot), seen, ...figures });
  }
  const { mistakes, count } = findMistakes(scored.examples, classes, answers);
  return {
    kind: 'evaluation',
    version: 1,
    created: new Date().toISOString(),
    ...{ classes, multiLabel: examples.multiLabel, positive, data: examples.data },
    pictures: scored.examples.length,
    unreadable: [...examples.unread, ...scored.unreadable],
    ...{ seed, resamples, wish, prevalence, models },
    comparisons: compare(
      judges.map(({ name }) => name),
      answers,
    ),
    mistakes,
    mistakeCount: count,
  };
}

/** Intervals should take a small part of what the judging takes: a million pictures of five classes two minutes with 100 resamples. */
function affordable(scores: number): number {
  return Math.min(1000, Math.max(100, Math.floor(5e8 / scores)));
}

/** Who was measured, and what its classes are called. */
function identity(
  { name, members: own }: Judge,
  members: Judges['members'],
  { targets, classes }: Ballot,
): Pick<ModelReport, 'name' | 'members' | 'labels' | 'unknown'> {
  const known = new Set(own.flatMap((member) => targets[member]!));
  return {
    name,
    members: own.map((member) => members[member]!.name),
    labels: own.map((member) =>
      Object.fromEntries(members[member]!.labels.map((label, index) => [label, targets[member]![index]!])),
    ),
    unknown: classes.filter((target) => !known.has(target)),
  };
}

/** Of several the one that has seen most. */
async function seenBy(
  { members: own }: Judge,
  members: Judges['members'],
  pictures: SeenPictures,
): Promise<number | null> {
  const models = own.map((member) => members[member]!).filter(({ classifier }) => classifier);
  const counts = await Promise.all(models.map(({ name }) => pictures.count(name)));
  const known = counts.filter((count) => count !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function targetsOf({ examples }: Examples): string[] {
  return [...new Set(examples.flatMap(({ targets }) => targets))].sort();
}

function checkedPositive(
  positive: string | undefined,
  classes: readonly string[],
  multiLabel: boolean,
): string | null {
  if (positive === undefined) return multiLabel ? null : positiveOf(classes);
  const known = positive.toLowerCase();
  if (classes.includes(known)) return known;
  throw new FigleafError(
    'option-invalid',
    `there is no class '${positive}' to be positive; the classes are ${classes.join(', ')}`,
  );
}

function checkOptions({ prevalence, wish, resamples = 0, seed = 1 }: EvaluateOptions): void {
  if (prevalence !== undefined && !(prevalence > 0 && prevalence < 1)) {
    throw new FigleafError(
      'option-invalid',
      `a prevalence is above 0 and below 1, such as 0.001 for one in a thousand, not ${prevalence}`,
    );
  }
  if (wish && !(wish.value >= 0 && wish.value <= 1))
    throw new FigleafError('option-invalid', `a wished ${wish.of} is from 0 to 1, not ${wish.value}`);
  if (!(Number.isInteger(resamples) && resamples >= 0))
    throw new FigleafError('option-invalid', `resamples is ${resamples}; give a whole number from 0 on`);
  if (!Number.isInteger(seed))
    throw new FigleafError('option-invalid', `a seed is a whole number, not ${seed}`);
}
