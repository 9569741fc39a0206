/** The default model beside nsfwjs, in short. All of them in full are in `nsfwjs-parity.full.test.ts`. */
import { describeParity } from './nsfwjs-parity-cases.ts';

describeParity(['mobilenet_v2'], 5, 5);
