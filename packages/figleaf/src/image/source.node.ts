/** Reading inputs in Node: paths and `file:` URLs, bytes, blobs, streams, pixels. */
import { createReadStream, type Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FigleafError, messageOf } from '../errors.ts';
import { checkBytes } from './limits.ts';
import { openAtOnce } from './open-file.node.ts';
import {
  checked,
  collect,
  type ReadOptions,
  readCommonInput,
  type Source,
  unsupportedInput,
} from './source.ts';

export const readInput: Source['readInput'] = async (input, options) => {
  options.signal?.throwIfAborted();
  if (typeof input === 'string') return readFile(input, options);
  if (isUrl(input)) return readFile(pathOf(input), options);
  const read = await readCommonInput(input, options);
  if (read) return read;
  throw unsupportedInput(input, 'a path, a file: URL, bytes, a Blob, a stream or Pixels');
};

function isUrl(input: unknown): input is { readonly href: string } {
  return input instanceof URL;
}

function pathOf(url: { readonly href: string }): string {
  try {
    return fileURLToPath(url.href);
  } catch (error) {
    throw new FigleafError(
      'input-unsupported',
      `only file: URLs are read, not '${url.href}'; fetch it yourself and give the bytes`,
      { cause: error },
    );
  }
}

async function readFile(path: string, options: ReadOptions): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await openAtOnce(path);
    return await readOpenFile(file, path, options);
  } catch (error) {
    throw toFigleafError(error, path, options.signal);
  } finally {
    await file?.close().catch(() => undefined);
  }
}

async function readOpenFile(file: FileHandle, path: string, options: ReadOptions): Promise<Uint8Array> {
  const info = await file.stat();
  if (info.isDirectory()) throw new FigleafError('input-unreadable', `'${path}' is a folder, not a picture`);
  if (!info.isFile()) return readEndless(path, info, options);
  checkBytes(info.size, options.limits);
  // Not zeroed first, which takes longer than an event loop should be blocked where files are large.
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(info.size).buffer);
  let at = 0;
  while (at < bytes.length) {
    options.signal?.throwIfAborted();
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return checked(bytes.subarray(0, at), options);
}

/** What the shell's `<(...)` and `/dev/stdin` name: somebody writes to these for sure. */
const OPEN_ALREADY = /^\/(dev|proc)\//;

/** Pipes and devices tell no size and may never end. */
async function readEndless(path: string, info: Stats, options: ReadOptions): Promise<Uint8Array> {
  if (info.isFIFO() && !OPEN_ALREADY.test(path)) {
    const why = `'${path}' is a named pipe, which may never have anything in it; give its content as a stream`;
    throw new FigleafError('input-unreadable', why);
  }
  return collect(createReadStream(path), options);
}

function toFigleafError(error: unknown, path: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof FigleafError || (signal?.aborted && error === signal.reason)) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (/^https?:/i.test(path)) {
    return new FigleafError(
      'input-unsupported',
      `URLs are not fetched; get '${path}' yourself and give its bytes`,
    );
  }
  if (/^file:/i.test(path)) {
    return new FigleafError('input-unsupported', `'${path}' is a URL; give the path, or a URL object`);
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FigleafError('input-not-found', `there is no file '${path}'`, { cause: error });
  }
  const why = code === 'EACCES' || code === 'EPERM' ? 'permission denied' : messageOf(error);
  return new FigleafError('input-unreadable', `cannot read '${path}': ${why}`, { cause: error });
}
