/** Calibration of a model file: a temperature is fitted on pictures that it did not learn from, and put into the file. */
import { readFile } from 'node:fs/promises';
import { type ModelMetadata, readMetadata, replaceMetadata } from '@figleaf/onnx/metadata';
import { atTemperature, createPool, FigleafError } from 'figleaf';
import { writeWholeFile } from 'figleaf/commands';
import { answersOf, placesOf, truthOf } from './answers.ts';
import { Ballot, openJudges } from './judges.ts';
import { judgeAll, type Scored, type Unreadable } from './judging.ts';
import { mapOf } from './maps.ts';
import { calibrationError, logLoss, reliability } from './metrics/calibration.ts';
import { fitTemperature } from './metrics/temperature.ts';
import type { EvaluateOptions, EvaluateProgress } from './options.ts';
import { readExamples } from './pictures.ts';

/** Which model, and on what. */
export interface CalibrateOptions
  extends Pick<
    EvaluateOptions,
    'data' | 'part' | 'labels' | 'seed' | 'testShare' | 'validationShare' | 'workers' | 'signal'
  > {
  /** The ONNX file; it is written anew, with the temperature in its metadata. */
  readonly model: string;
  /** Called after each picture. */
  readonly onProgress?: (progress: EvaluateProgress) => void;
}

/** What came of it. */
export interface Calibrated {
  /** What logits are divided by from now on; above 1 the model was too sure. */
  readonly temperature: number;
  /** The one that it had before; 1 without. */
  readonly before: number;
  /** Pictures that it was fitted on. */
  readonly pictures: number;
  readonly unreadable: readonly Unreadable[];
  /** Before and after, on the pictures that it was fitted on. */
  readonly logLoss: readonly [number, number];
  readonly calibrationError: readonly [number, number];
}

/** Fewer say next to nothing of how sure a model may be. */
const LEAST_PICTURES = 30;

/**
 * Fits a temperature on labelled pictures, by default those for validation, and writes it into the model's file. From then on all that
 * classifies with the file divides its logits by it. What the model says stays the same, and so does the order of the pictures by the score
 * of a class of two; how sure it is changes, so thresholds have to be chosen anew.
 *
 * The weights stay as they are. The file is written beside and renamed.
 *
 * @throws {FigleafError} Those of `evaluate`; `option-invalid` for what is no ONNX file of one's own, pictures that may have several classes,
 * fewer than 30 pictures, or classes of the data that are not the model's; `model-unsupported` for a model without metadata, or of labels
 * that do not exclude each other.
 *
 * @example
 * ```ts
 * const { temperature, calibrationError } = await calibrate({ data: ['digits'], model: 'runs/digits/model.onnx' });
 * console.log(temperature, calibrationError);
 * ```
 */
export async function calibrate(options: CalibrateOptions): Promise<Calibrated> {
  const { data, model, part = 'validation', seed = 1, signal, onProgress } = options;
  const file = await openFile(model);
  const labels = await mapOf(options.labels);
  const { testShare, validationShare } = options;
  const read = await readExamples(data, { part, labels, seed, testShare, validationShare });
  if (read.multiLabel)
    throw new FigleafError('option-invalid', 'a temperature is fitted on pictures of one class each');
  await using pool = await createPool({ workers: options.workers, signal });
  const judges = await openJudges([model], [], pool, signal);
  const { labels: own, areExclusive } = judges.members[0]!;
  if (!areExclusive)
    throw new FigleafError(
      'model-unsupported',
      `the labels of '${model}' do not exclude each other: it has no temperature`,
    );
  const ballot = new Ballot(judges.members, [...own].sort(), { map: new Map(), from: model });
  checkClasses(read.examples, ballot.classes, model);
  const scored = await judgeAll(judges, ballot, read.examples, {
    pool,
    signal,
    onJudged: (done, total) => onProgress?.({ phase: 'judging', done, total }),
  });
  const fitted = fit(scored, file.metadata.calibration?.temperature ?? 1);
  await writeWholeFile(model, [
    replaceMetadata(file.bytes, {
      ...file.metadata,
      calibration: { temperature: fitted.temperature, pictures: fitted.pictures },
    }),
  ]);
  return { ...fitted, unreadable: [...read.unread, ...scored.unreadable] };
}

async function openFile(model: string): Promise<{ bytes: Uint8Array; metadata: ModelMetadata }> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(model);
  } catch (error) {
    const why = `'${model}' is no file: only an ONNX file of your own can be calibrated, since its temperature is written into it`;
    throw new FigleafError('option-invalid', why, { cause: error });
  }
  const { metadata } = summaryOf(bytes, model);
  if (metadata?.labels && metadata.preprocessing) return { bytes, metadata: metadata as ModelMetadata };
  throw new FigleafError(
    'model-unsupported',
    `'${model}' has no metadata of Figleaf's to keep a temperature in`,
  );
}

function summaryOf(bytes: Uint8Array, model: string): ReturnType<typeof readMetadata> {
  try {
    return readMetadata(bytes);
  } catch (error) {
    throw new FigleafError('model-invalid', `'${model}' is no ONNX model`, { cause: error });
  }
}

function checkClasses(
  examples: readonly { readonly targets: readonly string[] }[],
  classes: readonly string[],
  model: string,
): void {
  if (examples.length < LEAST_PICTURES) {
    throw new FigleafError(
      'option-invalid',
      `${examples.length} pictures are too few to fit a temperature on; give at least ${LEAST_PICTURES}, or another --part`,
    );
  }
  const unknown = [...new Set(examples.flatMap(({ targets }) => targets))].filter(
    (name) => !classes.includes(name),
  );
  if (unknown.length === 0) return;
  throw new FigleafError(
    'label-unknown',
    `'${model}' knows nothing of ${unknown.map((name) => `'${name}'`).join(', ')}; a temperature is fitted on its own classes: ${classes.join(', ')}`,
  );
}

/** The temperature of scores that were given at another one; what logits are divided by in all. */
function fit({ examples, classes, scores }: Scored, before: number): Omit<Calibrated, 'unreadable'> {
  const width = classes.length;
  const is = truthOf(examples, classes);
  const truth = placesOf(is, width);
  const own = scores[0]!;
  const more = fitTemperature({ scores: own, truth, classes: width });
  const cooled = Float64Array.from(own);
  for (let from = 0; from < cooled.length; from += width) {
    cooled.set(atTemperature(own.subarray(from, from + width), more), from);
  }
  const both = [own, cooled].map((one) => figuresOf(one, is, truth, width));
  return {
    temperature: before * more,
    before,
    pictures: examples.length,
    logLoss: [both[0]!.logLoss, both[1]!.logLoss],
    calibrationError: [both[0]!.calibrationError, both[1]!.calibrationError],
  };
}

function figuresOf(
  scores: Float64Array,
  is: Uint8Array,
  truth: Int32Array,
  width: number,
): { logLoss: number; calibrationError: number } {
  const { said, isRight, pictures } = answersOf(scores, is, width, false);
  const places = placesOf(said, width);
  const ofTruth = Float64Array.from(
    { length: pictures },
    (_, index) => scores[index * width + truth[index]!]!,
  );
  const sure = Float64Array.from({ length: pictures }, (_, index) => scores[index * width + places[index]!]!);
  return { logLoss: logLoss(ofTruth)!, calibrationError: calibrationError(reliability(sure, isRight))! };
}
