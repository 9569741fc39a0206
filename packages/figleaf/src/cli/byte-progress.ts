/** How far a download is, on stderr: a bar where that is a terminal, else a line where it comes from. */
import cliProgress from 'cli-progress';
import type { PullProgress } from '../models/store.ts';
import { type Console, printable } from './console.ts';

/** A bar of bytes. */
export interface ByteProgress extends Disposable {
  show(progress: PullProgress): void;
}

/** Nothing with `quiet`. */
export function openByteProgress(quiet: boolean, out: Console): ByteProgress {
  if (quiet) return { show: () => undefined, [Symbol.dispose]: () => undefined };
  let origin = '';
  const bar = process.stderr.isTTY ? makeBar() : null;
  return {
    show({ id, origin: from, bytes, total }) {
      if (from !== origin) {
        bar?.stop();
        out.note(`${id}: from ${printable(from)}`);
        bar?.start(1, 0, { done: '0', all: '' });
        origin = from;
      }
      bar?.setTotal(total ?? Math.max(1, bytes * 2));
      bar?.update(bytes, {
        done: (bytes / 1e6).toFixed(1),
        all: total === null ? '' : ` of ${(total / 1e6).toFixed(1)}`,
      });
    },
    [Symbol.dispose]: () => bar?.stop(),
  };
}

function makeBar(): cliProgress.SingleBar {
  return new cliProgress.SingleBar({
    format: '{bar} {done}{all} MB',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
    fps: 8,
    barsize: Math.min(24, Math.floor(process.stderr.columns / 4)),
  });
}
