/** `figleaf explain`: where in a picture a classifier sees what it says, as a table and as a heat map. */
import type { Command } from 'commander';
import pc from 'picocolors';
import { drawHeat } from '../censor/heat.ts';
import { type Explanation, loadExplainer } from '../detect/explainer.ts';
import { FigleafError } from '../errors.ts';
import { decodeImage } from '../image/decode.ts';
import type { DecodedImage, Pixels } from '../image/pixels.ts';
import { namesOneFile } from '../scan/input/files.node.ts';
import { type Console, openConsole, printable } from './console.ts';
import { checkDrawnFile, writeDrawn } from './drawn-files.ts';
import { enlarged } from './enlarged.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { listenForInterrupt } from './interrupt.ts';
import { closeStandardInput } from './named-pictures.ts';
import { limitsOf, maxPixelsOption, noteRuntime, positiveInteger } from './options.ts';

interface ExplainFlags {
  readonly out?: string;
  readonly force?: true;
  readonly size?: number;
  readonly json?: true;
  readonly allowSvg?: true;
  readonly maxPixels?: number;
  readonly quiet?: true;
}

const ABOUT = `
Verdicts come from three networks. The map shows one of them, mobilenet_v2_mid: where it sees porn, hentai or sexy. What the other two
saw it does not tell, and its classes are those of the map's own size, so that they are not the scores of \`figleaf classify\`.

Examples:
  $ figleaf explain holiday.jpg --out heat.png   a heat map over the picture
  $ figleaf explain holiday.jpg --size 896       a finer map
  $ figleaf explain holiday.jpg --json | jq .regions

Exit codes:
  0 done   1 could not do what was asked   4 the picture could not be read   130 interrupted`;

/** How many regions the table has. */
const MOST_ROWS = 5;

/** Adds the command to the program; `exit` receives the exit code. */
export function addExplain(program: Command, exit: (code: ExitCode) => void): void {
  program
    .command('explain')
    .summary('show where a classifier sees what it says')
    .description(
      'Says where in a picture one of the classifiers sees what it says, and draws it as a heat map.',
    )
    .argument('<image>', "a picture, or '-' for one on standard input")
    .option(
      '-o, --out <file>',
      'write the heat map over the picture, a small one enlarged, as PNG, JPEG or WebP',
    )
    .option('--force', 'replace a file that is there')
    .option(
      '--size <pixels>',
      "longer side of the map's input, a multiple of 32: larger is finer (default: 448)",
      positiveInteger,
    )
    .option('--json', 'classes, regions and heat as JSON')
    .option('--allow-svg', 'look at an SVG file too; only one that you trust')
    .addOption(maxPixelsOption())
    .option('-q, --quiet', 'no warnings')
    .addHelpText('after', ABOUT)
    .action(async (image: string, flags: ExplainFlags) => exit(await explain(image, flags)));
}

async function explain(image: string, flags: ExplainFlags): Promise<ExitCode> {
  const { out: file, force = false, size, allowSvg = false, quiet = false } = flags;
  using interruption = listenForInterrupt();
  const { signal } = interruption;
  const out = openConsole(quiet, interruption.abort);
  try {
    await checkOne(image);
    if (file !== undefined) await checkDrawnFile(file, image, force);
    const decoded = await decodeImage(image === '-' ? process.stdin : image, {
      allowSvg,
      signal,
      ...limitsOf(flags),
    }).catch((error: unknown) => unread(error, out));
    if (!decoded) return EXIT.unreadable;
    await using explainer = await loadExplainer({ workers: 1, signal, ...limitsOf(flags) });
    noteRuntime(explainer, out);
    const pixels = decoded.frames[0]!;
    const explanation = await explainer.explain(pixels, { size, signal });
    if (file !== undefined) await draw(file, pixels, explanation.heat, force, out);
    for (const line of flags.json ? [asJson(image, explanation, decoded)] : tableOf(explanation, decoded))
      await out.line(line);
    return EXIT.done;
  } catch (error) {
    if (!signal.aborted) throw error;
    return interruption.interrupted ? EXIT.interrupted : EXIT.done;
  } finally {
    closeStandardInput([image]);
  }
}

async function draw(
  file: string,
  picture: Pixels,
  heat: Explanation['heat'],
  force: boolean,
  out: Console,
): Promise<void> {
  const { pixels } = enlarged(picture);
  const drawn = drawHeat(pixels, heat);
  await writeDrawn(file, drawn, force);
  if (drawn.height > pixels.height) return;
  out.note(
    'figleaf: the picture is too narrow for a legend; heat goes from violet over red to light yellow, and a white line is around what is over 50 %',
  );
}

/** Refuses folders and patterns, which stand for many pictures. */
async function checkOne(image: string): Promise<void> {
  if (await namesOneFile(image)) return;
  const why = `a heat map is of one picture; '${image}' may be many, so name a file`;
  throw new FigleafError('option-invalid', why);
}

/** Says why the picture could not be read; what is no such reason goes on. */
function unread(error: unknown, out: Console): null {
  if (!(error instanceof FigleafError)) throw error;
  out.fail(`${printable(error.message)} (${error.code})`);
  return null;
}

function asJson(input: string, { classes, regions, heat, models }: Explanation, image: DecodedImage): string {
  const { frames: _, ...info } = image;
  const data = Array.from(heat.data, (value) => Number(value.toFixed(4)));
  return JSON.stringify({ input, classes, regions, heat: { ...heat, data }, models, image: info });
}

function tableOf({ classes, regions, heat, models }: Explanation, image: DecodedImage): string[] {
  const ranked = Object.entries(classes).sort(([, a], [, b]) => b - a);
  const rows = regions
    .slice(0, MOST_ROWS)
    .map(({ category, score, box }) => regionRow(category ?? '', percent(score), placeOf(box)));
  const more = regions.length - rows.length;
  return [
    `${models.join(' + ')}: ${ranked.map(([name, p]) => `${name} ${percent(p)}`).join(', ')}`,
    ...(rows.length > 0 ? [pc.dim(regionRow('region', 'heat', 'left, top, width x height')), ...rows] : []),
    ...(more > 0 ? [pc.dim(`and ${more} less hot`)] : []),
    ...(rows.length === 0 ? [coldLine(heat, image)] : []),
  ];
}

/** Where it is hottest, though no place is hot. */
function coldLine({ width, height, data }: Explanation['heat'], image: DecodedImage): string {
  const hottest = data.reduce((best, value, cell) => (value > data[best]! ? cell : best), 0);
  const [across, down] = [image.width / width, image.height / height];
  const [x, y] = [(hottest % width) * across, Math.floor(hottest / width) * down];
  const box = { x, y, width: across, height: down };
  return `no region over 50 %; the hottest place has ${percent(data[hottest]!)}, at ${placeOf(box)}`;
}

function regionRow(category: string, heat: string, place: string): string {
  return `${category.padEnd(11)} ${heat.padStart(7)}   ${place}`;
}

const percent = (p: number): string => `${(p * 100).toFixed(1)} %`;

function placeOf({ x, y, width, height }: Explanation['regions'][number]['box']): string {
  // A cell of the map may be less than a pixel of a tiny picture.
  const [across, down] = [width, height].map((side) => Math.max(1, Math.round(side)));
  return `${Math.floor(x)}, ${Math.floor(y)}, ${across} x ${down}`;
}
