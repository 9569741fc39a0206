/** `figleaf train`: from pictures to an ONNX classifier. */
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type Console,
  EXIT,
  type ExitCode,
  listenForInterrupt,
  openBar,
  openConsole,
  plainNumber,
  positiveInteger,
  printable,
  quietOption,
  rateOf,
} from 'figleaf/commands';
import { readAugmentation } from '../augment/presets.ts';
import type { PrefixNote, TrainOptions, TrainResult, TrainStart } from '../train/options.ts';
import { train } from '../train/train.ts';
import { collect } from './repeated.ts';
import { OPTIMIZERS, optionsOf, RECIPES, REGULARIZERS, SCHEDULES, type TrainFlags } from './train-flags.ts';
import { epochHeading, epochRow, showProgress } from './train-progress.ts';

const EXAMPLES = `
The folder has a folder of pictures for each class, or train/ and test/ with such folders in them. A manifest has a line of JSON for
each picture: {"name": "hats/1.jpg", "class": "hat"}, or "classes": [...] where a picture may be of several; and if wished "part"
(train, validation, test) and "group" (pictures that stay together).

Examples:
  $ figleaf train digits --model small-cnn --epochs 40 --out runs/digits
  $ figleaf train digits --model small-cnn --epochs 40 --out runs/digits --resume   go on after Ctrl-C or worse
  $ figleaf train clothes --model mobilenet_v2 --freeze '*' --freeze '!predictions/*' --out runs/head
                                                             a new head on a model that is there
  $ figleaf train pictures --recipe nudenet-2019 --augment nudenet-2019 --out runs/2019
  $ figleaf classify --model runs/digits/model.onnx photo.jpg

Exit codes:
  0 trained   1 could not do what was asked   130 interrupted; --resume goes on`;

/** Adds the command to the program; `exit` receives the exit code. */
export function addTrain(program: Command, exit: (code: ExitCode) => void): void {
  program
    .command('train')
    .summary('train a classifier on pictures')
    .description('Trains a classifier on pictures, from scratch or from a model that is there.')
    .argument('<data>', 'pictures in a folder for each class, or a manifest *.jsonl')
    .requiredOption('-o, --out <folder>', 'folder of the run: checkpoints, curves, model.onnx')
    .option(
      '-m, --model <name>',
      'xception, mobilenet-v2, small-cnn, an id of `figleaf models list`, or an ONNX file',
    )
    .addOption(new Option('--recipe <name>', 'a whole set of options').choices(Object.keys(RECIPES)))
    .option('-e, --epochs <count>', 'how often each picture is seen (default: 20)', positiveInteger)
    .option('-b, --batch-size <count>', 'pictures a step (default: 32)', positiveInteger)
    .option('--lr <rate>', 'learning rate at first (default: 0.01)', plainNumber)
    .addOption(new Option('--schedule <name>', 'how the rate falls (default: cosine)').choices(SCHEDULES))
    .addOption(new Option('--optimizer <name>', 'SGD has momentum 0.9 (default: sgd)').choices(OPTIMIZERS))
    .option(
      '--size <pixels>',
      'width and height of the input (default: what the model was made for)',
      positiveInteger,
    )
    .option(
      '--augment <name>',
      'changes pictures each time that they are seen: nudenet-2019, or a file *.json (see `figleaf augment`)',
    )
    .addOption(
      new Option('--regularizer <name>', 'L2 of 1e-5 alone, or dropout of 0.5 alone').choices(REGULARIZERS),
    )
    .option('--dropout <share>', 'share of the features that is dropped', plainNumber)
    .option('--l2 <rate>', 'weight decay as part of the loss', plainNumber)
    .option('--label-smoothing <share>', 'how much of each answer is spread over all classes', plainNumber)
    .option(
      '--freeze <pattern>',
      "parameters that do not learn, such as 'block1_*'; may be repeated",
      collect,
    )
    .option(
      '--lr-scale <pattern=factor>',
      "what the learning rate of some parameters is multiplied with, such as 'block1_*=0.1'; may be repeated",
      collect,
    )
    .option(
      '--patience <epochs>',
      'end after so many epochs without more right answers on validation',
      positiveInteger,
    )
    .option('--seed <number>', 'everything random follows from it (default: 1)', plainNumber)
    .option('--test-share <share>', 'of the pictures, where no folder has them (default: 0.2)', plainNumber)
    .option('--validation-share <share>', 'of the rest, where no folder has them (default: 0.1)', plainNumber)
    .option('--threads <count>', 'threads that compute (default: one per core)', positiveInteger)
    .option('--provider <name>', "ONNX Runtime's name of what computes (default: cpu)")
    .option(
      '--checkpoint-seconds <seconds>',
      'time between checkpoints within an epoch (default: 300)',
      plainNumber,
    )
    .option('-r, --resume', 'go on with the run in --out')
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action(async (data: string, flags: TrainFlags) => exit(await run(data, flags)));
}

async function run(data: string, flags: TrainFlags): Promise<ExitCode> {
  const options = optionsOf(data, flags);
  using interruption = listenForInterrupt();
  const out = openConsole(flags.quiet ?? false, interruption.abort);
  using bar = openBar(flags.quiet ?? false);
  let hasHeading = false;
  try {
    const result = await train({
      ...options,
      ...(flags.augment !== undefined && { augment: await readAugmentation(flags.augment) }),
      signal: interruption.signal,
      onProgress: (progress) => showProgress(bar, progress),
      onStart: (start) => {
        bar.hide();
        noteStart(start, options, out);
      },
      onEpoch: async (record) => {
        bar.hide();
        if (!hasHeading) await out.line(epochHeading());
        hasHeading = true;
        await out.line(epochRow(record));
      },
    });
    bar.hide();
    noteResult(result, out);
    return EXIT.done;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    bar.hide();
    out.note(`figleaf: stopped; go on with --resume`);
    return EXIT.interrupted;
  }
}

function noteStart(start: TrainStart, { out: folder, epochs }: TrainOptions, out: Console): void {
  const { classes, pictures, skipped, parameters, prefix, augmentation, resumedAt, stepsPerEpoch } = start;
  const { train: learned, validation, test } = pictures;
  out.note(
    `${classes.length} classes: ${learned} pictures to train with, ${validation} for validation, ${test} for the test; ` +
      `${parameters.trainable.toLocaleString('en')} of ${parameters.all.toLocaleString('en')} parameters learn`,
  );
  if (skipped.length > 0) {
    const [first] = skipped;
    out.note(`${skipped.length} files left out, the first: ${printable(first!.name)} (${first!.code})`);
  }
  if (augmentation) {
    const types = augmentation.operations.map(({ type }) => type);
    out.note(`pictures are augmented: ${types.join(', ')}`);
  }
  const note = prefixNote(prefix);
  if (note) out.note(note);
  if (resumedAt > 0) {
    const epoch = Math.floor(resumedAt / stepsPerEpoch);
    out.note(`going on after step ${resumedAt}, with ${epoch} of ${epochs} epochs done`);
  }
  out.note(`to watch it, open ${printable(join(folder, 'index.html'))}`);
}

function prefixNote({ state, bytes }: PrefixNote): string | null {
  const size = `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
  if (state === 'computed') return `frozen layers were computed once for each picture: ${size} kept`;
  if (state === 'found') return `frozen layers were computed before: ${size} found`;
  if (state === 'augmented')
    return 'frozen layers are computed in each step, since augmentation makes every picture another each time';
  return state === 'too-large'
    ? `frozen layers are computed in each step: ${size} are too much to keep`
    : null;
}

function noteResult({ history, bestEpoch, test, file, pageError }: TrainResult, out: Console): void {
  const pace = history.at(-1)?.imagesPerSecond ?? 0;
  const f1 = typeof test?.f1 === 'number' ? `, F1 ${test.f1.toFixed(3)}` : '';
  const measured = test ? `test accuracy ${(test.accuracy * 100).toFixed(2)} %${f1}, ` : '';
  out.note(
    `${measured}epoch ${bestEpoch} of ${history.length} kept, ${rateOf(pace)} images/s: ${printable(file)}`,
  );
  if (pageError) out.note(`the page does not show how the run ended: ${printable(pageError)}`);
}
