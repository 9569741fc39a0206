/** `figleaf augment`: what augmentation does to pictures, on a sheet or as files. */
import { type Command, Option } from 'commander';
import { decodeImage, FigleafError, type Pixels } from 'figleaf';
import {
  type Bar,
  type Console,
  checkDrawnFile,
  EXIT,
  type ExitCode,
  findFiles,
  listenForInterrupt,
  openBar,
  openConsole,
  plainNumber,
  positiveInteger,
  printable,
  quietOption,
  rateOf,
  timeOf,
  writeDrawn,
} from 'figleaf/commands';
import { writeCopies } from '../augment/copies.ts';
import { readAugmentation } from '../augment/presets.ts';
import { drawPreview } from '../augment/preview.ts';
import { isOwnFault } from '../own-fault.ts';
import { countOf } from './count-of.ts';

interface Flags {
  readonly out?: string;
  readonly augment?: string;
  readonly seed?: number;
  readonly quiet?: true;
}

interface CopyFlags extends Flags {
  readonly count?: number;
}

interface PreviewFlags extends Flags {
  readonly force?: true;
}

const USUAL = 'nudenet-2019';

const EXAMPLES = `
An augmentation is nudenet-2019, or a file such as {"operations": [{"type": "flip", "probability": 0.5},
{"type": "rotate", "probability": 0.2, "degrees": [-10, 10]}]}. docs/augmentation.md has all operations.
To train with one no copies are needed: figleaf train data --augment nudenet-2019 ...

Examples:
  $ figleaf augment preview photo.jpg --out sheet.png         each operation from its lowest to its highest
  $ figleaf augment preview data/train --augment mine.json --out sheet.png
  $ figleaf augment data/train --out data/more --count 10000

Exit codes:
  0 done   1 could not do what was asked   4 done, but some pictures could not be read   130 interrupted`;

/** Pictures that a sheet takes turns with. */
const MOST_SHOWN = 16;

/** Adds the command to the program; `exit` receives the exit code. */
export function addAugment(program: Command, exit: (code: ExitCode) => void): void {
  const augment = program
    // Else --out of a preview would be taken for that of the copies.
    .enablePositionalOptions()
    .command('augment')
    .summary('change pictures at random, to look at or as copies')
    .description('Writes changed copies of the pictures in a folder.')
    .argument('[folder]', 'folder of pictures, however deep')
    .option('-o, --out <folder>', 'empty folder for the copies')
    .option('-n, --count <number>', 'copies in all (default: one of each picture)', positiveInteger)
    .addOption(augmentOption(`${USUAL}`))
    .option('--seed <number>', 'everything random follows from it (default: 1)', plainNumber)
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string | undefined, flags: CopyFlags) => exit(await copy(folder, flags)));
  augment
    .command('preview')
    .summary('draw a sheet of what each operation does')
    .description('Draws each operation from its lowest to its highest, and what training would see.')
    .argument('<pictures...>', 'pictures, or folders of them')
    .requiredOption('-o, --out <file>', 'where the sheet goes: .png, .jpg or .webp')
    .addOption(augmentOption('all operations that there are'))
    .option('--seed <number>', 'everything random follows from it (default: 1)', plainNumber)
    .option('-f, --force', 'replace a file that is there')
    .addOption(quietOption())
    .action(async (pictures: readonly string[], flags: PreviewFlags) => exit(await preview(pictures, flags)));
}

const augmentOption = (otherwise: string): Option =>
  new Option('--augment <name>', `${USUAL}, or a file *.json (default: ${otherwise})`);

async function copy(folder: string | undefined, flags: CopyFlags): Promise<ExitCode> {
  const { out: to, count, seed = 1 } = flags;
  if (folder === undefined || to === undefined) {
    throw new FigleafError(
      'option-invalid',
      'give a folder of pictures, and a folder for their copies: --out',
    );
  }
  const augmentation = await readAugmentation(flags.augment ?? USUAL);
  return attempt(flags, async (out, bar, signal) => {
    const began = performance.now();
    const result = await writeCopies({
      ...{ folder, out: to, augmentation, seed, signal },
      ...(count !== undefined && { count }),
      onProgress(done, total) {
        const rate = (done * 1000) / (performance.now() - began);
        const left = timeOf((total - done) / rate);
        bar.show(done, total, `writing copies: ${done} of ${total}, ${rateOf(rate)} a second, ${left} left`);
      },
    });
    bar.hide();
    const { written, pictures, broken } = result;
    noteBroken(broken, out);
    out.note(`${countOf(written, 'copy', 'copies')} of ${countOf(pictures, 'picture')}: ${printable(to)}`);
    return broken.length > 0 ? EXIT.unreadable : EXIT.done;
  });
}

async function preview(named: readonly string[], flags: PreviewFlags): Promise<ExitCode> {
  const { out: to, seed = 1, force = false } = flags;
  await checkDrawnFile(to!, null, force);
  const augmentation = flags.augment === undefined ? undefined : await readAugmentation(flags.augment);
  return attempt(flags, async (out, bar, signal) => {
    const names: string[] = [];
    for await (const { name } of findFiles([...named])) names.push(name);
    if (names.length === 0) throw new FigleafError('option-invalid', 'there is no picture to show');
    const { pictures, broken } = await decodeSome(names, signal, bar);
    noteBroken(broken, out);
    if (pictures.length === 0) throw new FigleafError('option-invalid', 'no picture could be read');
    const sheet = await drawPreview(pictures, { seed, ...(augmentation && { augmentation }) });
    bar.hide();
    await writeDrawn(to!, sheet, force);
    out.note(`${sheet.width} x ${sheet.height} pixels: ${printable(to!)}`);
    return broken.length > 0 ? EXIT.unreadable : EXIT.done;
  });
}

type Broken = { readonly name: string; readonly message: string };

/** As many as a sheet needs, evenly from all. */
async function decodeSome(
  names: readonly string[],
  signal: AbortSignal,
  bar: Bar,
): Promise<{ pictures: Pixels[]; broken: Broken[] }> {
  const count = Math.min(names.length, MOST_SHOWN);
  const pictures: Pixels[] = [];
  const broken: Broken[] = [];
  for (let index = 0; index < count; index++) {
    const name = names[Math.floor((index * names.length) / count)]!;
    bar.show(index, count, `reading pictures: ${index} of ${count}`);
    try {
      pictures.push((await decodeImage(name, { signal })).frames[0]!);
    } catch (error) {
      if (!isOwnFault(error)) throw error;
      broken.push({ name, message: error.message });
    }
  }
  return { pictures, broken };
}

function noteBroken(broken: readonly Broken[], out: Console): void {
  for (const { name, message } of broken) out.note(`left out: ${printable(name)}: ${printable(message)}`);
}

/** What all do: stop on Ctrl-C, and clear up. */
async function attempt(
  flags: Flags,
  act: (out: Console, bar: Bar, signal: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  using interruption = listenForInterrupt();
  const out = openConsole(flags.quiet ?? false, interruption.abort);
  using bar = openBar(flags.quiet ?? false);
  try {
    return await act(out, bar, interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    bar.hide();
    out.note('figleaf: stopped');
    return EXIT.interrupted;
  }
}
