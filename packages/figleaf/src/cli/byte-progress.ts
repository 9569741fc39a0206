/** How far a download is, on stderr: a bar where that is a terminal, else a line where it comes from. */
import type { FigleafError } from '../errors.ts';
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
    show({ id, origin: from, bytes, total, failure }) {
      if (from !== origin) {
        bar.hide();
        if (failure) out.note(`${id}: failed: ${printable(reasonOf(failure, origin))}`);
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

/** The source was named on the line before; what follows is advice, for when no other source is left. */
function reasonOf({ message }: FigleafError, origin: string): string {
  const why = message.startsWith(`${origin}: `) ? message.slice(origin.length + 2) : message;
  return why.split('; ')[0]!;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
