/** Opens files for reading without waiting for whoever may write to them one day. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

// Windows has no such pipes, and no such flag.
const AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** As `open` of `node:fs/promises`, but a named pipe that nobody writes to does not hold a thread for ever. */
export function openAtOnce(path: string | Buffer): Promise<FileHandle> {
  return open(path, AT_ONCE);
}
