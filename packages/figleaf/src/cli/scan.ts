/** `figleaf scan`: folders in, verdicts out: a table, records, a report, files sorted by verdict; it can be ended and gone on with. */
import { type Command, Option } from 'commander';
import { FigleafError } from '../errors.ts';
import { DEFAULT_DETECTION_POLICY, DEFAULT_POLICY } from '../policy/policy.ts';
import type { ExitCode } from './exit-codes.ts';
import { judgeOptions, modelOptions } from './options.ts';
import { runScan } from './scan-run.ts';
import { checkUse, namesDetector, noDetector, type ScanFlags, standsForNothing } from './scan-setup.ts';

const { unsafe } = DEFAULT_POLICY.scores ?? {};
const explicit = DEFAULT_DETECTION_POLICY.boxes?.unsafe;

const EXAMPLES = `
Verdicts:
  allow, review or block, by the thresholds of a policy. Without --policy, an 'unsafe' of ${unsafe?.review} or more is for review,
  of ${unsafe?.block} or more is blocked. With --detect, an explicit part that the detector is ${explicit?.review} or more sure of is for review too,
  of ${explicit?.block} or more is blocked. A picture on a block list is blocked whatever it scores, and never shown.

Examples:
  $ figleaf scan photos                                   a folder, with all folders in it
  $ figleaf scan photos --html report.html                a page to look through, previews blurred
  $ figleaf scan photos 'more/**/*.jpg'                   several, and patterns
  $ find . -type f -newer list -print0 | figleaf scan -   a list of paths
  $ figleaf scan photos --detect                          find exposed parts too (figleaf models pull nudenet-320n)
  $ figleaf scan photos --csv > photos.csv                for a spreadsheet
  $ figleaf scan photos --out records.jsonl               keep the records; end with Ctrl-C, and
  $ figleaf scan photos --out records.jsonl --resume      go on, and try again what could not be read
  $ figleaf scan photos --move-to flagged --dry-run       what would be moved to flagged/review and flagged/block
  $ figleaf scan inbox --watch --move-to flagged          judge what arrives, until Ctrl-C

Exit codes:
  0 nothing blocked   3 something blocked   4 nothing blocked, but some inputs could not be read
  5 a block list knows something   1 could not do what was asked   130 interrupted`;

/** Adds the command to the program; `exit` receives the exit code. */
export function addScan(program: Command, exit: (code: ExitCode) => void): void {
  const command = program
    .command('scan')
    .summary('give verdicts on many pictures')
    .description('Gives each picture a verdict: allow, review or block. Made for whole disks.')
    .usage('[options] <input...>')
    .argument('[input...]', "folders, files, glob patterns, or '-' for a list of paths on standard input")
    .addOption(new Option('--json', 'one JSON record a line instead of a table').conflicts('csv'))
    .option('--csv', 'CSV instead of a table, for spreadsheets')
    .option('-o, --out <file>', 'write the records to a file too, one JSON record a line (.jsonl)')
    .option(
      '-r, --resume',
      'go on with the file of --out: what has a record in it is not judged again, but for what could not be read',
    )
    .option('--html <file>', 'write a report to look through, one page that needs nothing else')
    .option(
      '--detect [model]',
      'ask a detector too: a profile (fast, balanced, accurate), an id of `figleaf models list`, or a .onnx file',
    )
    .option('--policy <file>', 'thresholds that lead to verdicts (JSON)')
    .option('--block-list <file>', 'hashes of known pictures (MD5, SHA-256, PDQ), one a line or JSON')
    .addOption(
      new Option('--move-to <folder>', 'move files to its folders review and block; others stay').conflicts(
        'copyTo',
      ),
    )
    .option('--copy-to <folder>', 'the same, but copy')
    .option('-n, --dry-run', 'move or copy nothing, say what would be')
    .option('--watch', 'wait for more files in the folder, until Ctrl-C')
    .addHelpText('after', EXAMPLES)
    .action(async (named: string[], given: ScanFlags) => {
      const [inputs, flags] = await withoutGuess(named, given);
      if (inputs.length === 0)
        throw new FigleafError('option-invalid', 'name what to scan: folders, files, patterns');
      checkUse(inputs, flags);
      exit(await runScan(inputs, flags));
    });
  for (const option of [...modelOptions(), ...judgeOptions()]) command.addOption(option);
}

/** Commander takes whatever follows `--detect` for its value, also where it is the first input. */
async function withoutGuess(
  inputs: readonly string[],
  flags: ScanFlags,
): Promise<[readonly string[], ScanFlags]> {
  const { detect } = flags;
  if (typeof detect !== 'string' || namesDetector(detect)) return [inputs, flags];
  if (inputs.length > 0 && (await standsForNothing(detect))) throw noDetector(detect);
  return [[detect, ...inputs], { ...flags, detect: true }];
}
