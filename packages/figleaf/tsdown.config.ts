/** How the package `figleaf` is built: once for Node, once for the browser. */
import { defineConfig, type UserConfig } from 'tsdown';

const node: UserConfig = {
  entry: {
    index: 'src/index.ts',
    bin: 'src/cli/bin.ts',
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

export default defineConfig([node]);
