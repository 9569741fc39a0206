/** ONNX Runtime in Node: this platform's native library where it is installed, else the wasm that ships with Figleaf. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FigleafError, messageOf } from '../errors.ts';
import type { Ort, OrtTwin, Runtime } from './ort.ts';

/** Forces one runtime: `native` or `wasm`. */
const FORCE = 'FIGLEAF_RUNTIME';

// The package's own wasm folder as seen from `dist/node/`, where this module ends up.
const WASM = new URL('../../wasm/', import.meta.url);

/** Packages that hold the native library, in order of preference. */
const NATIVE = [`@figleaf/runtime-${process.platform}-${process.arch}`, 'onnxruntime-node'];

export const loadRuntime: OrtTwin['loadRuntime'] = async () => {
  const forced = process.env[FORCE] || undefined;
  if (forced !== undefined && forced !== 'native' && forced !== 'wasm') {
    throw new FigleafError('option-invalid', `${FORCE} is '${forced}'; it can be 'native' or 'wasm'`);
  }
  const failures: string[] = [];
  const attempts = { native: [native], wasm: [wasm], either: [native, wasm] }[forced ?? 'either'];
  for (const attempt of attempts) {
    const runtime = await attempt(failures);
    if (runtime) return runtime;
  }
  throw new FigleafError(
    'runtime-unavailable',
    `no ONNX Runtime could be loaded (${failures.join('; ')}). Install figleaf again with its optional dependencies` +
      (forced ? `, or unset ${FORCE}.` : '.'),
  );
};

async function native(failures: string[]): Promise<Runtime | null> {
  for (const name of NATIVE) {
    try {
      const module = (await import(name)) as { default?: Ort } & Ort;
      return { kind: 'native', ort: module.default ?? module };
    } catch (error) {
      failures.push(isMissing(error, name) ? `${name} is not installed` : `${name}: ${messageOf(error)}`);
    }
  }
  return null;
}

function isMissing(error: unknown, name: string): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes(`'${name}'`);
}

/** The interface of the wasm build, with the settings that only it has. */
type OrtWasm = Ort & { readonly env: { wasm: { numThreads?: number; wasmBinary?: Uint8Array } } };

async function wasm(failures: string[]): Promise<Runtime | null> {
  try {
    const [ort, wasmBinary] = await Promise.all([
      import(new URL('ort.wasm.bundle.min.mjs', WASM).href) as Promise<OrtWasm>,
      readFile(new URL('ort-wasm-simd-threaded.wasm', WASM)),
    ]);
    // The pool brings the parallelism, and more than one thread fails inside Node's worker threads.
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = wasmBinary;
    return { kind: 'wasm', ort };
  } catch (error) {
    failures.push(`the bundled wasm: ${messageOf(error)}`);
    return null;
  }
}

export const readModel: OrtTwin['readModel'] = async ({ id, file, bytes }) => {
  if (bytes) return bytes;
  if (file === undefined)
    throw new FigleafError('model-not-found', `no file was given for the model '${id}'`);
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  try {
    return await readFile(path);
  } catch (error) {
    throw new FigleafError('model-not-found', `cannot read the model file '${path}': ${messageOf(error)}`);
  }
};
