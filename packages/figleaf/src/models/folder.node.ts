/** The folder of pulled models: where it is, what lies in it, and writing to it so that a file is whole or not there. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FigleafError, messageOf } from '../errors.ts';
import { makeFolder } from '../files/make-folder.node.ts';
import { renameIfFree } from '../files/rename-if-free.node.ts';

/** The hash that was recorded when the first file of a model came. */
export interface HashRecord {
  readonly sha256: string;
  readonly bytes: number;
  /** Where that file came from. */
  readonly origin: string;
  /** ISO 8601. */
  readonly recordedAt: string;
}

/** Where pulled models lie: `FIGLEAF_MODELS`, else the platform's folder for caches. */
export function storeFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env.FIGLEAF_MODELS) return resolve(env.FIGLEAF_MODELS);
  return join(cacheFolder(env, platform), 'figleaf', 'models');
}

function cacheFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  // The XDG specification has relative paths ignored.
  const { XDG_CACHE_HOME: xdg } = env;
  return xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
}

/** The file of a pulled model. */
export function pulledPath(id: string): string {
  return join(storeFolder(), `${id}.onnx`);
}

const recordPath = (id: string): string => join(storeFolder(), `${id}.json`);

/** Size and SHA-256 of a file; null where there is none. */
export async function digestFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ bytes: number; sha256: string } | null> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await pipeline(
      createReadStream(path, { highWaterMark: 2 ** 20 }),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          hash.update(chunk);
        }
      },
      { signal },
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (isMissing(error)) return null;
    throw new FigleafError('model-unreadable', `cannot read the model file '${path}': ${messageOf(error)}`, {
      cause: error,
    });
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The hash that was recorded at first use; null where none was. */
export async function readRecord(id: string): Promise<HashRecord | null> {
  const path = recordPath(id);
  try {
    const record = JSON.parse(await readFile(path, 'utf8')) as Partial<HashRecord> | null;
    if (/^[0-9a-f]{64}$/.test(record?.sha256 ?? '')) return record as HashRecord;
    throw new Error('it holds no hash');
  } catch (error) {
    if (isMissing(error)) return null;
    throw new FigleafError(
      'model-unreadable',
      `cannot read the recorded hash '${path}': ${messageOf(error)}; figleaf models remove ${id} --forget drops it`,
      { cause: error },
    );
  }
}

/**
 * Records a hash unless there is one, and gives the one that holds: of two processes at once the first one's.
 *
 * @throws {FigleafError} `store-unwritable`.
 */
export async function recordHash(id: string, record: HashRecord): Promise<HashRecord> {
  const path = recordPath(id);
  const beside = `${path}.${unique()}.tmp`;
  return writing(async () => {
    try {
      await writeBeside(beside, `${JSON.stringify(record, null, 2)}\n`);
      await renameIfFree(beside, path);
    } finally {
      await rm(beside, { force: true });
    }
    return (await readRecord(id)) ?? record;
  });
}

async function writeBeside(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx');
  await file.writeFile(text);
  await file.sync();
}

/** Removes a model's file, whatever had come of it, and with `forget` its recorded hash. */
export async function removeFiles(id: string, forget: boolean): Promise<boolean> {
  const there = await readdir(storeFolder()).catch(() => []);
  const mine = there.filter(
    (name) => name === `${id}.onnx` || isPart(id, name) || (forget && name === `${id}.json`),
  );
  await writing(async () => {
    for (const name of mine) await rm(join(storeFolder(), name), { force: true });
  });
  return mine.length > 0;
}

/**
 * A file that is on its way. While a process writes to it, it has a name of that process's own; when the process gives up, it
 * goes back to a name that the next one may take.
 */
export interface Part {
  readonly path: string;
  /** Stands for what the bytes are the beginning of; empty while nothing is there. */
  readonly key: string;
}

// A download that gets nothing for half a minute ends, so nobody writes to a file that has been still for longer than this.
const STILL_SECONDS = 60;

const unique = (): string => randomBytes(6).toString('hex');
// ID.KEY.part is free to take, ID.KEY.OWNER.part is being written.
const isPart = (id: string, name: string): boolean => name.startsWith(`${id}.`) && name.endsWith('.part');

/** Takes what an earlier pull left of a model's file, or begins a new one. No two processes get the same. */
export async function takePart(id: string): Promise<Part> {
  const folder = storeFolder();
  return writing(async () => {
    await makeFolder(folder);
    for (const name of await readdir(folder)) {
      const [, key, owner] = isPart(id, name) ? name.slice(id.length).split('.') : [];
      if (!key || !/^[0-9a-f]{16}$/.test(key)) continue;
      if (owner !== 'part' && !(await isStill(join(folder, name)))) continue;
      const taken = { path: partPath(id, key), key };
      // Young again before it is ours, or another process could take it for a still one right after.
      const renamed = utimes(join(folder, name), new Date(), new Date()).then(() =>
        rename(join(folder, name), taken.path),
      );
      if (await renamed.then(always, never)) return taken;
    }
    const path = partPath(id, NO_KEY);
    await (await open(path, 'wx')).close();
    return { path, key: '' };
  });
}

const always = (): boolean => true;
const never = (): boolean => false;
const NO_KEY = '-';

const partPath = (id: string, key: string): string => join(storeFolder(), `${id}.${key}.${unique()}.part`);

async function isStill(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs > STILL_SECONDS * 1000;
}

/** The same part, now the beginning of something else. */
export async function rekeyPart(id: string, part: Part, key: string): Promise<Part> {
  if (part.key === key) return part;
  const path = partPath(id, key);
  await writing(() => rename(part.path, path));
  return { path, key };
}

/** Lets others go on with a part, if there is anything in it. */
export async function releasePart(id: string, { path, key }: Part): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (!info) return;
  if (key === '' || info.size === 0) return rm(path, { force: true });
  await rename(path, join(storeFolder(), `${id}.${key}.part`)).catch(never);
}

/** Removes what is left of a model's earlier pulls and is not being written. */
export async function sweepParts(id: string): Promise<void> {
  for (const name of await readdir(storeFolder()).catch(() => [])) {
    if (!isPart(id, name)) continue;
    const path = join(storeFolder(), name);
    const isFree = name.split('.').length === id.split('.').length + 2;
    if (isFree || (await isStill(path))) await rm(path, { force: true }).catch(never);
  }
}

/** Gives a checked file its name. What was there is replaced. */
export async function nameFile(id: string, part: Part): Promise<string> {
  const path = pulledPath(id);
  await writing(async () => {
    {
      await using file = await open(part.path, 'r+');
      await file.sync();
    }
    await rename(part.path, path);
  });
  return path;
}

/** Runs what writes to the folder, and says what to do where that fails. */
export async function writing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asUnwritable(error);
  }
}

/** An error of the file system as `store-unwritable`; any other as it is. */
export function asUnwritable(error: unknown): unknown {
  const why = REASONS[(error as NodeJS.ErrnoException | null)?.code ?? ''];
  if (why === undefined || error instanceof FigleafError) return error;
  return new FigleafError(
    'store-unwritable',
    `cannot write to the folder of models '${storeFolder()}': ${why}; FIGLEAF_MODELS names another folder`,
    { cause: error },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'files may not be that large here',
  EACCES: 'there is no permission',
  EPERM: 'there is no permission',
  EROFS: 'it is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
  ENOENT: 'it cannot be made',
  EISDIR: 'there is a folder where the file should be',
  ENOTEMPTY: 'there is a folder where the file should be',
  EBUSY: 'a file in it is in use',
  EIO: 'the disk fails',
};

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
