/** Model files in Node: the package's own `models/` folder, and paths of the user's. */
import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { abortable } from '../concurrency.ts';
import { FigleafError, messageOf } from '../errors.ts';
import type { ModelFiles } from './files.ts';

// The package's root as seen from `dist/node/`, where this module ends up.
const PACKAGE_MODELS = new URL('../../models/', import.meta.url);

/** Model files on disk. */
export const modelFiles: ModelFiles = {
  bundled: (id) => fileURLToPath(new URL(`${id}.onnx`, PACKAGE_MODELS)),

  isFile: async (path) => (await stat(path).catch(() => null))?.isFile() ?? false,

  async read(location, signal) {
    const path = location.startsWith('file:') ? fileURLToPath(location) : location;
    try {
      return await abortable(readFile(path), signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw unreadable(path, error);
    }
  },
};

function unreadable(path: string, cause: unknown): FigleafError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FigleafError('model-not-found', `there is no model file '${path}'`, { cause });
  }
  const why = code === 'EISDIR' ? 'it is a folder' : messageOf(cause);
  return new FigleafError('model-unreadable', `cannot read the model file '${path}': ${why}`, { cause });
}
