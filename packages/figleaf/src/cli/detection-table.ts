/** What was found in pictures as lines for people: a line for each picture, below it one for each thing that was found. */
import pc from 'picocolors';
import type { ScanRecord } from '../scan/record.ts';
import { printable } from './console.ts';

type Found = NonNullable<ScanRecord['detections']>[number];

const NUMBER_WIDTH = 7;
const LABEL_WIDTH = 25;
const FAMILY_WIDTH = 11;

const COLOURS = { unsafe: pc.red, suggestive: pc.yellow, safe: pc.green } as const;

/** The heading of the table. */
export function detectionHeading(): string {
  const numbers = ['x', 'y', 'width', 'height'].map((name) => name.padStart(NUMBER_WIDTH));
  const cells = [
    'score'.padStart(8),
    ' label'.padEnd(LABEL_WIDTH),
    'family'.padEnd(FAMILY_WIDTH),
    ...numbers,
  ];
  return pc.dim(cells.join(' '));
}

/** One record as lines. */
export function detectionRows({
  input,
  width,
  height,
  detections = [],
  error,
  frames,
  truncated,
}: ScanRecord): string {
  const name = printable(input);
  if (error) return `${pc.yellow(error.code)}  ${name}  ${pc.dim(printable(error.message))}`;
  const about = [
    `${width} x ${height}`,
    ...(frames ? [`${frames} frames looked at`] : []),
    ...(truncated ? ['file cut off'] : []),
    ...(detections.length === 0 ? ['nothing found'] : []),
  ];
  return [`${pc.bold(name)}  ${pc.dim(about.join(', '))}`, ...detections.map(detectionRow)].join('\n');
}

function detectionRow({ label, category, score, box }: Found): string {
  const numbers = [box.x, box.y, box.width, box.height].map((side) =>
    String(Math.round(side)).padStart(NUMBER_WIDTH),
  );
  const cells = [
    `${(score * 100).toFixed(1)} %`.padStart(8),
    ` ${printable(label)}`.padEnd(LABEL_WIDTH),
    (category ?? '-').padEnd(FAMILY_WIDTH),
    ...numbers,
  ];
  const line = cells.join(' ');
  return category === null ? line : COLOURS[category](line);
}
