/** ONNX Runtime's native library, which training runs on. */
import { FigleafError } from 'figleaf';
import { messageOf } from 'figleaf/commands';

/** What is used of the runtime; both packages have the same interface. */
export type Ort = typeof import('onnxruntime-node');

/** Packages that hold the native library, in order of preference. */
const PACKAGES = [`@figleaf/runtime-${process.platform}-${process.arch}`, 'onnxruntime-node'];

/** @throws {FigleafError} `runtime-unavailable` where none is installed: the wasm build is too slow to train on. */
export async function loadRuntime(): Promise<Ort> {
  const failures: string[] = [];
  for (const name of PACKAGES) {
    try {
      const module = (await import(name)) as { default?: Ort } & Ort;
      return module.default ?? module;
    } catch (error) {
      failures.push(`${name}: ${messageOf(error)}`);
    }
  }
  throw new FigleafError(
    'runtime-unavailable',
    `training needs the native ONNX Runtime, and there is none for this platform (${failures.join('; ')})`,
  );
}
