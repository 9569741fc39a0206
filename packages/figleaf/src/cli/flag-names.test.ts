/** Tests of naming flags where the library names its options. */
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { inFlags } from './flag-names.ts';

const command = new Command('censor')
  .option('--soft-edge <share>')
  .option('-w, --workers <count>')
  .option('--max-pixels <count>')
  .option('--tiles <side>')
  .option('--size <pixels>', '', '448')
  .parse(['--soft-edge', '3', '-w', '900', '--max-pixels', '0', '--tiles=5'], { from: 'user' });

it.each([
  ['softEdge is 3; give a number from 0 to 1', '--soft-edge is 3; give a number from 0 to 1'],
  ['workers is 900; give fewer', '--workers is 900; give fewer'],
  ['limits.maxPixels is 0; give a number above 0', '--max-pixels is 0; give a number above 0'],
  ['tiles.side is 5; give more', '--tiles is 5; give more'],
  ['size is 33; nobody gave it', 'size is 33; nobody gave it'],
  ['seed is 2; there is no such flag', 'seed is 2; there is no such flag'],
  ['there is no profile', 'there is no profile'],
])('%s', (message, said) => {
  expect(inFlags(message, command)).toBe(said);
  expect(inFlags(message, undefined)).toBe(message);
});
