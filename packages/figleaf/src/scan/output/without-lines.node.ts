/** Takes lines out of a file: it is written again without them, beside its place, then renamed, so that a kill leaves the one or the other. */
import { type FileHandle, open, realpath, rename, rm } from 'node:fs/promises';
import { nameBeside } from '../../files/beside.node.ts';
import { readLines } from './lines.node.ts';

/** Characters that are written at once. */
const AT_ONCE = 1 << 20;

/**
 * @param file The file at `path`, which is closed. Every line of it is whole.
 * @param lines Their numbers, from 1.
 * @throws What the file system says; the file is as it was then.
 */
export async function removeLines(file: FileHandle, path: string, lines: ReadonlySet<number>): Promise<void> {
  // A link stays one.
  const place = await realpath(path);
  const beside = nameBeside(place);
  try {
    await writeOthers(file, path, lines, beside);
    // Windows renames nothing onto an open file.
    await file.close();
    await rename(beside, place);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

async function writeOthers(
  file: FileHandle,
  path: string,
  lines: ReadonlySet<number>,
  beside: string,
): Promise<void> {
  await using target = await open(beside, 'wx');
  let number = 0;
  let kept = '';
  const flush = async (): Promise<void> => {
    const text = kept;
    kept = '';
    await target.appendFile(text);
  };
  await readLines(file, path, (line) => {
    if (!lines.has(++number)) kept += `${line}\n`;
    return kept.length > AT_ONCE ? flush() : undefined;
  });
  await flush();
  await target.sync();
}
