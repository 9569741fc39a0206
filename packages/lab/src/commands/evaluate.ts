/** `figleaf evaluate`: models on labelled pictures, as tables, JSON and a page. */
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type Bar,
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
} from 'figleaf/commands';
import { type CalibrateOptions, calibrate } from '../evaluate/calibrate.ts';
import { checkEvaluation, evaluate } from '../evaluate/evaluate.ts';
import { number, percent } from '../evaluate/numbers.ts';
import type { EvaluationReport } from '../evaluate/report.ts';
import { comparedTablesOf, tablesOf } from '../evaluate/table.ts';
import { textOf } from '../report-text.ts';
import { countOf } from './count-of.ts';
import { calibrationOf, type EvaluateFlags, modelsOf, optionsOf, PARTS } from './evaluate-flags.ts';
import { collect } from './repeated.ts';

const EXAMPLES = `
The data are folders with a folder of pictures for each class, or manifests (see figleaf train --help). Where they have parts, those
for the test are taken.

A label map is a JSON object of what classes are called here: {"porn": "nude", "hentai": "nude", "sexy": null, "neutral": "safe"}; null
leaves one out. Where the data tell safe from unsafe (nude, nsfw), Figleaf knows the families of the models' classes.

Examples:
  $ figleaf evaluate digits --model runs/digits/model.onnx --part test --out reports/digits
  $ figleaf evaluate pictures --model mine.onnx --model balanced --model mobilenet_v2+open-nsfw --prevalence 0.001
  $ figleaf evaluate pictures --model mine.onnx --at precision=0.95     a threshold for that
  $ figleaf evaluate pictures --model mine.onnx --calibrate             be as sure as right, from now on
  $ figleaf evaluate pictures --model mine.onnx --compare               beside what others made, as in the article
  $ figleaf evaluate pictures --predictions theirs.csv                  scores of anything else

Exit codes:
  0 done   1 could not do what was asked   4 some pictures could not be read   130 interrupted`;

/** Adds the command to the program; `exit` receives the exit code. */
export function addEvaluate(program: Command, exit: (code: ExitCode) => void): void {
  program
    .command('evaluate')
    .summary('measure classifiers on labelled pictures')
    .description('Measures classifiers on labelled pictures, side by side.')
    .argument('<data...>', 'folders with a folder of pictures for each class, or manifests *.jsonl')
    .option(
      '-m, --model <name>',
      'an id, a profile, an ONNX file, or several joined by + to be averaged; may be repeated',
      collect,
    )
    .option('--predictions <file>', 'scores of something else, *.csv or *.jsonl; may be repeated', collect)
    .option('--compare', 'beside the models that others made, in one table')
    .addOption(new Option('--part <name>', 'which pictures').choices(PARTS))
    .option('--map <file>', 'what the classes of the data are called here')
    .option('--model-map <file>', 'what the classes of the models are called here')
    .option('--positive <class>', 'the class that alarms are about')
    .option('--at <wish>', 'recommend a threshold: precision=0.95, recall=0.99 or fpr=0.01')
    .option('--prevalence <share>', 'precision where so few of all pictures are of the class', plainNumber)
    .option(
      '--resamples <count>',
      'how often pictures are drawn anew for intervals (default: 1000)',
      plainNumber,
    )
    .option('--seed <number>', 'parts and intervals follow from it (default: 1)', plainNumber)
    .option('--test-share <share>', 'of the pictures, as in the training (default: 0.2)', plainNumber)
    .option('--validation-share <share>', 'of the rest, as in the training (default: 0.1)', plainNumber)
    .option('-w, --workers <count>', 'worker threads (default: one per core)', positiveInteger)
    .option(
      '--calibrate',
      'first fit a temperature on the pictures for validation, and write it into the file of --model',
    )
    .option('-o, --out <folder>', 'folder for report.json and index.html, a page with curves and mistakes')
    .option('--unblurred', 'pictures on the page are not blurred')
    .option('--json', 'the report as JSON instead of tables')
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action(async (data: string[], flags: EvaluateFlags) => exit(await run(data, flags)));
}

async function run(data: readonly string[], flags: EvaluateFlags): Promise<ExitCode> {
  const options = optionsOf(data, flags);
  using interruption = listenForInterrupt();
  const out = openConsole(flags.quiet ?? false, interruption.abort);
  using bar = openBar(flags.quiet ?? false);
  try {
    const { signal } = interruption;
    const calibration = flags.calibrate ? calibrationOf(data, flags) : null;
    const models = await modelsOf(flags, out);
    if (calibration) {
      // It changes the model's file, which is not to be for an evaluation that comes to nothing.
      await checkEvaluation({ ...options, models, signal });
      await calibrateFirst({ ...calibration, signal }, bar, out);
    }
    const report = await evaluate({
      ...options,
      models,
      signal,
      onProgress: ({ phase, done, total }) => {
        const words = phase === 'judging' ? `judging: ${done} of ${total}` : 'drawing pictures anew';
        bar.show(done, total, words);
      },
    });
    bar.hide();
    await print(report, flags, out);
    noteRest(report, flags, out);
    return report.unreadable.length > 0 ? EXIT.unreadable : EXIT.done;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    bar.hide();
    return interruption.interrupted ? EXIT.interrupted : EXIT.done;
  }
}

async function calibrateFirst(options: CalibrateOptions, bar: Bar, out: Console): Promise<void> {
  const { temperature, pictures, logLoss, calibrationError } = await calibrate({
    ...options,
    onProgress: ({ done, total }) => bar.show(done, total, `calibrating: ${done} of ${total}`),
  });
  bar.hide();
  const change = ([before, after]: readonly [number, number], format: (value: number) => string): string =>
    `${format(before)} to ${format(after)}`;
  out.note(
    `temperature ${temperature.toPrecision(4)}, from ${pictures} pictures for validation: there log loss goes from ${change(logLoss, number)}, ` +
      `calibration error from ${change(calibrationError, percent)}; it is in the model's file`,
  );
}

async function print(report: EvaluationReport, flags: EvaluateFlags, out: Console): Promise<void> {
  if (flags.json) {
    for (const piece of textOf(report)) await out.write(piece);
    return;
  }
  const shown = flags.compare ? comparedTablesOf(report) : tablesOf(report);
  for (const line of shown.split('\n')) await out.line(printable(line));
}

const MOST_UNREADABLE = 10;

function noteRest(report: EvaluationReport, flags: EvaluateFlags, out: Console): void {
  const { pictures, unreadable, classes, data, models } = report;
  const leftOut = data.reduce((sum, note) => sum + note.leftOut, 0);
  const parts = [...new Set(data.map(({ part }) => part))].join(', ');
  out.note(
    `${countOf(pictures, 'picture')} (${parts}), ${countOf(classes.length, 'class', 'classes')}` +
      (leftOut > 0 ? `; ${leftOut} left out by the label map` : ''),
  );
  for (const { name, code, message } of unreadable.slice(0, MOST_UNREADABLE)) {
    out.note(`could not judge ${printable(name)} (${code}): ${printable(message)}`);
  }
  if (unreadable.length > MOST_UNREADABLE)
    out.note(`could not judge ${unreadable.length - MOST_UNREADABLE} more`);
  if (flags.out !== undefined) out.note(`to look at it, open ${printable(join(flags.out, 'index.html'))}`);
  const hint = parts === 'test' ? '' : '; --part test takes others';
  for (const { name, unknown, seen } of models) {
    if (seen) {
      out.note(
        `${printable(name)} learnt from ${seen} of these ${pictures} pictures, so it looks better than it is${hint}`,
      );
    }
    if (unknown.length > 0) out.note(`${printable(name)} never says ${unknown.map(printable).join(', ')}`);
  }
}
