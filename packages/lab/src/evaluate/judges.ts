/** Those who are evaluated: models that are loaded, scores from files, and means of several. */
import { stat } from 'node:fs/promises';
import { basename, parse } from 'node:path';
import {
  type Category,
  type Classification,
  type Classifier,
  FigleafError,
  findModel,
  type LoadOptions,
  listModels,
  listProfiles,
  loadClassifier,
  type Pool,
  type Profile,
  taxonomyOf,
} from 'figleaf';
import type { NamedMap } from './maps.ts';
import type { DescribedModel } from './options.ts';
import { type Predictions, readPredictions } from './predictions.ts';
import { type Labelled, targetsFor } from './targets.ts';

/** A source of scores by itself. */
export interface Member extends Labelled {
  /** Whether its classes exclude each other. */
  readonly areExclusive: boolean;
  /** Null for scores from a file. */
  readonly classifier: Classifier | null;
  readonly predictions: Predictions | null;
}

/** One who is evaluated: a member, or the mean of several. */
export interface Judge {
  /** What it is called in reports. */
  readonly name: string;
  /** Places in the list of members. */
  readonly members: readonly number[];
}

/** All of them; each member once. */
export interface Judges {
  readonly members: readonly Member[];
  readonly judges: readonly Judge[];
}

/**
 * Loads what is asked for. What several ask for is loaded once.
 *
 * @throws {FigleafError} Those of `loadClassifier` and {@link readPredictions}; `option-invalid` where nothing is asked for, or something
 * twice.
 */
export async function openJudges(
  models: readonly (string | DescribedModel)[],
  predictions: readonly string[],
  pool: Pool,
  signal: AbortSignal | undefined,
): Promise<Judges> {
  const described = models.filter((model) => typeof model !== 'string');
  const wanted = models.map((model) => (typeof model === 'string' ? model : model.name));
  checkOnce([...wanted, ...predictions]);
  const asked = await Promise.all(wanted.map(partsOf));
  const names = [...new Set(asked.flat())];
  const shown = shownNames([...asked, ...predictions.map((path) => [path])]);
  const loaded = await Promise.all(
    names.map((name) => openModel(described.find((one) => one.name === name) ?? name, pool, signal)),
  );
  const read = await Promise.all(predictions.map(openPredictions));
  return {
    members: [...loaded, ...read],
    judges: [
      ...models.map((_, index) => ({
        name: shown[index]!,
        members: asked[index]!.map((part) => names.indexOf(part)),
      })),
      ...predictions.map((_, index) => ({
        name: shown[models.length + index]!,
        members: [loaded.length + index],
      })),
    ],
  };
}

function checkOnce(names: readonly string[]): void {
  if (names.length === 0)
    throw new FigleafError('option-invalid', 'name at least one model, or a file of predictions');
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new FigleafError('option-invalid', `'${twice}' is there twice; name each once`);
}

/** Short names where these differ. */
function shownNames(asked: readonly (readonly string[])[]): string[] {
  const short = asked.map((parts) => parts.map(shortName).join('+'));
  const isAlone = (name: string): boolean => short.filter((other) => other === name).length === 1;
  return short.map((name, index) => (isAlone(name) ? name : asked[index]!.join('+')));
}

/** Of a file its name without the ending, or that of its folder where it is called as all models of a training are. */
function shortName(asked: string): string {
  const { name, ext, dir } = parse(asked);
  if (!/^\.(onnx|csv|jsonl)$/i.test(ext)) return asked;
  return name === 'model' && basename(dir) !== '' ? basename(dir) : name;
}

/** The models of an ensemble; a file may have a plus in its name. */
async function partsOf(model: string): Promise<string[]> {
  const parts = model.split('+').map((part) => part.trim());
  if (parts.length === 1 || (await isFile(model))) return [model];
  if (parts.some((part) => part === '') || new Set(parts).size < parts.length)
    throw new FigleafError('option-invalid', `'${model}' is to be models joined by +, each once`);
  return parts;
}

/** Whether that is a file. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}

async function openModel(
  asked: string | DescribedModel,
  pool: Pool,
  signal: AbortSignal | undefined,
): Promise<Member> {
  const classifier = await loadAsked(asked, { pool, ...(signal && { signal }) });
  return {
    name: typeof asked === 'string' ? asked : asked.name,
    labels: classifier.labels,
    families: classifier.families,
    areExclusive: !classifier.isMultiLabel,
    classifier,
    predictions: null,
  };
}

function loadAsked(asked: string | DescribedModel, options: LoadOptions): Promise<Classifier> {
  if (typeof asked === 'string' && listProfiles().includes(asked as Profile))
    return loadClassifier({ profile: asked as Profile }, options);
  const { model, description } = typeof asked === 'string' ? { model: asked, description: {} } : asked;
  const isKnown = listModels().some(({ metadata }) => metadata.id === model);
  // Two files may carry the same id.
  const own = isKnown ? description : { id: model, ...description };
  return loadClassifier(model, { ...options, description: own });
}

async function openPredictions(path: string): Promise<Member> {
  const predictions = await readPredictions(path);
  const { labels, areExclusive } = predictions;
  const families: Readonly<Record<string, Category>> | null = taxonomyOf(labels, KNOWN_FAMILIES);
  return { name: path, labels, families, areExclusive, classifier: null, predictions };
}

/** Of the models of the catalogue, whose records may be among the predictions. */
const KNOWN_FAMILIES = findModel('mobilenet_v2').metadata.taxonomy;

/** What members say, by the classes that are evaluated. */
export class Ballot {
  /** `[member][label]`: the place among the classes, -1 for what is left out. */
  readonly #columns: readonly Int32Array[];
  /** `[member]` */
  readonly targets: readonly (readonly (string | null)[])[];
  readonly classes: readonly string[];
  readonly #members: readonly Member[];

  /**
   * @param inData Classes of the data.
   * @throws {FigleafError} Those of {@link targetsFor}.
   */
  constructor(members: readonly Member[], inData: readonly string[], map: NamedMap | null) {
    this.#members = members;
    this.targets = members.map((member) => targetsFor(member, inData, map));
    const known = this.targets.flat().filter((target) => target !== null);
    this.classes = [...new Set([...inData, ...known])].sort();
    this.#columns = this.targets.map((targets) =>
      Int32Array.from(targets, (target) => (target === null ? -1 : this.classes.indexOf(target))),
    );
  }

  /** Scores of a member by classes: probabilities that share one are added; of labels that do not exclude each other the highest counts. */
  scores(member: number, probabilities: readonly number[]): Float64Array {
    const scores = new Float64Array(this.classes.length);
    const { areExclusive } = this.#members[member]!;
    for (const [label, column] of this.#columns[member]!.entries()) {
      if (column < 0) continue;
      const p = probabilities[label]!;
      scores[column] = areExclusive ? scores[column]! + p : Math.max(scores[column]!, p);
    }
    return scores;
  }
}

/** What a model says, in the order of its classes. */
export function probabilitiesOf({ labels }: Member, { classes }: Pick<Classification, 'classes'>): number[] {
  return labels.map((label) => classes[label]!);
}
