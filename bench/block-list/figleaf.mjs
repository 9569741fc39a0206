/** Child process of `bench block-list`: the built package `figleaf` with one list in memory. */
import { createReadStream } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { decodeImage, parseBlockList, pdqRotations } from 'figleaf';
import { serve } from '../classify/serve.mjs';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

let list;

async function residentMb() {
  // Node frees what a buffer held only after the collection that found nobody holding it.
  for (let turn = 0; turn < 3; turn++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage.rss() / 2 ** 20;
}

/** Milliseconds that each call takes. */
function timesOf(calls, work) {
  return calls.map((call) => {
    const start = performance.now();
    work(call);
    return performance.now() - start;
  });
}

serve({
  /** Reads a list from a file. */
  async load({ file }) {
    const before = await residentMb();
    const start = performance.now();
    list = await parseBlockList(createReadStream(file, 'utf8'), file);
    const seconds = (performance.now() - start) / 1000;
    const peak = process.resourceUsage().maxRSS / 2 ** 10;
    return { size: list.size, seconds, memoryMb: (await residentMb()) - before, peakMb: peak - before };
  },

  /** Asks for pictures, each in its eight rotations as hex. */
  lookUp({ pictures }) {
    let matches = 0;
    const times = timesOf(pictures, (rotations) => {
      for (const hash of rotations) if (list.matchPdq(hash, 100)) matches++;
    });
    return { times, matches };
  },

  /** Hashes pictures that are decoded already, in their eight rotations. */
  async hash({ files, repeat }) {
    const times = [];
    for (const file of files) {
      const [pixels] = (await decodeImage(file)).frames;
      times.push(...timesOf(Array(repeat).fill(pixels), pdqRotations));
    }
    return { times };
  },
});
