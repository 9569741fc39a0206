/** `figleaf models`: what models there are, and what is known of each. Pulling and its like are in `models-store.ts`. */
import type { Command } from 'commander';
import pc from 'picocolors';
import { verifyModel } from '#models/store';
import { kindsOf } from '../detect/taxonomy.ts';
import { findModel, listModels, listProfiles, profileModels } from '../models/catalogue.ts';
import { detectorProfileModels, listDetectorProfiles } from '../models/detector-profiles.ts';
import type { CatalogueEntry } from '../models/entry.ts';
import type { ModelState } from '../models/store.ts';
import { createPool } from '../runtime/pool.ts';
import { openConsole } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { addModelStore } from './models-store.ts';

/** Adds the commands to the program; `exit` receives the exit code. */
export function addModels(program: Command, exit: (code: ExitCode) => void): void {
  const models = program
    .command('models')
    .summary('list, pull and check models')
    .description('Lists, pulls and checks models. Nothing is downloaded unless `pull` is called.');
  models
    .command('list')
    .description('Lists every model that Figleaf knows, and whether it is on this machine.')
    .option('--json', 'one JSON object a line')
    .action(async (flags: { json?: true }) => exit(await list(flags.json ?? false)));
  models
    .command('info')
    .description('Says everything about models, and checks their files.')
    .argument('<id...>', 'such as mobilenet_v2')
    .option('--json', 'one JSON object a line')
    .action(async (ids: string[], flags: { json?: true }) => exit(await info(ids, flags.json ?? false)));
  addModelStore(models, exit);
}

async function list(json: boolean): Promise<ExitCode> {
  const out = openConsole(false, () => undefined);
  if (!json) await out.line(pc.dim(row('model', 'task', 'size', 'here', 'licence', 'summary')));
  for (const entry of listModels()) {
    const { metadata, summary } = entry;
    const { id, task, licence = 'unknown' } = metadata;
    const state = await verifyModel(id);
    await out.line(
      json
        ? JSON.stringify(asJson(entry, state))
        : row(id, task, sizeOf(entry, state) ?? '?', hereOf(entry, state), licence, summary),
    );
  }
  return EXIT.done;
}

function row(id: string, task: string, size: string, here: string, licence: string, summary: string): string {
  const cells = [
    id.padEnd(21),
    task.padEnd(8),
    size.padStart(8),
    ` ${here.padEnd(10)}`,
    licence.padEnd(14),
    summary,
  ];
  return cells.join(' ');
}

/** Whether the model is on this machine, in a word or two. */
function hereOf({ bundled }: CatalogueEntry, { file }: ModelState): string {
  if (file === 'verified') return bundled ? 'bundled' : 'pulled';
  return file === 'not-pulled' ? 'not pulled' : file;
}

function asJson(entry: CatalogueEntry, state: ModelState): Record<string, unknown> {
  const { metadata, ...rest } = entry;
  const { id: _, bytes, ...found } = state;
  return { ...metadata, ...rest, ...found, bytes: bytes ?? entry.bytes, here: hereOf(entry, state) };
}

async function info(ids: readonly string[], json: boolean): Promise<ExitCode> {
  const out = openConsole(false, () => undefined);
  const entries = ids.map(findModel);
  const runtime = await runtimeKind();
  let isWell = true;
  for (const [place, entry] of entries.entries()) {
    const state = await verifyModel(entry.metadata.id);
    if (state.file === 'damaged' || state.file === 'missing') isWell = false;
    if (json) {
      await out.line(JSON.stringify({ ...asJson(entry, state), runtime }));
      continue;
    }
    if (place > 0) await out.line('');
    for (const [label, value] of describe(entry, state, runtime))
      await out.line(`${pc.dim(label.padEnd(15))} ${value}`);
  }
  return isWell ? EXIT.done : EXIT.failed;
}

function describe(entry: CatalogueEntry, state: ModelState, runtime: string): [string, string][] {
  const { metadata } = entry;
  return [
    ['model', `${metadata.id}: ${entry.summary}`],
    ['task', metadata.task],
    [
      metadata.task === 'detect' ? 'labels' : 'classes',
      kindsOf(metadata)
        .map(({ label, category }) => `${label} (${category ?? 'no family'})`)
        .join(', '),
    ],
    ['input', inputOf(entry)],
    ['profiles', profilesOf(metadata).join(', ') || 'none'],
    ['licence', metadata.licence ?? 'unknown'],
    ['sources', metadata.sources?.join(', ') ?? 'unknown'],
    ['training data', metadata.trainingData ?? 'unknown'],
    ['file', `${state.path}, ${sizeOf(entry, state) ?? 'size unknown'}, ${FILE_STATES[state.file]}`],
    ['SHA-256', hashOf(state)],
    ['runs on', runtime],
  ];
}

/** The profiles of its task that ask it, or would where others are not on this machine. */
function profilesOf({ id, task }: CatalogueEntry['metadata']): readonly string[] {
  if (task === 'classify') return listProfiles().filter((profile) => profileModels(profile).includes(id));
  return listDetectorProfiles().filter((profile) =>
    detectorProfileModels(profile).some(({ model }) => model === id),
  );
}

function inputOf({ metadata: { preprocessing: input } }: CatalogueEntry): string {
  const box = input.letterbox;
  const size =
    box?.fit === 'sides'
      ? `shorter side ${box.shorter}, longer side at most ${box.longer}`
      : box?.fit === 'free'
        ? `longer side ${Math.max(input.width, input.height)}, as the picture is`
        : `${input.width} x ${input.height}`;
  const isFilled = box?.fit === 'corner' || box?.fit === 'centre';
  const fit = isFilled ? ', aspect ratio kept and filled' : '';
  const middle = input.middleOf ? `, the middle of ${input.middleOf.join(' x ')}` : '';
  const jpeg = input.jpegQuality ? `, through a JPEG of quality ${input.jpegQuality}` : '';
  return `${size}, ${input.channels}, resized by ${input.resize}${fit}${middle}${jpeg}`;
}

function hashOf({ expected, recordedAt, found, file }: ModelState): string {
  if (expected === null)
    return 'not known beforehand: that of the first file is recorded, and holds from then on';
  const recorded = recordedAt === null ? '' : `, recorded at first use on ${recordedAt.slice(0, 10)}`;
  return `${expected}${recorded}${file === 'damaged' ? `; the file has ${found}` : ''}`;
}

const FILE_STATES: Readonly<Record<ModelState['file'], string>> = {
  verified: pc.green('verified'),
  missing: pc.red('missing: install figleaf again'),
  damaged: pc.red(
    'damaged: its SHA-256 is another; pull it again, or install figleaf again where it is bundled',
  ),
  'not-pulled': 'not pulled',
};

async function runtimeKind(): Promise<string> {
  await using pool = await createPool({ workers: 1 });
  if (pool.runtime === 'native') return 'ONNX Runtime, native';
  const why =
    process.env.FIGLEAF_RUNTIME === 'wasm' ? 'as FIGLEAF_RUNTIME asks' : 'no native one is installed';
  return `ONNX Runtime, wasm (slower; ${why})`;
}

/** Of the file that is here, else of the one that the catalogue knows; undefined where it knows none. */
function sizeOf(entry: CatalogueEntry, state: ModelState): string | undefined {
  const bytes = state.bytes ?? entry.bytes;
  return bytes === undefined ? undefined : `${(bytes / 1e6).toFixed(1)} MB`;
}
