/** What `figleaf scan` is made of, as its options ask: who judges, by which rules, and where everything goes. */
import { hash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { locateModel } from '#models/store';
import { FigleafError, messageOf } from '../errors.ts';
import { readBlockList } from '../hash/file.node.ts';
import { findModel, listModels, profileModels, profileStages } from '../models/catalogue.ts';
import {
  DEFAULT_DETECTOR_PROFILE,
  type DetectorProfile,
  detectorProfileModels,
  listDetectorProfiles,
} from '../models/detector-profiles.ts';
import { readPolicy } from '../policy/file.node.ts';
import { createModerator, type Moderator } from '../scan/moderator.ts';
import { openRecordFile, type RecordFile } from '../scan/output/record-file.node.ts';
import { runLabel } from '../scan/output/run-label.node.ts';
import type { ScanRecord } from '../scan/record.ts';
import { openReport, type Report } from '../scan/report.node.ts';
import { suggestion } from '../suggestion.ts';
import { type JudgeFlags, moderatorOptions } from './options.ts';

/** The options of `figleaf scan`. */
export interface ScanFlags extends JudgeFlags {
  readonly json?: true;
  readonly csv?: true;
  readonly out?: string;
  readonly resume?: true;
  readonly html?: string;
  /** The detector: an id, a file or a profile; true for the profile that holds where none is named. */
  readonly detect?: string | true;
  readonly policy?: string;
  readonly blockList?: string;
  readonly moveTo?: string;
  readonly copyTo?: string;
  readonly dryRun?: true;
  readonly watch?: true;
}

/** Whether what follows `--detect` names a detector. All else there is the first of the inputs: `figleaf scan --detect photos`. */
export function namesDetector(text: string): boolean {
  return (
    /\.onnx$/i.test(text) || isProfile(text) || listModels().some(({ metadata }) => metadata.id === text)
  );
}

/** Whether a word is neither a path of something that is there, nor a pattern, nor the list on standard input. */
export async function standsForNothing(word: string): Promise<boolean> {
  if (word === '-' || /[*?[\]{}()!]/.test(word)) return false;
  return (await stat(word).catch(() => null)) === null;
}

/** The error for a word behind `--detect` that is neither a detector nor an input. */
export function noDetector(word: string): FigleafError {
  const ids = listModels().flatMap(({ metadata: { id, task } }) => (task === 'detect' ? [id] : []));
  return new FigleafError(
    'option-invalid',
    `--detect '${word}': there is no detector and no file of that name; ${suggestion(word, [...listDetectorProfiles(), ...ids])}`,
  );
}

function isProfile(text: string): text is DetectorProfile {
  return listDetectorProfiles().some((profile) => profile === text);
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
function namesOneTwice({ out, html, policy, blockList, model, detect }: ScanFlags): boolean {
  const named = [out, html, policy, blockList, model, detect].filter((path) => typeof path === 'string');
  return new Set(named.map((path) => resolve(path))).size < named.length;
}

/** The moderator that the options ask for. */
export async function loadModerator(flags: ScanFlags, signal: AbortSignal): Promise<Moderator> {
  const { detect, policy, blockList } = flags;
  return createModerator({
    ...moderatorOptions(flags),
    ...(detect !== undefined && {
      detect: typeof detect === 'string' && isProfile(detect) ? { profile: detect } : detect,
    }),
    ...(policy !== undefined && { policy: await readPolicy(policy) }),
    ...(blockList !== undefined && { blockList: await readBlockList(blockList) }),
    signal,
  });
}

/** The file of `--out`; null where none was asked for. `onRecord` sees what an earlier run left in it. */
export async function openOut(
  inputs: readonly string[],
  flags: ScanFlags,
  moderator: Moderator,
  onRecord: (record: ScanRecord) => Promise<void>,
): Promise<RecordFile | null> {
  const { out, resume = false, scaledDecode, allowSvg, blockList } = flags;
  if (out === undefined) return null;
  const options = {
    models: await modelsOf(flags),
    detector: await detectorOf(flags, moderator),
    blockList: blockList === undefined ? null : await sha256Of(blockList),
    scaledDecode,
    allowSvg,
    // The same relative path is another file elsewhere.
    folder: inputs.every(isAbsolute) ? null : process.cwd(),
  };
  const run = runLabel({ judge: judgeOf(flags, moderator), policy: moderator.policy, options });
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
  return { file: await contentOf(model) };
}

/** The SHA-256 of a model's file. */
async function contentOf(model: string): Promise<string> {
  const known = listModels().find(({ metadata }) => metadata.id === model);
  return known?.sha256 ?? sha256Of(known ? await locateModel(model) : model);
}

/** Who finds parts, by content as well; undefined where nobody does. A profile asks what is on this machine. */
async function detectorOf({ detect }: ScanFlags, { detector }: Moderator): Promise<object | undefined> {
  if (detect === undefined || !detector) return undefined;
  const profile = detect === true ? DEFAULT_DETECTOR_PROFILE : detect;
  if (!isProfile(profile)) return { file: await contentOf(profile) };
  return { models: detectorProfileModels(profile), file: await contentOf(detector.models[0]!) };
}

/** Who judges, in few words. */
function judgeOf({ profile, model }: ScanFlags, { detector }: Moderator): string {
  const judge = model ?? profile;
  return detector ? `${judge} with ${detector.models.join(' + ')}` : judge;
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
export async function openHtml(flags: ScanFlags, moderator: Moderator): Promise<Report | null> {
  if (flags.html === undefined) return null;
  const { policy } = moderator;
  return openReport(flags.html, {
    profile: judgeOf(flags, moderator),
    ...(policy && { policy: { name: flags.policy ?? 'without a name', ...policy } }),
  });
}
