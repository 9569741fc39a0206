/** `npx tsx tools/picture-of-result.ts`: draws what `npm start` prints as docs/images/classify.svg, with the pictures above. */
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { buildAll } from './build.ts';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const PICTURES = join('examples', 'pictures');

const FONT_SIZE = 15;
const LINE = 23;
const CHARACTER = FONT_SIZE * 0.602;
const MARGIN = 28;
const THUMBNAIL = 88;
const BAR = 40;

/** Colours of the terminal, by the number of the escape sequence that begins them. */
const COLOURS: Readonly<Record<string, string>> = {
  '2': '#8b93a7',
  '31': '#ff7b72',
  '32': '#7ee2a0',
  '33': '#f2cc60',
};
const PLAIN = '#e6e9f0';

interface Span {
  readonly text: string;
  readonly colour: string;
}

/** A line with escape sequences as pieces of one colour each; of nested colours the inner one shows. */
export function toSpans(line: string): Span[] {
  const spans: Span[] = [];
  const open: string[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const parts = line.split(/\u001b\[(\d+)m/);
  parts.forEach((part, index) => {
    if (index % 2 === 0) {
      if (part) spans.push({ text: part, colour: open.at(-1) ?? PLAIN });
    } else if (COLOURS[part]) open.push(COLOURS[part]);
    else open.pop();
  });
  return spans;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function drawLine(line: string, y: number): string {
  const spans = toSpans(line).map(({ text, colour }) => `<tspan fill="${colour}">${escapeXml(text)}</tspan>`);
  return `<text x="${MARGIN}" y="${y.toFixed(1)}" xml:space="preserve">${spans.join('')}</text>`;
}

/** A square of the picture as a data URI, since an SVG that is shown as an image may load nothing. */
async function thumbnail(path: string): Promise<string> {
  const side = THUMBNAIL * 2;
  const bytes = await sharp(path)
    .autoOrient()
    .flatten({ background: 'white' })
    .resize(side, side, { fit: 'cover' })
    .jpeg({ quality: 72, mozjpeg: true })
    .toBuffer();
  return `data:image/jpeg;base64,${bytes.toString('base64')}`;
}

async function drawThumbnails(width: number): Promise<string[]> {
  const drawings = join(root, 'examples', 'drawings');
  // One frame of the animation is enough.
  const names = (await readdir(drawings)).filter((name) => !/-[13]\.svg$/.test(name)).sort();
  const gap = (width - 2 * MARGIN - names.length * THUMBNAIL) / (names.length - 1);
  return Promise.all(
    names.map(async (name, index) => {
      const x = (MARGIN + index * (THUMBNAIL + gap)).toFixed(1);
      const uri = await thumbnail(join(drawings, name));
      return `<image x="${x}" y="${BAR + 16}" width="${THUMBNAIL}" height="${THUMBNAIL}" clip-path="inset(0 round 8px)" href="${uri}"/>`;
    }),
  );
}

/** What the command prints on the examples, with colours. */
function runCommand(): string[] {
  const bin = join('packages', 'figleaf', 'dist', 'node', 'bin.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'classify', PICTURES], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: undefined, NODE_NO_WARNINGS: '1' },
  });
  if (status !== 0) throw new Error(`the command ended with ${String(status)}: ${stderr}`);
  return `${stdout}${stderr}`.trimEnd().split('\n');
}

/** Draws the terminal. */
export async function draw(lines: readonly string[]): Promise<string> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const bare = lines.map((line) => line.replace(/\u001b\[\d+m/g, ''));
  const longest = Math.max(...bare.map((line) => line.length));
  const width = Math.ceil(Math.max(longest * CHARACTER + 2 * MARGIN, 9 * (THUMBNAIL + 10) + 2 * MARGIN));
  const top = BAR + THUMBNAIL + 58;
  const height = top + lines.length * LINE + 24;
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, index) => `<circle cx="${MARGIN + index * 22}" cy="${BAR / 2 + 2}" r="6.5" fill="${colour}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    '<title>npm start: the pictures in examples/ and their scores</title>',
    `<rect width="${width}" height="${height}" rx="12" fill="#171a24"/>`,
    `<path d="M0 ${BAR}V12A12 12 0 0 1 12 0H${width - 12}a12 12 0 0 1 12 12v${BAR - 12}z" fill="#232836"/>`,
    ...dots,
    ...(await drawThumbnails(width)),
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}">`,
    drawLine('\u001b[32m$\u001b[39m npm start', top),
    ...lines.map((line, index) => drawLine(line, top + (index + 1) * LINE)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildAll();
  const file = join(root, 'docs', 'images', 'classify.svg');
  await mkdir(join(root, 'docs', 'images'), { recursive: true });
  await writeFile(`${file}.tmp`, await draw(runCommand()));
  await rename(`${file}.tmp`, file);
  console.log(`drew ${file}`);
}
