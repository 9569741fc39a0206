/** What `figleaf scan` is made of, as its options ask: who judges, by which rules, and where everything goes. */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { FigleafError, messageOf } from '../errors.ts';
import { readBlockList } from '../hash/file.node.ts';
import { findModel, listModels, profileModels, profileStages } from '../models/catalogue.ts';
import { readPolicy } from '../policy/file.node.ts';
import { createModerator, type Moderator } from '../scan/moderator.ts';
import { openRecordFile, type RecordFile } from '../scan/output/record-file.node.ts';
import { runLabel } from '../scan/output/run-label.node.ts';
import type { ScanRecord } from '../scan/record.ts';
import { openReport, type Report } from '../scan/report.node.ts';
import { type JudgeFlags, moderatorOptions } from './options.ts';

/** The options of `figleaf scan`. */
export interface ScanFlags extends JudgeFlags {
  readonly json?: true;
  readonly csv?: true;
  readonly out?: string;
  readonly resume?: true;
  readonly html?: string;
  readonly policy?: string;
  readonly blockList?: string;
  readonly moveTo?: string;
  readonly copyTo?: string;
  readonly dryRun?: true;
  readonly watch?: true;
}

/** Refuses options that do not go together, with words about what was probably meant. */
export function checkUse(inputs: readonly string[], flags: ScanFlags): void {
  const lists = inputs.filter((input) => input === '-').length;
  const wrong: readonly (readonly [boolean, string])[] = [
    [
      flags.resume === true && flags.out === undefined,
      '--resume goes on with a file of records; name it: --out FILE --resume',
    ],
    [flags.out === '-', '--out wants the name of a file; for records on standard output use --json'],
    [
      flags.dryRun === true && flags.moveTo === undefined && flags.copyTo === undefined,
      '--dry-run tells what --move-to or --copy-to would do; add one of them',
    ],
    [lists > 1, "standard input can be read only once; name '-' once"],
    [
      flags.watch === true && (inputs.length > 1 || lists > 0),
      '--watch waits for files in one folder; name that alone',
    ],
    [namesOneTwice(flags), 'a file is named by two options; give each a file of its own'],
  ];
  for (const [isWrong, message] of wrong) if (isWrong) throw new FigleafError('option-invalid', message);
}

/** Whether two options name one file, which the one would spoil for the other. */
function namesOneTwice({ out, html, policy, blockList, model }: ScanFlags): boolean {
  const named = [out, html, policy, blockList, model].filter((path) => path !== undefined);
  return new Set(named.map((path) => resolve(path))).size < named.length;
}

/** The moderator that the options ask for. */
export async function loadModerator(flags: ScanFlags, signal: AbortSignal): Promise<Moderator> {
  const { policy, blockList } = flags;
  return createModerator({
    ...moderatorOptions(flags),
    ...(policy !== undefined && { policy: await readPolicy(policy) }),
    ...(blockList !== undefined && { blockList: await readBlockList(blockList) }),
    signal,
  });
}

/** The file of `--out`; null where none was asked for. `onRecord` sees what an earlier run left in it. */
export async function openOut(
  inputs: readonly string[],
  flags: ScanFlags,
  { policy }: Moderator,
  onRecord: (record: ScanRecord) => Promise<void>,
): Promise<RecordFile | null> {
  const { out, resume = false, profile, model, scaledDecode, allowSvg, blockList } = flags;
  if (out === undefined) return null;
  const options = {
    models: await modelsOf(flags),
    blockList: blockList === undefined ? null : await sha256Of(blockList),
    scaledDecode,
    allowSvg,
    // The same relative path is another file elsewhere.
    folder: inputs.every(isAbsolute) ? null : process.cwd(),
  };
  const run = runLabel({ judge: model ?? profile, policy, options });
  return openRecordFile(out, { run, resume, onRecord });
}

/** What judges, by content: a file by the same name, or a profile of another version, may judge otherwise. */
async function modelsOf({ profile, model }: ScanFlags): Promise<object> {
  if (model === undefined) {
    return {
      stages: profileStages(profile),
      files: profileModels(profile).map((id) => findModel(id).sha256),
    };
  }
  const known = listModels().find(({ metadata }) => metadata.id === model);
  return { file: known?.sha256 ?? (await sha256Of(model)) };
}

async function sha256Of(path: string): Promise<string> {
  try {
    return hash('sha256', await readFile(path), 'hex');
  } catch (error) {
    throw new FigleafError('input-unreadable', `cannot read '${path}': ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The report of `--html`; null where none was asked for. */
export async function openHtml(flags: ScanFlags, { policy }: Moderator): Promise<Report | null> {
  if (flags.html === undefined) return null;
  return openReport(flags.html, {
    profile: flags.model ?? flags.profile,
    ...(policy && { policy: policy.name ?? flags.policy ?? 'without a name' }),
  });
}
