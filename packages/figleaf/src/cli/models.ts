/** `figleaf models`: what models there are, and whether their files are as they should be. */
import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import pc from 'picocolors';
import { modelFiles } from '#models/files';
import { FigleafError } from '../errors.ts';
import {
  type CatalogueEntry,
  findModel,
  listModels,
  listProfiles,
  profileModels,
} from '../models/catalogue.ts';
import { createPool } from '../runtime/pool.ts';
import { openConsole } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

type FileState = 'verified' | 'missing' | 'damaged';

/** Adds the commands to the program; `exit` receives the exit code. */
export function addModels(program: Command, exit: (code: ExitCode) => void): void {
  const models = program
    .command('models')
    .summary('list and check models')
    .description('Lists and checks models.');
  models
    .command('list')
    .description('Lists every model that Figleaf knows.')
    .option('--json', 'one JSON object a line')
    .action(async (flags: { json?: true }) => exit(await list(flags.json ?? false)));
  models
    .command('info')
    .description('Says everything about a model, and checks its file.')
    .argument('<id>', 'such as mobilenet_v2')
    .option('--json', 'as JSON')
    .action(async (id: string, flags: { json?: true }) => exit(await info(id, flags.json ?? false)));
}

async function list(json: boolean): Promise<ExitCode> {
  const out = openConsole(false, () => undefined);
  if (!json)
    await out.line(
      pc.dim(`${'model'.padEnd(18)} ${'task'.padEnd(9)} ${'size'.padStart(9)}  licence  summary`),
    );
  for (const entry of listModels()) {
    const { id, task, licence = 'unknown' } = entry.metadata;
    await out.line(
      json
        ? JSON.stringify({
            ...entry.metadata,
            summary: entry.summary,
            bytes: entry.bytes,
            sha256: entry.sha256,
          })
        : `${id.padEnd(18)} ${task.padEnd(9)} ${megabytes(entry.bytes).padStart(9)}  ${licence.padEnd(7)}  ${entry.summary}`,
    );
  }
  return EXIT.done;
}

async function info(id: string, json: boolean): Promise<ExitCode> {
  const out = openConsole(false, () => undefined);
  const entry = findModel(id);
  const [file, runtime] = await Promise.all([fileState(entry), runtimeKind()]);
  if (json) {
    const { metadata, ...rest } = entry;
    await out.line(
      JSON.stringify({ ...metadata, ...rest, path: modelFiles.bundled(id), file, runtime }, null, 2),
    );
  } else {
    for (const [label, value] of describe(entry, file, runtime))
      await out.line(`${pc.dim(label.padEnd(15))} ${value}`);
  }
  return file === 'verified' ? EXIT.done : EXIT.failed;
}

function describe(
  { metadata, ...entry }: CatalogueEntry,
  file: FileState,
  runtime: string,
): [string, string][] {
  const { preprocessing: input } = metadata;
  const profiles = listProfiles().filter((profile) => profileModels(profile).includes(metadata.id));
  return [
    ['model', `${metadata.id}: ${entry.summary}`],
    ['task', metadata.task],
    [
      'classes',
      metadata.labels.map((label) => `${label} (${metadata.taxonomy?.[label] ?? 'no family'})`).join(', '),
    ],
    ['input', `${input.width} x ${input.height}, ${input.channels}, resized by ${input.resize}`],
    ['profiles', profiles.join(', ') || 'none'],
    ['licence', metadata.licence ?? 'unknown'],
    ['sources', metadata.sources?.join(', ') ?? 'unknown'],
    ['training data', metadata.trainingData ?? 'unknown'],
    ['file', `${modelFiles.bundled(metadata.id)}, ${megabytes(entry.bytes)}, ${FILE_STATES[file]}`],
    ['SHA-256', entry.sha256],
    ['runs on', runtime],
  ];
}

const FILE_STATES: Readonly<Record<FileState, string>> = {
  verified: pc.green('verified'),
  missing: pc.red('missing: install figleaf again'),
  damaged: pc.red('damaged: its SHA-256 is another; install figleaf again'),
};

async function fileState({ metadata, sha256 }: CatalogueEntry): Promise<FileState> {
  try {
    const bytes = await modelFiles.read(modelFiles.bundled(metadata.id));
    return createHash('sha256').update(bytes).digest('hex') === sha256 ? 'verified' : 'damaged';
  } catch (error) {
    if (error instanceof FigleafError) return 'missing';
    throw error;
  }
}

async function runtimeKind(): Promise<string> {
  await using pool = await createPool({ workers: 1 });
  if (pool.runtime === 'native') return 'ONNX Runtime, native';
  const why =
    process.env.FIGLEAF_RUNTIME === 'wasm' ? 'as FIGLEAF_RUNTIME asks' : 'no native one is installed';
  return `ONNX Runtime, wasm (slower; ${why})`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
