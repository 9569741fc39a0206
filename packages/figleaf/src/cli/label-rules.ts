/** `--label`: rules for single labels as a user writes them, such as `FACE_FEMALE=blur,ellipse,expand=0.2`. */
import { InvalidArgumentError } from 'commander';
import type { CoverShape, CoverStyle } from '../censor/look.ts';
import type { LabelRule } from '../censor/regions.ts';

/** By label: whether it is covered, and how. */
export type LabelRules = Readonly<Record<string, LabelRule>>;

/** What may be said of a look. */
export const STYLES: readonly CoverStyle[] = ['box', 'pixelate', 'blur', 'sticker'];
export const SHAPES: readonly CoverShape[] = ['rectangle', 'ellipse'];

const NUMBERS = { expand: 'expand', 'soft-edge': 'softEdge', 'min-score': 'minScore' } as const;

const HOW = `Give LABEL, LABEL=leave, or LABEL=how with any of: ${STYLES.join(', ')}, ${SHAPES.join(', ')}, colour=#rrggbb, ${Object.keys(
  NUMBERS,
)
  .map((name) => `${name}=number`)
  .join(', ')}.`;

/**
 * Adds one rule to those that were given before it, in the way of commander's parsers of arguments.
 *
 * @throws {InvalidArgumentError} For what is no rule.
 */
export function addLabelRule(text: string, before: LabelRules = {}): LabelRules {
  const [, label = '', words] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (label === '') throw new InvalidArgumentError(HOW);
  if (Object.hasOwn(before, label)) throw new InvalidArgumentError(`There is a rule for ${label} already.`);
  return { ...before, [label]: words === undefined ? {} : ruleOf(words) };
}

function ruleOf(words: string): LabelRule {
  if (words === 'leave') return { cover: false };
  return Object.assign({}, ...words.split(',').map((word) => partOf(word.trim())));
}

function partOf(word: string): LabelRule {
  const style = STYLES.find((known) => known === word);
  if (style) return { style };
  const shape = SHAPES.find((known) => known === word);
  if (shape) return { shape };
  const [name = '', value = ''] = word.split('=', 2);
  if (name === 'colour' && value) return { colour: value };
  const key = Object.hasOwn(NUMBERS, name) ? NUMBERS[name as keyof typeof NUMBERS] : undefined;
  const number = Number(value);
  if (!key || value.trim() === '' || Number.isNaN(number)) throw new InvalidArgumentError(HOW);
  return { [key]: number };
}
