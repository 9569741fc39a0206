/** How far the training is, on stderr where that is a terminal; and a line for each epoch. */
import cliProgress from 'cli-progress';
import { timeOf } from 'figleaf/commands';
import pc from 'picocolors';
import type { EpochRecord } from '../train/metrics.ts';
import type { TrainProgress } from '../train/options.ts';

/** A bar that other lines may be printed around. */
export interface TrainBar extends Disposable {
  show(progress: TrainProgress): void;
  /** Takes the bar away until there is more to show. */
  hide(): void;
}

const WHAT: Readonly<Record<TrainProgress['phase'], string>> = {
  reading: 'reading pictures',
  features: 'computing features',
  training: 'training',
  validation: 'validating',
  test: 'testing',
};

/** Nothing with `quiet`, or where nobody would see it. */
export function openTrainBar(quiet: boolean): TrainBar {
  if (quiet || !process.stderr.isTTY) {
    return { show: () => undefined, hide: () => undefined, [Symbol.dispose]: () => undefined };
  }
  const bar = new cliProgress.SingleBar({
    format: '{bar} {what}: {value} of {total}{pace}',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
    fps: 8,
    barsize: Math.min(24, Math.floor(process.stderr.columns / 4)),
  });
  let shown = '';
  const hide = (): void => {
    if (shown !== '') bar.stop();
    shown = '';
  };
  return {
    show(progress) {
      const what = describe(progress);
      if (what !== shown) {
        hide();
        bar.start(progress.total, progress.done, { what, pace: '' });
        shown = what;
      }
      bar.update(progress.done, { pace: paceOf(progress) });
    },
    hide,
    [Symbol.dispose]: hide,
  };
}

function describe({ phase, epoch, epochs }: TrainProgress): string {
  const which = phase === 'training' || phase === 'validation' ? ` epoch ${epoch} of ${epochs}` : '';
  return WHAT[phase] + which;
}

function paceOf({ imagesPerSecond, epoch, epochs, done, total, loss }: TrainProgress): string {
  if (imagesPerSecond === undefined || loss === undefined) return '';
  const left = ((epochs - epoch) * total + total - done) / imagesPerSecond;
  return `, ${rateOf(imagesPerSecond)} images/s, loss ${loss.toFixed(3)}, ${timeOf(left)} left`;
}

/** Images per second with as many digits as say something. */
export function rateOf(rate: number): string {
  return rate.toFixed(rate < 10 ? 1 : 0);
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
