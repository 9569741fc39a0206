/** What the numbers of each operation may be, and what they are where nothing is said. */
import { FigleafError } from 'figleaf';
import type { Operation, Range, Whole } from './operation.ts';

/** What a field may be. */
type Field =
  | { readonly kind: 'range'; readonly from: number; readonly to: number; readonly usual: Range }
  | { readonly kind: 'number'; readonly from: number; readonly to: number; readonly usual: number }
  | { readonly kind: 'above'; readonly from: number; readonly to: number; readonly usual: number }
  | { readonly kind: 'whole'; readonly from: number; readonly to: number; readonly usual: number }
  | { readonly kind: 'word'; readonly words: readonly string[]; readonly usual: string };

type Fields<O extends Operation> = Readonly<Record<Exclude<keyof O, 'type' | 'probability'>, Field>>;

const between = (kind: 'range', from: number, to: number, usual: Range): Field => ({ kind, from, to, usual });
const one = (kind: 'number' | 'above' | 'whole', from: number, to: number, usual: number): Field => ({
  ...{ kind, from, to, usual },
});
const LEVELS = between('range', 0, 100, [0.5, 3]);

const FIELDS: { readonly [T in Operation['type']]: Fields<Extract<Operation, { type: T }>> } = {
  rotate: { degrees: between('range', -180, 180, [-20, 20]) },
  zoom: { factor: between('range', 1, 100, [1.1, 1.5]) },
  distort: {
    columns: one('whole', 2, 64, 4),
    rows: one('whole', 2, 64, 4),
    pixels: one('number', 0, 1000, 8),
  },
  brightness: { factor: LEVELS },
  colour: { factor: LEVELS },
  contrast: { factor: LEVELS },
  skew: { magnitude: one('above', 0, 1, 0.4) },
  flip: { axis: { kind: 'word', words: ['horizontal', 'vertical'], usual: 'horizontal' } },
  crop: { share: between('range', 0.01, 1, [0.6, 0.95]) },
  jpeg: { quality: between('range', 1, 100, [10, 80]) },
  cutout: { share: between('range', 0, 1, [0.1, 0.5]) },
  mixup: { alpha: one('number', 0.01, 1, 0.4) },
};

/** The names of all operations. */
export const OPERATION_TYPES = Object.keys(FIELDS) as readonly Operation['type'][];

/** An operation that is done to every picture, with its usual numbers. */
export function usual(type: Operation['type']): Whole {
  return complete({ type, probability: 1 });
}

/** The operation with what was left out, its fields always in the same order. */
export function complete(operation: Operation): Whole {
  const { type, probability, ...given } = operation;
  const fields = Object.entries<Field>(FIELDS[type]);
  const said = given as Readonly<Record<string, unknown>>;
  const values = Object.fromEntries(fields.map(([name, field]) => [name, said[name] ?? field.usual]));
  return { type, probability, ...values } as Whole;
}

/** An augmentation of which nothing is left out. */
export interface CheckedAugmentation {
  readonly operations: readonly Whole[];
}

/**
 * Checks what may have come from a file.
 *
 * @param from What messages call it.
 * @returns The augmentation with all that was left out.
 * @throws {FigleafError} `augmentation-invalid`, naming the place that is wrong.
 */
export function checkAugmentation(value: unknown, from = 'the augmentation'): CheckedAugmentation {
  const fail = (what: string): never => {
    throw new FigleafError('augmentation-invalid', `${from}: ${what}`);
  };
  if (!isRecord(value) || !Array.isArray(value.operations)) {
    return fail(
      'it is an object with a list of operations: {"operations": [{"type": "flip", "probability": 0.5}]}',
    );
  }
  const odd = Object.keys(value).find((key) => key !== 'operations');
  if (odd !== undefined) fail(`'${odd}' is not known; there is only 'operations'`);
  const operations = value.operations.map((operation: unknown, index) => {
    const wrong = faultOf(operation);
    if (wrong !== null) fail(`operations[${index}] ${wrong}`);
    return complete(operation as Operation);
  });
  if (operations.filter(({ type }) => type === 'mixup').length > 1)
    fail('mixup is in it twice; once is enough');
  return { operations };
}

/** What is wrong with an operation; null where nothing is. */
function faultOf(value: unknown): string | null {
  if (!isRecord(value)) return 'is an object with a type and a probability';
  const { type, probability, ...rest } = value;
  if (typeof type !== 'string' || !Object.hasOwn(FIELDS, type)) {
    return `has ${type === undefined ? 'no type' : `the type '${String(type)}'`}; give one of: ${OPERATION_TYPES.join(', ')}`;
  }
  if (!isNumber(probability) || probability < 0 || probability > 1) {
    return `(${type}) needs a probability from 0 to 1, not ${told(probability)}`;
  }
  const fields: Readonly<Record<string, Field>> = FIELDS[type as Operation['type']];
  for (const [name, given] of Object.entries(rest)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) return `(${type}) has no '${name}'; it has: ${Object.keys(fields).join(', ')}`;
    if (!fits(given, field)) return `(${type}): ${name} is ${wordsFor(field)}, not ${told(given)}`;
  }
  return null;
}

function fits(value: unknown, field: Field): boolean {
  if (field.kind === 'word') return field.words.includes(value as string);
  const isInside = (number: unknown): boolean =>
    isNumber(number) && number >= field.from && number <= field.to;
  switch (field.kind) {
    case 'range':
      return Array.isArray(value) && value.length === 2 && value.every(isInside) && value[0] <= value[1];
    case 'above':
      return isInside(value) && value !== field.from;
    case 'whole':
      return isInside(value) && Number.isInteger(value);
    case 'number':
      return isInside(value);
  }
}

function wordsFor(field: Field): string {
  if (field.kind === 'word') return `one of: ${field.words.join(', ')}`;
  const { from, to } = field;
  switch (field.kind) {
    case 'range':
      return `a list of the lowest and the highest, each from ${from} to ${to}`;
    case 'above':
      return `a number above ${from}, up to ${to}`;
    case 'whole':
      return `a whole number from ${from} to ${to}`;
    case 'number':
      return `a number from ${from} to ${to}`;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const told = (value: unknown): string =>
  value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
