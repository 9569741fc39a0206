/** How figures are written for people, in the terminal and on the page. */
import type { Interval } from './metrics/proportions.ts';

/** What stands for a figure that has no value, such as the recall of a class without pictures. */
export const NOTHING = '-';

/** `12.3 %` */
export function percent(share: number | null): string {
  if (share === null) return NOTHING;
  return `${(share * 100).toFixed(share > 0 && share < 0.001 ? 3 : 1)} %`;
}

/** Four digits. */
export function number(value: number | null): string {
  return value === null ? NOTHING : value.toFixed(4);
}

/** `10.1–14.9` */
export function span({ low, high }: Interval): string {
  const digits = high > 0 && high < 0.01 ? 3 : 1;
  return `${(low * 100).toFixed(digits)}–${(high * 100).toFixed(digits)}`;
}

/** `12.3 % (10.1–14.9)` */
export function withInterval(share: number | null, interval: Interval | null): string {
  return share === null || !interval ? percent(share) : `${percent(share)} (${span(interval)})`;
}

/** How likely something is by chance. */
export function chance(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4);
}

/** `1,234` */
export function count(value: number): string {
  return value.toLocaleString('en');
}
