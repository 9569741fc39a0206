/** Tests of a report's text. */
import { expect, it } from 'vitest';
import type { PrepareReport } from './prepare/options.ts';
import { textOf } from './report-text.ts';

const duplicates = Array.from({ length: 3000 }, (_, index) => ({
  source: 'web',
  path: `a/"${index}"\n.jpg`,
  kind: 'near' as const,
  distance: index % 32,
  of: { source: 'web', path: 'a/é.jpg' },
}));
const report: PrepareReport = {
  counts: [],
  pictures: { train: 1, validation: 0, test: 0 },
  classes: ['a'],
  passedOver: 2,
  leftOut: 0,
  warnings: ['look\nat this'],
  broken: [],
  duplicates,
  conflicts: [{ pictures: [{ source: 'web', path: 'b.jpg', class: 'a' }] }],
  blockListed: [],
};

it('is that of JSON.stringify, in pieces of a bounded length', () => {
  const pieces = [...textOf(report)];
  expect(pieces.join('')).toBe(`${JSON.stringify(report, null, 2)}\n`);
  expect(pieces.filter((piece) => piece.includes('near')).length).toBe(3);
});
