/** `npm run bench -- NAME [--json] [--smoke] [--save]`: runs a benchmark; without a name lists them. */
import { runSuite } from './suite.ts';

process.exitCode = await runSuite({
  command: 'bench',
  heading: '',
  benchmarks: new Map([
    ['augment', async () => (await import('./augment.ts')).augment],
    ['block-list', async () => (await import('./block-list.ts')).blockList],
    ['classify', async () => (await import('./classify.ts')).classify],
    ['detect', async () => (await import('./detect.ts')).detect],
    ['prepare', async () => (await import('./prepare.ts')).prepare],
    ['resamplers', async () => (await import('./resamplers.ts')).resamplers],
    ['safe-sets', async () => (await import('./safe-sets.ts')).safeSets],
    ['stability', async () => (await import('./stability.ts')).stability],
    ['train', async () => (await import('./train.ts')).train],
    ['train-gpu', async () => (await import('./train-gpu.ts')).trainGpu],
  ]),
});
