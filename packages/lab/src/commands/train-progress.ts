/** How far the training is, on stderr where that is a terminal; and a line for each epoch. */
import { type Bar, rateOf, timeOf } from 'figleaf/commands';
import pc from 'picocolors';
import type { EpochRecord } from '../train/metrics.ts';
import type { TrainProgress } from '../train/options.ts';

const WHAT: Readonly<Record<TrainProgress['phase'], string>> = {
  reading: 'reading pictures',
  features: 'computing features',
  training: 'training',
  validation: 'validating',
  test: 'testing',
};

/** Shows it on the bar. */
export function showProgress(bar: Bar, progress: TrainProgress): void {
  const { phase, epoch, epochs, done, total } = progress;
  const which = phase === 'training' || phase === 'validation' ? ` epoch ${epoch} of ${epochs}` : '';
  bar.show(done, total, `${WHAT[phase]}${which}: ${done} of ${total}${paceOf(progress)}`);
}

function paceOf({ imagesPerSecond, epoch, epochs, done, total, loss }: TrainProgress): string {
  if (imagesPerSecond === undefined || loss === undefined) return '';
  const left = ((epochs - epoch) * total + total - done) / imagesPerSecond;
  return `, ${rateOf(imagesPerSecond)} images/s, ${timeOf(left)} left, loss ${loss.toFixed(3)}`;
}

const percent = (share: number | null): string => (share === null ? '-' : `${(share * 100).toFixed(1)} %`);
const number = (value: number | null): string => (value === null ? '-' : value.toFixed(4));

const COLUMNS = [
  ['epoch', 5],
  ['loss', 9],
  ['accuracy', 9],
  ['val. loss', 10],
  ['val. acc.', 10],
  ['rate', 10],
  ['images/s', 9],
] as const;

/** The heading of the table. */
export function epochHeading(): string {
  return pc.dim(COLUMNS.map(([name, width]) => name.padStart(width)).join(' '));
}

/** One epoch as one line. */
export function epochRow(record: EpochRecord): string {
  const cells = [
    String(record.epoch),
    number(record.loss),
    percent(record.accuracy),
    number(record.validationLoss),
    percent(record.validationAccuracy),
    record.learningRate.toPrecision(3),
    rateOf(record.imagesPerSecond),
  ];
  return cells.map((cell, column) => cell.padStart(COLUMNS[column]![1])).join(' ');
}
