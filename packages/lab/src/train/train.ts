/** Training as a whole: from pictures to an ONNX file, with checkpoints on the way. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createPool, FigleafError } from 'figleaf';
import { lockFile } from 'figleaf/commands';
import type { DataSet } from '../data-set/data-set.ts';
import { readFolders } from '../data-set/folders.ts';
import { readManifest } from '../data-set/manifest.ts';
import { makeOutFolder, unwritable } from '../unwritable.ts';
import { cacheFolder } from './cache-folder.ts';
import { readProgress } from './checkpoint.ts';
import { openModel } from './models.ts';
import type { TrainOptions, TrainResult } from './options.ts';
import { Pictures } from './pictures.ts';
import { Plan } from './plan.ts';
import { LAST, Run } from './run.ts';
import { type Settings, withDefaults, withLoss } from './settings.ts';
import { Verdicts } from './verdicts.ts';

/**
 * Trains a classifier in Node, on ONNX Runtime: forward, backward and optimiser are one graph.
 *
 * Writes into `out`: `last.safetensors` and `best.safetensors` (parameters and state, see `checkpoint.ts`),
 * `manifest.jsonl` (every picture with its SHA-256), `metrics.jsonl` (a line an epoch), `index.html` (curves, to look at while it
 * trains), `tensorboard/` (event files), and at the end `model.onnx` with labels, preprocessing and a summary of the training, and
 * `result.json`. All but the event files, which grow, are whole or not there.
 *
 * Order, dropout and first weights follow from the seed and the step, so a run that was killed and resumed ends with the
 * very same weights, on the same machine with the same number of threads.
 *
 * @throws {FigleafError} Those of {@link readFolders}, {@link readManifest} and {@link openModel}; `data-set-invalid` for fewer pictures than
 * a batch; `output-exists` for a run that is there already; `output-unwritable` where another one is
 * writing there, or nothing can be written; `checkpoint-invalid`, `checkpoint-mismatch`;
 * `training-diverged` when loss or weights are no numbers any more; `runtime-unavailable`,
 * `option-invalid`.
 *
 * @example
 * ```ts
 * const { test, file } = await train({ data: 'digits', model: 'small-cnn', epochs: 20, out: 'runs/digits' });
 * console.log(test?.accuracy, file);
 * ```
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const settings = withDefaults(options);
  const design =
    typeof options.model === 'string' ? await openModel({ ...options, model: options.model }) : options.model;
  const data = await readData(settings);
  // After these, so that a slip of the pen leaves no folder behind.
  await using _lock = await openFolder(settings);
  const from = settings.resume ? await readProgress(join(settings.out, LAST)) : null;
  await using pool = await createPool({ workers: settings.threads, ...signalOf(options) });
  const pictures = await Pictures.read(data, {
    pool,
    preprocessing: design.preprocessing,
    verdicts: await Verdicts.open(await cacheFolder(settings.out), design.preprocessing),
    signal: options.signal,
    skipped: from?.skipped,
    onRead: (done, total) =>
      settings.onProgress({ phase: 'reading', done, total, epoch: 0, epochs: options.epochs }),
  });
  const run = new Run(new Plan(withLoss(settings, data), design, data.classes, pictures), from);
  // Awaited here, for the pool is closed when this function is left.
  return await run.train();
}

async function readData({ data, ...shares }: Settings): Promise<DataSet> {
  if (typeof data !== 'string') return data;
  return /\.jsonl$/i.test(data) ? readManifest(data, shares) : readFolders(data, shares);
}

function signalOf({ signal }: TrainOptions): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

/** Makes the folder and locks it, for two runs would write over each other. A run that is there already is only gone on with when asked to. */
async function openFolder({ out, resume }: Settings): Promise<AsyncDisposable> {
  const checkpoint = join(out, LAST);
  await makeOutFolder(out);
  const isThere = await access(checkpoint).then(
    () => true,
    () => false,
  );
  if (isThere && !resume) {
    throw new FigleafError(
      'output-exists',
      `'${out}' holds a run already; resume it, or give another folder`,
    );
  }
  return lockFile(checkpoint).catch((error: unknown) => {
    throw unwritable(out, error);
  });
}
