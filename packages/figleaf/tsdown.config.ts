/** How the package `figleaf` is built: once for Node, once for the browser. */
import { defineConfig, type UserConfig } from 'tsdown';

const node: UserConfig = {
  entry: {
    index: 'src/index.ts',
    schema: 'src/scan/schema.ts',
    bin: 'src/cli/bin.ts',
    commands: 'src/cli/kit.ts',
    'picture-worker': 'src/runtime/picture-worker.ts',
    'codec-worker': 'src/image/codec-worker.ts',
  },
  outDir: 'dist/node',
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  fixedExtension: false,
  dts: true,
  sourcemap: false,
  deps: { neverBundle: [/^@figleaf\/runtime-/, 'onnxruntime-node'], alwaysBundle: [/^@figleaf\/onnx/] },
};

/**
 * One file for the browser. What bundlers do with it sets the rules (tried with Vite 8.3 and 7.3):
 * - Each entry is one file with everything in it: no bare import (a CommonJS package reached from a worker breaks in Vite's
 *   dev server), no shared chunk and no split import (Vite builds workers as classic scripts, which cannot import).
 * - Workers, wasm and models are named by a literal `new URL('./relative', import.meta.url)`, relative to `dist/web/`; a worker
 *   has that literal inside its `new Worker(...)`. Vite 8 rewrites exactly these forms when it pre-bundles the package, so
 *   nothing has to be configured. Vite 7 does not: its dev server wants `optimizeDeps: { exclude: ['figleaf'] }`.
 * - What is not there must not be named in that form: Vite warns, and webpack fails.
 */
function web(name: string, file: string): UserConfig {
  return {
    entry: { [name]: file },
    outDir: 'dist/web',
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    fixedExtension: false,
    // The types of the Node build serve both.
    dts: false,
    checks: { pluginTimings: false },
    sourcemap: false,
    deps: { alwaysBundle: [/./], onlyBundle: false },
    outputOptions: { codeSplitting: false },
    plugins: [ownAddress],
  };
}

/**
 * ONNX Runtime looks for its .wasm and for itself beside the file it was published as. Neither lies there once it is inside
 * the worker, whose address it takes instead; the .wasm is handed to it.
 */
const ownAddress: NonNullable<UserConfig['plugins']> = {
  name: 'onnxruntime-own-address',
  transform: {
    filter: { id: /[\\/]onnxruntime-web[\\/]/ },
    handler: (code: string) => ({
      code: code.replaceAll('import.meta.url', 'self.location.href'),
      map: null,
    }),
  },
};

export default defineConfig([
  node,
  web('index', 'src/index.ts'),
  web('picture-worker', 'src/runtime/picture-worker.ts'),
  web('codec-worker', 'src/image/codec-worker.ts'),
]);
