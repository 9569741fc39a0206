/** How the package `@figleaf/lab` is built. */
import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    commands: 'src/commands/index.ts',
    'augment-worker': 'src/augment/augment-worker.ts',
    'step-worker': 'src/train/step-worker.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  fixedExtension: false,
  dts: true,
  deps: { neverBundle: [/^@figleaf\//, 'figleaf', 'onnxruntime-node'] },
});
