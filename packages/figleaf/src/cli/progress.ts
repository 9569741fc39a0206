/** How far the work on many inputs is. */
import { openBar, rateOf, timeOf } from './bar.ts';
import { Pace, type Step } from './pace.ts';

/** A bar that lines of results may be printed around. */
export interface Progress extends Disposable {
  /** One more is done: judged, where nothing else is said. `detail` says from now on what came of them. */
  tick(step?: Step, detail?: string): void;
  /** Runs `print` while the bar is out of the way. */
  around(print: () => Promise<void>): Promise<void>;
}

/**
 * The bar, or nothing where nobody would see it.
 *
 * @param count Counts the inputs meanwhile, until its signal says that nobody needs to know any more; null where nobody can.
 */
export function openProgress(
  quiet: boolean,
  count: ((signal: AbortSignal) => Promise<number>) | null,
): Progress {
  const bar = openBar(quiet);
  const pace = new Pace(performance.now());
  let known: number | null = null;
  let detail = '';
  const update = (): void => {
    const { done, rate } = pace;
    const seconds = known === null ? null : pace.left(known);
    const left = seconds === null ? '' : `, ${timeOf(seconds)} left`;
    bar.show(done, known ?? done * 2, `${done} of ${known ?? '…'}, ${rateOf(rate)} a second${left}${detail}`);
  };
  const ended = new AbortController();
  const total = (counted: number): void => {
    if (ended.signal.aborted) return;
    known = counted;
    update();
  };
  update();
  if (bar.isSeen) void count?.(ended.signal).then(total, () => undefined);
  return {
    tick(step = 'judged', given) {
      pace.add(step, performance.now());
      if (given !== undefined) detail = `; ${given}`;
      update();
    },
    around: (print) => bar.around(print),
    [Symbol.dispose]() {
      ended.abort();
      bar.hide();
    },
  };
}
