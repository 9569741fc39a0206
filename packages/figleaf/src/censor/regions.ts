/** Which of the things that were found are covered, and how each. */

import type { Detection } from '../detect/detector.ts';
import { FigleafError } from '../errors.ts';
import type { Region } from './cover.ts';
import { between, type CoverLook } from './look.ts';

/** What is special about one label. */
export interface LabelRule extends CoverLook {
  /** Whether it is covered at all. Default true: who names a label wants it covered. */
  readonly cover?: boolean | undefined;
  /** Least score for this label, 0 to 1. Default: that of the options. */
  readonly minScore?: number | undefined;
}

/** Which detections are covered. */
export interface RegionOptions {
  /** Categories whose labels are covered. Default `['unsafe']`. */
  readonly categories?: readonly string[] | undefined;
  /**
   * Rules for single labels, whatever their category, by the detector's own names: true covers it, false leaves it bare, an object
   * says how.
   */
  readonly labels?: Readonly<Record<string, boolean | LabelRule>> | undefined;
  /** Covers faces too: labels that are `face` or begin with `face_`, in either case. Default false. */
  readonly faces?: boolean | undefined;
  /** Least score, 0 to 1. Default 0: whatever the detector thought worth telling. */
  readonly minScore?: number | undefined;
}

/**
 * Chooses what to cover of what was found.
 *
 * A label that `labels` names follows its rule; of the others those are covered whose category is in `categories`, and faces if
 * `faces` asks for it.
 *
 * @returns The regions in the order of the detections, each with the look that its label's rule asks for.
 * @throws {FigleafError} `option-invalid` for a score that is no number from 0 to 1.
 * @example
 * ```ts
 * const regions = chooseRegions(detections, {
 *   faces: true,
 *   labels: { FEET_EXPOSED: true, FACE_FEMALE: { style: 'blur', shape: 'ellipse', minScore: 0.4 } },
 * });
 * const covered = cover(pixels, regions, { style: 'pixelate' });
 * ```
 */
export function chooseRegions(detections: readonly Detection[], options: RegionOptions = {}): Region[] {
  between('minScore', options.minScore ?? 0, 0, 1);
  for (const rule of Object.values(options.labels ?? {})) {
    if (typeof rule === 'object') between('minScore', rule.minScore ?? 0, 0, 1);
  }
  return detections.flatMap((detection) => regionOf(detection, options) ?? []);
}

function regionOf({ label, category, score, box }: Detection, options: RegionOptions): Region | null {
  if (Number.isNaN(score)) {
    throw new FigleafError('option-invalid', `the detection '${label}' has a score that is no number`);
  }
  const named = Object.hasOwn(options.labels ?? {}, label) ? options.labels?.[label] : undefined;
  const rule: LabelRule =
    typeof named === 'object' ? named : { cover: named ?? isChosen(label, category, options) };
  const { cover = true, minScore = options.minScore ?? 0, ...look } = rule;
  return cover && score >= minScore ? { ...look, box } : null;
}

function isChosen(label: string, category: Detection['category'], options: RegionOptions): boolean {
  const { categories = ['unsafe'], faces = false } = options;
  return (category !== null && categories.includes(category)) || (faces && isFace(label));
}

/** Whether a label is one of faces. */
export const isFace = (label: string): boolean => /^face(_|$)/i.test(label);
