/** `figleaf data sheet`: a contact sheet of some pictures of each class. */
import { RandomStream } from '@figleaf/onnx/nn';
import type { Command } from 'commander';
import { decodeImage } from 'figleaf';
import {
  checkDrawnFile,
  EXIT,
  type ExitCode,
  listenForInterrupt,
  openBar,
  openConsole,
  plainNumber,
  positiveInteger,
  printable,
  quietOption,
  writeDrawn,
} from 'figleaf/commands';
import { shuffle } from '../data-set/order.ts';
import type { Found } from '../data-set/parts.ts';
import { findPictures } from '../data-set/stats.ts';
import { isOwnFault } from '../own-fault.ts';
import { drawSheet, type SheetPicture, type SheetSection } from '../sheet/sheet.ts';
import { countOf } from './count-of.ts';

interface SheetFlags {
  readonly out: string;
  readonly perClass: number;
  readonly columns?: number;
  readonly cell?: number;
  readonly seed: number;
  readonly blur?: true;
  readonly force?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
The data are a folder with a folder of pictures for each class (or train/, test/ with such folders in them), a folder of pictures, which are
of a class called like it, or a manifest *.jsonl.

Examples:
  $ figleaf data sheet pictures/clothes --out sheet.jpg
  $ figleaf data sheet data/clothes/manifest.jsonl --per-class 24 --seed 2 --blur --out sheet.png

Exit codes:
  0 drawn   1 could not do what was asked   4 drawn, but some files could not be read   130 interrupted`;

/** Adds the command to `figleaf data`; `exit` receives the exit code. */
export function addSheet(data: Command, exit: (code: ExitCode) => void): void {
  data
    .command('sheet')
    .summary('draw a contact sheet of some pictures of each class')
    .description('Draws some pictures of each class beside each other, to look over what a set holds.')
    .argument('<data>', 'a folder, or a manifest *.jsonl')
    .requiredOption('-o, --out <file>', 'the sheet: .jpg, .png or .webp')
    .option('--per-class <count>', 'pictures of each class, drawn by the seed', positiveInteger, 16)
    .option('--columns <count>', 'pictures in a row (default: 8)', positiveInteger)
    .option('--cell <pixels>', 'width and height of each (default: 192)', positiveInteger)
    .option('--seed <number>', 'which pictures are taken follows from it', plainNumber, 1)
    .option('--blur', 'blur all pictures beyond recognition')
    .option('-f, --force', 'replace a file that is there')
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, flags: SheetFlags) => exit(await run(path, flags)));
}

async function run(path: string, flags: SheetFlags): Promise<ExitCode> {
  const { out: target, perClass, columns, cell, seed, blur = false, force = false, quiet = false } = flags;
  await checkDrawnFile(target, null, force);
  using interruption = listenForInterrupt();
  const { signal } = interruption;
  const out = openConsole(quiet, interruption.abort);
  using bar = openBar(quiet);
  const { found, unread } = await findPictures(path);
  const chosen = choose(found, perClass, seed);
  const total = chosen.reduce((sum, { pictures }) => sum + pictures.length, 0);
  const broken = unread.map(({ name }) => name);
  let done = 0;
  async function* decoded(pictures: readonly Found[]): AsyncGenerator<SheetPicture> {
    for (const picture of pictures) {
      signal.throwIfAborted();
      bar.show(++done, total, `drawing pictures: ${done} of ${total}`);
      yield await toPicture(picture, (name) => broken.push(name));
    }
  }
  const sections = chosen.map(
    ({ name, of, pictures }): SheetSection => ({
      heading: `${name} (${pictures.length} of ${of})`,
      pictures: decoded(pictures),
    }),
  );
  try {
    const sheet = await drawSheet(sections, {
      blur,
      ...(columns !== undefined && { columns }),
      ...(cell !== undefined && { cell }),
    });
    await writeDrawn(target, sheet, force);
  } catch (error) {
    if (!signal.aborted) throw error;
    bar.hide();
    return EXIT.interrupted;
  }
  bar.hide();
  out.note(
    `${countOf(total, 'picture')} of ${countOf(chosen.length, 'class', 'classes')}: ${printable(target)}`,
  );
  if (broken.length > 0) out.note(`${broken.length} cannot be read, the first: ${printable(broken[0]!)}`);
  return broken.length > 0 ? EXIT.unreadable : EXIT.done;
}

interface Chosen {
  readonly name: string;
  /** How many there are of the class. */
  readonly of: number;
  readonly pictures: readonly Found[];
}

/** Some of each class, the same for the same seed and names. */
function choose(found: readonly Found[], perClass: number, seed: number): Chosen[] {
  const classes = [...new Set(found.flatMap(({ classNames }) => classNames))].sort();
  return classes.map((name) => {
    const own = found.filter(({ classNames }) => classNames.includes(name));
    const drawn = shuffle(own, new RandomStream(seed, `sheet/${name}`)).slice(0, perClass);
    return { name, of: own.length, pictures: drawn };
  });
}

async function toPicture(picture: Found, onBroken: (name: string) => void): Promise<SheetPicture> {
  const { path, name } = picture;
  const caption = captionOf(picture);
  try {
    return { pixels: (await decodeImage(path)).frames[0]!, caption };
  } catch (error) {
    if (!isOwnFault(error)) throw error;
    onBroken(name);
    return { pixels: null, caption };
  }
}

/** Its file, without the source that `data prepare` begins names with: a cell has room for few letters. */
function captionOf({ name, source }: Found): string {
  const file = name.split('/').at(-1)!;
  return source !== null && file.startsWith(`${source}-`) ? file.slice(source.length + 1) : file;
}
