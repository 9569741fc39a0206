/** Model files in the browser: assets that the bundler copies beside the page, and URLs of the user's. */
import { FigleafError, messageOf } from '../errors.ts';
import type { ModelFiles } from './files.ts';

// Bundlers find assets by this very form, so each file is named in full.
const BUNDLED: Readonly<Record<string, () => URL>> = {
  mobilenet_v2: () => new URL('../../models/mobilenet_v2.onnx', import.meta.url),
  mobilenet_v2_mid: () => new URL('../../models/mobilenet_v2_mid.onnx', import.meta.url),
  inception_v3: () => new URL('../../models/inception_v3.onnx', import.meta.url),
  'activation-map': () => new URL('../../models/activation-map.onnx', import.meta.url),
};

/** Model files by URL. */
export const modelFiles: ModelFiles = {
  bundled(id) {
    const url = BUNDLED[id];
    if (!url) throw new FigleafError('model-not-found', `the model '${id}' is not bundled with the package`);
    return url().href;
  },

  isFile: async () => false,

  async read(location, signal) {
    try {
      const response = await fetch(location, { signal: signal ?? null });
      if (!response.ok) throw new Error(`HTTP status ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      signal?.throwIfAborted();
      throw new FigleafError(
        'model-not-found',
        `cannot load the model from '${location}': ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    }
  },
};
