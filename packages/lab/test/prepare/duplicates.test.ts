/** Duplicates that are known, among photos of clothes that look alike, many before white. */
import { it } from 'vitest';
import { hasData } from '../../../../test/data.ts';
import { expectKnownDuplicates } from './known-duplicates.ts';

it.skipIf(!hasData)(
  'finds the copies of 42 photos among 372, and takes no two for the same that are not',
  () => expectKnownDuplicates(9, 42),
);
