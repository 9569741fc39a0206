/** nsfwjs on tfjs as its Node users run it: the reference that Figleaf's bundled models are compared with. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

// The CommonJS builds share one copy of tfjs core; mixing module kinds would load two, with a backend each.
const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs') as typeof import('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
const nsfwjs = require('nsfwjs') as typeof import('nsfwjs');

/** nsfwjs's names of the three models that Figleaf bundles, with the size each takes. */
export const REFERENCE_MODELS = {
  mobilenet_v2: { name: 'MobileNetV2', size: 224 },
  mobilenet_v2_mid: { name: 'MobileNetV2Mid', size: 224 },
  inception_v3: { name: 'InceptionV3', size: 299 },
} as const;

export type ReferenceModel = keyof typeof REFERENCE_MODELS;

/** `nsfwjs.classify` of one model on picture files, with class names in lower case. */
export interface Reference extends Disposable {
  classify(file: string): Promise<Record<string, number>>;
}

/** Loads nsfwjs with one of its models on the wasm backend. */
export async function loadReference(id: ReferenceModel): Promise<Reference> {
  wasm.setWasmPaths(
    `${join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist')}/`,
  );
  await tf.setBackend('wasm');
  await tf.ready();
  const { name, size } = REFERENCE_MODELS[id];
  const model = await nsfwjs.load(name, {
    size,
    ...(name === 'MobileNetV2Mid' && { type: 'graph' as const }),
  });
  return {
    async classify(file) {
      const { data, info } = await sharp(file, { autoOrient: true, failOn: 'none' })
        .toColourspace('srgb')
        .flatten({ background: 'white' })
        .raw()
        .toBuffer({ resolveWithObject: true });
      const image = tf.tensor3d(new Uint8Array(data), [info.height, info.width, 3], 'int32');
      try {
        const predictions = await model.classify(image);
        return Object.fromEntries(
          predictions.map(({ className, probability }) => [className.toLowerCase(), probability]),
        );
      } finally {
        image.dispose();
      }
    },
    [Symbol.dispose]: () => model.dispose(),
  };
}
