/** Bundled models beside nsfwjs, in full. */
import { REFERENCE_MODELS, type ReferenceModel } from '../../../test/nsfwjs.ts';
import { describeParity } from './nsfwjs-parity-cases.ts';

describeParity(Object.keys(REFERENCE_MODELS) as ReferenceModel[], 45, 30);
