/** Bundled models beside nsfwjs, in full. */
import { describeParity } from './nsfwjs-parity-cases.ts';

describeParity(45, 30);
