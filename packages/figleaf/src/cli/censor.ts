/** `figleaf censor`: pictures in, copies out in which parts are covered and that carry no metadata. */
import { type Command, Option } from 'commander';
import { type CensorFlags, coverOptions } from './censor-options.ts';
import { runCensor } from './censor-run.ts';
import { detectorOptions } from './detector-options.ts';
import type { ExitCode } from './exit-codes.ts';
import { maxPixelsOption, quietOption, workersOption } from './options.ts';

const EXAMPLES = `
What is covered:
  Whatever is unsafe (exposed). A detector misses things: look at what you publish. A picture in which nothing was found is written
  as well, without its metadata, so that a folder is complete; the table says 'nothing'. With --invert it is covered wholly.
  Of animations all frames are looked at, and what is found in one is covered in all.

Where it goes:
  Beside the picture (party.jpg becomes party.censored.jpg), or with --out below the same path in that folder. Format and quality are
  kept; HEIC becomes JPEG, BMP becomes PNG, with that as a further ending. Originals are never changed.

Examples:
  $ figleaf models pull nudenet-320n                     once: the detector does not come along
  $ figleaf censor party.jpg                             one picture, as party.censored.jpg
  $ figleaf censor photos --out public                   a folder, with all folders in it; end with Ctrl-C, and
  $ figleaf censor photos --out public --resume          go on
  $ figleaf censor photos --out public --faces --style pixelate --shape ellipse
  $ figleaf censor party.jpg --label FACE_FEMALE=blur,ellipse,expand=0.2 --label BUTTOCKS_EXPOSED=leave
  $ figleaf censor party.jpg --sticker smile.svg --expand 0.3

Exit codes:
  0 done   1 could not do what was asked   4 some pictures could not be read or written   130 interrupted`;

/** Adds the command to the program; `exit` receives the exit code. */
export function addCensor(program: Command, exit: (code: ExitCode) => void): void {
  const command = program
    .command('censor')
    .summary('cover parts of pictures')
    .description(
      'Covers what is unsafe in pictures so that it cannot be got back, in new files without metadata.',
    )
    .argument('<image...>', 'files, folders or glob patterns')
    .option('-o, --out <folder>', 'write to this folder, as a copy of the folders of the pictures')
    .option('-r, --resume', 'go on: pass over pictures that have a covered copy')
    .addOption(new Option('--force', 'replace files that are there already').conflicts('resume'))
    .option('--json', 'one JSON record a line instead of a table')
    .addHelpText('after', EXAMPLES)
    .action(async (images: string[], flags: CensorFlags) => exit(await runCensor(images, flags)));
  for (const option of [
    ...coverOptions(),
    ...detectorOptions(),
    workersOption(),
    maxPixelsOption(),
    quietOption(),
  ]) {
    command.addOption(option);
  }
}
