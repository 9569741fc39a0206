/** The bar that all commands draw on stderr where that is a terminal, and how they write paces and times. */
import cliProgress from 'cli-progress';

/** A bar with words after it. */
export interface Bar extends Disposable {
  /** Whether anybody sees it; else nothing needs to be found out for it. */
  readonly isSeen: boolean;
  /** Draws how much of `total` is done, and what is said of it. */
  show(done: number, total: number, words: string): void;
  /** Runs `print`, which writes to stdout, while the bar is out of the way. */
  around(print: () => Promise<void>): Promise<void>;
  /** Takes the bar away until there is more to show. */
  hide(): void;
}

/** Nothing is drawn with `quiet`, or where nobody would see it. */
export function openBar(quiet: boolean): Bar {
  return quiet || !process.stderr.isTTY ? SILENT : new TerminalBar();
}

const SILENT: Bar = {
  isSeen: false,
  show: () => undefined,
  around: (print) => print(),
  hide: () => undefined,
  [Symbol.dispose]: () => undefined,
};

// Its types leave out the method that draws at once.
type Bars = cliProgress.MultiBar & { update(): void };

class TerminalBar implements Bar {
  readonly isSeen = true;
  #shown: { readonly bars: Bars; readonly bar: cliProgress.SingleBar } | null = null;

  show(done: number, total: number, words: string): void {
    this.#shown ??= begin(words);
    const { bar } = this.#shown;
    bar.setTotal(Math.max(1, total));
    bar.update(done, { words });
  }

  async around(print: () => Promise<void>): Promise<void> {
    if (!this.#shown || !process.stdout.isTTY) return print();
    // The bar and the results share one terminal. Left to its beat, the bar would hardly be seen between results that come fast.
    process.stderr.write('\r\u001b[2K');
    await print();
    this.#shown.bars.update();
  }

  hide(): void {
    this.#shown?.bars.stop();
    this.#shown = null;
  }

  [Symbol.dispose](): void {
    this.hide();
  }
}

function begin(words: string): { bars: Bars; bar: cliProgress.SingleBar } {
  // One bar of a MultiBar: a SingleBar jumps back to where it began when it ends, and there the table is by then.
  const bars = new cliProgress.MultiBar({
    format: '{bar} {words}',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
    fps: 8,
    // On a narrow terminal the words need the room.
    barsize: Math.min(24, Math.floor(process.stderr.columns / 4)),
    // The bar is cut to the terminal's width either way; else the rows of the table would be, with the names at their ends.
    linewrap: true,
    forceRedraw: true,
  }) as Bars;
  return { bars, bar: bars.create(1, 0, { words }) };
}

/** How many a second, with as many digits as say something. */
export function rateOf(rate: number): string {
  return rate.toFixed(rate < 10 ? 1 : 0);
}

/** `40 s`, `12 min`, `3 h 05 min`. */
export function timeOf(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
