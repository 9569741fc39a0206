/** A thread that augments pictures. */
import { parentPort } from 'node:worker_threads';
import { applySteps } from './apply.ts';
import type { AugmentCall, AugmentJob, AugmentReply } from './augment-protocol.ts';

async function resultOf({ width, height, channels, data, steps }: AugmentJob): Promise<Uint8Array> {
  const isTurned = channels === 'BGR';
  if (isTurned) swapEnds(data);
  const augmented = await applySteps({ width, height, data }, steps);
  if (isTurned) swapEnds(augmented.data);
  return augmented.data;
}

/** Red for blue, and blue for red. */
function swapEnds(data: Uint8Array): void {
  for (let at = 0; at < data.length; at += 3) {
    const first = data[at]!;
    data[at] = data[at + 2]!;
    data[at + 2] = first;
  }
}

async function answer({ id, jobs, memory }: AugmentCall): Promise<AugmentReply> {
  try {
    const results: Uint8Array[] = [];
    for (const job of jobs) results.push(await resultOf(job));
    return { id, memory, results };
  } catch (error) {
    return { id, memory, error };
  }
}

const port = parentPort!;
port.on('message', (call: AugmentCall) => {
  void answer(call).then((reply) => {
    const results = 'results' in reply ? reply.results : [];
    port.postMessage(reply, [reply.memory, ...results.map(({ buffer }) => buffer as ArrayBuffer)]);
  });
});
