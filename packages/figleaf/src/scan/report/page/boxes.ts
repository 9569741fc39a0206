/** The parts that a detector found, as boxes over the picture of a card. */
import type { ScanRecord } from '../../schema.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** Boxes that lie where the picture has them once it is shown whole; null where there are none in its first frame. */
export function boxesOver({ width, height, detections = [] }: ScanRecord): Element | null {
  const shown = detections.filter(({ frame = 0 }) => frame === 0);
  if (width === null || height === null || shown.length === 0) return null;
  const rects = shown.map(({ box, category }) => drawn('rect', { ...box, 'data-of': category ?? '' }));
  return drawn('svg', { class: 'boxes', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' }, rects);
}

function drawn(
  tag: 'svg' | 'rect',
  attributes: Readonly<Record<string, string | number>>,
  children: readonly Element[] = [],
): Element {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}
