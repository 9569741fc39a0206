/** The profiles of detection: which detector is asked, and how, by what is on this machine. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import { FigleafError } from '../errors.ts';

/**
 * A ready-made choice of detector: `fast` shows a small one a small picture, `balanced` runs it as its makers do, and `accurate` sees
 * more pixels, and parts of large pictures as well.
 */
export type DetectorProfile = 'fast' | 'balanced' | 'accurate';

/** A detector that a profile may ask. */
export interface DetectorProfileModel {
  readonly model: string;
  /** What differs from the catalogue's preprocessing. */
  readonly preprocessing?: Partial<Preprocessing>;
  /** Whether large pictures are looked at in tiles as well, where nothing else is asked for. */
  readonly tiles?: 'auto';
}

/** What comes with the package. */
const LAST_RESORT: DetectorProfileModel = { model: 'activation-map' };

/** The first of these that is on this machine is asked. docs/detecting.md has what they find and what they cost. */
const PROFILES: Readonly<Record<DetectorProfile, readonly DetectorProfileModel[]>> = {
  fast: [{ model: 'nudenet-320n', preprocessing: { letterbox: { fit: 'free' } } }, LAST_RESORT],
  balanced: [{ model: 'nudenet-320n' }, LAST_RESORT],
  accurate: [
    { model: 'nudenet-640m', tiles: 'auto' },
    { model: 'nudenet-320n', preprocessing: { width: 640, height: 640 }, tiles: 'auto' },
    LAST_RESORT,
  ],
};

/** The profile of detection that is used where none is named. */
export const DEFAULT_DETECTOR_PROFILE: DetectorProfile = 'balanced';

/**
 * Every profile of detection, from the fastest to the most careful.
 *
 * @example
 * ```ts
 * listDetectorProfiles(); // ['fast', 'balanced', 'accurate']
 * ```
 */
export function listDetectorProfiles(): readonly DetectorProfile[] {
  return Object.keys(PROFILES) as DetectorProfile[];
}

/**
 * The detectors that a profile may ask; the first that is on this machine is taken. The last comes with the package.
 *
 * @throws {FigleafError} `option-invalid` for a profile that does not exist.
 * @example
 * ```ts
 * detectorProfileModels('balanced'); // [{ model: 'nudenet-320n' }, { model: 'activation-map' }]
 * ```
 */
export function detectorProfileModels(profile: string): readonly DetectorProfileModel[] {
  const models = Object.entries(PROFILES).find(([name]) => name === profile)?.[1];
  if (models) return models;
  const known = listDetectorProfiles().join(', ');
  throw new FigleafError('option-invalid', `there is no detector profile '${profile}'; there are: ${known}`);
}
