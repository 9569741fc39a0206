/** How the package `@figleaf/onnx` is built. */
import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: ['src/index.ts', 'src/metadata.ts', 'src/grad/index.ts', 'src/nn/index.ts'],
  format: 'esm',
  platform: 'neutral',
  dts: true,
  checks: { pluginTimings: false },
  fixedExtension: false,
});
