/** Why no threshold is recommended, in words. */
import type { Wish } from './metrics/thresholds.ts';
import type { ClassReportEntry } from './report.ts';

/** What is said where a class has no threshold that gives what was wished. */
export function whyNone(
  { of }: Wish,
  { name, support, atHalf }: Pick<ClassReportEntry, 'name' | 'support' | 'atHalf'>,
): string {
  if (of !== 'fpr') return support === 0 ? `no pictures of ${name}` : 'none gives it';
  if (atHalf.falsePositiveRate === null) return `no pictures of anything but ${name}`;
  return support === 0 ? 'none keeps within that rate' : 'nothing within that rate finds anything';
}
