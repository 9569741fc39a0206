/** What commands that judge pictures have in common: options, and what is said of the runtime. */
import { InvalidArgumentError, Option } from 'commander';
import type { Classifier } from '../classify/classifier.ts';
import { DEFAULT_LIMITS, type ImageLimits } from '../image/pixels.ts';
import { DEFAULT_PROFILE, listProfiles, type Profile } from '../models/catalogue.ts';
import type { Moderator, ModeratorOptions } from '../scan/moderator.ts';
import type { Console } from './console.ts';

/** The options of {@link judgeOptions}, as commander hands them over. */
export interface JudgeFlags {
  readonly profile: Profile;
  readonly model?: string;
  readonly workers?: number;
  readonly scaledDecode?: true;
  readonly allowSvg?: true;
  readonly maxPixels?: number;
  readonly quiet?: true;
}

/** Which models to ask. */
export function modelOptions(): Option[] {
  return [
    new Option('-p, --profile <name>', 'which models to ask')
      .choices(listProfiles())
      .default(DEFAULT_PROFILE),
    new Option(
      '-m, --model <id or file>',
      'one model: an id of `figleaf models list`, or an ONNX file',
    ).conflicts('profile'),
  ];
}

/** How to judge. */
export function judgeOptions(): Option[] {
  return [
    workersOption(),
    new Option('--scaled-decode', 'let large JPEGs shrink while decoding: faster, but scores move'),
    new Option('--allow-svg', 'judge SVG files too; only for files you trust'),
    maxPixelsOption(),
    quietOption(),
  ];
}

/** How many threads work. */
export function workersOption(): Option {
  return new Option('-w, --workers <count>', 'worker threads (default: one per core)').argParser(
    positiveInteger,
  );
}

/** How large pictures may be. */
export function maxPixelsOption(): Option {
  return new Option(
    '--max-pixels <count>',
    `refuse larger pictures (default: ${DEFAULT_LIMITS.maxPixels}; more takes more memory)`,
  ).argParser(positiveInteger);
}

/** What pictures may take, as {@link maxPixelsOption} asks; nothing where it was not given. */
export function limitsOf({ maxPixels }: { readonly maxPixels?: number }): { limits?: Partial<ImageLimits> } {
  return maxPixels === undefined ? {} : { limits: { maxPixels } };
}

/** Whether results come alone. */
export function quietOption(): Option {
  return new Option('-q, --quiet', 'no progress and no summary');
}

/** The models and workers that were asked for. */
export function moderatorOptions(flags: JudgeFlags): ModeratorOptions {
  const { model, profile, workers } = flags;
  return {
    ...(model === undefined ? { profile } : { model }),
    ...(workers && { workers }),
    ...limitsOf(flags),
  };
}

/** Warns where the slower runtime was taken without being asked for. */
export function noteRuntime({ runtime }: Pick<Classifier, 'runtime'>, out: Console): void {
  if (runtime !== 'wasm' || process.env.FIGLEAF_RUNTIME === 'wasm') return;
  out.note('figleaf: no native ONNX Runtime for this platform is installed; using the slower wasm build');
}

/** Who judged: the models that were asked, in the order in which they are, and on what they ran. */
export function judgesOf(asked: ReadonlySet<string>, { models, classifier }: Moderator): string {
  const names = models.filter((model) => asked.has(model));
  return `${names.join(' + ') || 'no model'} (${classifier.runtime})`;
}

/** A whole number from 1 on. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Give a whole number of at least 1.');
  return value;
}

/** Reads a number; what it may be is checked where it is used. */
export function plainNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Give a number.');
  return value;
}
