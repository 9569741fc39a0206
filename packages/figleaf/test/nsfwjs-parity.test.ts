/** Bundled models beside nsfwjs, in short. The full count is in `nsfwjs-parity.full.test.ts`. */
import { describeParity } from './nsfwjs-parity-cases.ts';

describeParity(5, 5);
