/** `npm run soak -- NAME [--json] [--smoke] [--save]`: runs what takes too long for a benchmark; without a name lists it. */
import { runSuite } from '../suite.ts';

process.exitCode = await runSuite({
  command: 'soak',
  heading: 'soak ',
  benchmarks: new Map([
    ['detect', async () => (await import('./detect.ts')).detect],
    ['records', async () => (await import('./records.ts')).records],
    ['scan', async () => (await import('./scan.ts')).scan],
  ]),
});
