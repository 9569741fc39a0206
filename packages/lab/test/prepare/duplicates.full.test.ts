/** Duplicates that are known: all photos of the test copied in all ways, which are over 4,000 pictures. */
import { it } from 'vitest';
import { hasData } from '../../../../test/data.ts';
import { expectKnownDuplicates } from './known-duplicates.ts';

it.skipIf(!hasData)(
  'finds the copies of 372 photos, and takes no two for the same that are not',
  () => expectKnownDuplicates(1, 372),
  600_000,
);
