/** How far the work is, drawn on stderr where that is a terminal. */
import cliProgress from 'cli-progress';
import { Pace, type Step } from './pace.ts';

/** A bar that lines of results may be printed around. */
export interface Progress extends Disposable {
  /** One more is done: judged, where nothing else is said. `detail` says from now on what came of them. */
  tick(step?: Step, detail?: string): void;
  /** Runs `print` while the bar is out of the way. */
  around(print: () => Promise<void>): Promise<void>;
}

const SILENT: Progress = {
  tick: () => undefined,
  around: (print) => print(),
  [Symbol.dispose]: () => undefined,
};

/**
 * The bar, or nothing where nobody would see it.
 *
 * @param count Counts the inputs meanwhile, until its signal says that nobody needs to know any more; null where nobody can.
 */
export function openProgress(
  quiet: boolean,
  count: ((signal: AbortSignal) => Promise<number>) | null,
): Progress {
  if (quiet || !process.stderr.isTTY) return SILENT;
  // Its types leave out the method that draws at once.
  type Bars = cliProgress.MultiBar & { update(): void };
  // One bar of a MultiBar: a SingleBar jumps back to where it began when it ends, and there the table is by then.
  const bars = new cliProgress.MultiBar({
    format: '{bar} {value} of {known}, {rate} a second{left}{detail}',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
    fps: 8,
    // On a narrow terminal the figures need the room.
    barsize: Math.min(24, Math.floor(process.stderr.columns / 4)),
    // The bar is cut to the terminal's width either way; else the rows of the table would be, with the names at their ends.
    linewrap: true,
    forceRedraw: true,
  }) as Bars;
  const pace = new Pace(performance.now());
  let known: number | null = null;
  let detail = '';
  const bar = bars.create(1, 0, { known: '…', rate: '0', left: '', detail });
  const update = (): void => {
    const { done, rate } = pace;
    const seconds = known === null ? null : pace.left(known);
    const left = seconds === null ? '' : `, ${timeOf(seconds)} left`;
    bar.update(done, { known: known ?? '…', rate: rate.toFixed(rate < 10 ? 1 : 0), left, detail });
  };
  const ended = new AbortController();
  const total = (counted: number): void => {
    if (ended.signal.aborted) return;
    known = counted;
    bar.setTotal(Math.max(1, counted));
    update();
  };
  void count?.(ended.signal).then(total, () => undefined);
  return {
    tick(step = 'judged', given) {
      pace.add(step, performance.now());
      if (given !== undefined) detail = `; ${given}`;
      if (known === null) bar.setTotal(pace.done * 2);
      update();
    },
    async around(print) {
      if (!process.stdout.isTTY) return print();
      // The bar and the results share one terminal. Left to its beat, the bar would hardly be seen between results that come fast.
      process.stderr.write('\r\u001b[2K');
      await print();
      bars.update();
    },
    [Symbol.dispose]() {
      ended.abort();
      bars.stop();
    },
  };
}

/** `40 s`, `12 min`, `3 h 05 min`. */
export function timeOf(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
