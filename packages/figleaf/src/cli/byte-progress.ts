/** How far a download is, on stderr: a bar where that is a terminal, else a line where it comes from. */
import type { PullProgress } from '../models/store.ts';
import { openBar } from './bar.ts';
import { type Console, printable } from './console.ts';

/** A bar of bytes. */
export interface ByteProgress extends Disposable {
  show(progress: PullProgress): void;
}

/** Nothing with `quiet`. */
export function openByteProgress(quiet: boolean, out: Console): ByteProgress {
  const bar = openBar(quiet);
  let origin = '';
  return {
    show({ id, origin: from, bytes, total }) {
      if (from !== origin) {
        bar.hide();
        out.note(`${id}: from ${printable(from)}`);
        origin = from;
      }
      bar.show(
        bytes,
        total ?? bytes * 2,
        `${megabytes(bytes)}${total === null ? '' : ` of ${megabytes(total)}`} MB`,
      );
    },
    [Symbol.dispose]: () => bar.hide(),
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
