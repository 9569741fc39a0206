/** What was covered, as lines for people. */
import pc from 'picocolors';
import type { CensorLoss } from '../censor/censor.ts';
import type { ScanRecord } from '../scan/record.ts';
import { printable } from './console.ts';

/** What `figleaf censor` says of one picture: the record of what was found, and what became of it. */
export interface CensorRecord extends ScanRecord {
  /** The new file; null where there is none. */
  readonly output: string | null;
  /** How many regions were covered; with `--invert`, left bare. */
  readonly regions: number;
  /** What could not be kept. */
  readonly losses: readonly CensorLoss[];
}

/** The heading of the table; with `--invert` its numbers are those of the regions that stay bare. */
export function censorHeading(invert: boolean): string {
  return pc.dim(`${invert ? '   bare' : 'covered'}  picture`);
}

/** One record as one line. */
export function censorRow({ input, output, regions, losses, error }: CensorRecord): string {
  const name = printable(input);
  if (error) return `${pc.yellow(error.code)}  ${name}  ${pc.dim(printable(error.message))}`;
  // Nothing to cover is what somebody should look at: the detector may have missed it.
  const covered = regions > 0 ? pc.green(String(regions).padStart(7)) : pc.yellow('nothing');
  const lost = losses.length > 0 ? pc.dim(`  (not kept: ${losses.join(', ')})`) : '';
  return `${covered}  ${name} -> ${printable(output ?? '')}${lost}`;
}
