/** ONNX Runtime in the browser: its plain wasm build, bundled into the worker. */
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { FigleafError, messageOf } from '../errors.ts';
import type { Ort, OrtTwin } from './ort.ts';

export const loadRuntime: OrtTwin['loadRuntime'] = async () => {
  // Bundlers find the asset by this very form; it is written as seen from `dist/web/`, where this module ends up.
  const url = new URL('../../wasm/ort-wasm-simd-threaded.wasm', import.meta.url).href;
  // The pool brings the parallelism; threads inside wasm would need a cross-origin isolated page.
  env.wasm.numThreads = 1;
  env.wasm.proxy = false;
  try {
    env.wasm.wasmBinary = await fetchBytes(url);
  } catch (error) {
    throw new FigleafError(
      'runtime-unavailable',
      `ONNX Runtime's wasm could not be loaded from ${url}: ${messageOf(error)}`,
    );
  }
  return { kind: 'wasm', ort: { InferenceSession, Tensor } as Ort };
};

export const readModel: OrtTwin['readModel'] = async ({ id, file, bytes }) => {
  if (bytes) return bytes;
  if (file === undefined) throw new FigleafError('model-not-found', `no URL was given for the model '${id}'`);
  try {
    return await fetchBytes(file);
  } catch (error) {
    throw new FigleafError('model-not-found', `cannot load the model from '${file}': ${messageOf(error)}`);
  }
};

async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
