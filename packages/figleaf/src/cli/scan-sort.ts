/** `--move-to` and `--copy-to` in a scan: puts each judged file where its verdict says, and tells what became of it. */
import { lstat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FigleafError } from '../errors.ts';
import { folderOf } from '../scan/input/files.node.ts';
import { toPath } from '../scan/input/names.node.ts';
import { liesIn, realPath } from '../scan/input/real-path.node.ts';
import { openSorter, type Sorted, type SortOptions } from '../scan/output/sort-files.node.ts';
import { type ScanRecord, shownName } from '../scan/record.ts';
import { type Console, printable } from './console.ts';
import type { ScanFlags } from './scan-setup.ts';
import type { Tally } from './tally.ts';

/** What puts the files of a scan where they belong. */
export interface ScanSorter {
  /** Folders whose files are sorted already, and are no input again. */
  readonly except: readonly string[];
  /** What the summary says of sorted files, such as `moved`. */
  readonly done: string;
  /** Puts the file of a record where its verdict says; `folder` is where it was found. */
  sort(record: ScanRecord, folder: string): Promise<void>;
  /** The same for a record of an earlier run, which may have ended before the file was sorted. */
  sortEarlier(record: ScanRecord): Promise<void>;
}

const NONE: ScanSorter = {
  except: [],
  done: '',
  sort: async () => undefined,
  sortEarlier: async () => undefined,
};

/** The sorter that the options ask for; one that leaves all files alone where they ask for none. */
export async function openScanSorter(
  inputs: readonly string[],
  flags: ScanFlags,
  tally: Tally,
  out: Console,
): Promise<ScanSorter> {
  const { moveTo, copyTo } = flags;
  const dryRun = flags.dryRun ?? false;
  const into = moveTo ?? copyTo;
  if (into === undefined) return NONE;
  const how: SortOptions['how'] = moveTo === undefined ? 'copy' : 'move';
  const folders = await Promise.all(inputs.filter((input) => input !== '-').map(folderOf));
  await checkApart(into, folders);
  const sorter = await openSorter({ into, how, dryRun });
  const done = how === 'copy' ? 'copied' : 'moved';

  const tell = (record: ScanRecord, sorted: Sorted): void => {
    if ('problem' in sorted) {
      tally.unsorted++;
      // Its message has the name in it, which nobody is to read where a block list knows the picture.
      const { message } = sorted.problem;
      out.fail(printable(record.match ? `${shownName(record)}: could not be ${done}` : message));
    } else if ('stays' in sorted) {
      out.note(printable(`'${shownName(record)}' stays: ${sorted.stays}`));
    } else {
      tally.sorted++;
      const to = record.match ? `${into}, as ${record.verdict}` : `'${sorted.to}'`;
      if (dryRun) out.tell(printable(`would ${how} '${shownName(record)}' to ${to}`));
    }
  };
  const sort = async (record: ScanRecord, folder: string): Promise<void> => {
    // There is to be no further copy of what a block list knows.
    if (record.match && how === 'copy') {
      tell(record, { from: record.input, stays: 'what a block list knows is not copied' });
      return;
    }
    const sorted = await sorter.sort({ name: record.input, folder }, record.verdict);
    if (sorted) tell(record, sorted);
  };
  return {
    except: [into],
    done: dryRun ? `would be ${done}` : done,
    sort,
    async sortEarlier(record) {
      const isThere = await lstat(toPath(record.input)).catch(() => null);
      if (isThere) await sort(record, foundIn(record.input, folders));
    },
  };
}

async function checkApart(into: string, folders: readonly string[]): Promise<void> {
  const [real, ...scanned] = await Promise.all([into, ...folders].map(realPath));
  if (!scanned.includes(real!)) return;
  const why = `'${into}' is what is scanned; give files a folder of their own, such as '${join(into, 'flagged')}'`;
  throw new FigleafError('option-invalid', why);
}

/** The named folder in which a file of an earlier run was found: the innermost of those that it is in. */
function foundIn(name: string, folders: readonly string[]): string {
  const around = folders.filter((folder) => liesIn(resolve(name), resolve(folder)));
  return around.sort((a, b) => b.length - a.length)[0] ?? dirname(name);
}
