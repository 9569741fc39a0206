/** TensorFlow.js as the reference: the same model files, run on its wasm backend. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { readNsfwjsModel } from '../../../tools/models/nsfwjs.ts';
import type { TfjsModel } from '../src/index.ts';

// The CommonJS builds share one copy of tfjs core; mixing module kinds would load two, with a backend each.
const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs') as typeof import('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');

/** A picture-sized input: values in row-major order and their shape. */
export interface Picture {
  readonly data: Float32Array;
  readonly dims: readonly [batch: number, height: number, width: number, channels: number];
}

/** A model on tfjs. */
export interface Reference extends Disposable {
  run(picture: Picture): Float32Array;
}

async function start(): Promise<void> {
  wasm.setWasmPaths(
    `${join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist')}/`,
  );
  await tf.setBackend('wasm');
  await tf.ready();
}

/** A model given as its files. */
export async function loadTfjs(model: TfjsModel, weights: Uint8Array): Promise<Reference> {
  await start();
  const handler = tf.io.fromMemory({
    modelTopology: model.modelTopology as object,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights) as never,
    weightData: new Uint8Array(weights).buffer,
  });
  const isGraph = 'node' in (model.modelTopology as object);
  const loaded = isGraph ? await tf.loadGraphModel(handler) : await tf.loadLayersModel(handler);
  return {
    run({ data, dims }) {
      return tf.tidy(() => {
        const output = loaded.predict(tf.tensor4d(data, [...dims])) as import('@tensorflow/tfjs').Tensor;
        return output.dataSync() as Float32Array;
      });
    },
    [Symbol.dispose]: () => loaded.dispose(),
  };
}

/** One of the models of nsfwjs. */
export async function loadNsfwjs(id: string): Promise<Reference> {
  const { model, weights } = readNsfwjsModel(id);
  return loadTfjs(model, weights);
}

/** A real picture as these models take it: `[1, height, width, 3]` of 0 to 1. */
export async function readPicture(file: string, height: number, width: number): Promise<Picture> {
  const { data, info } = await sharp(file).removeAlpha().toColourspace('srgb').raw().toBuffer({
    resolveWithObject: true,
  });
  const resized = tf.tidy(() => {
    const image = tf.tensor3d(new Uint8Array(data), [info.height, info.width, info.channels], 'int32');
    const scaled = tf.div(image, 255) as import('@tensorflow/tfjs').Tensor3D;
    return tf.image.resizeBilinear(scaled, [height, width], true).dataSync();
  });
  return { data: resized as Float32Array, dims: [1, height, width, 3] };
}

/** Starts the backend, for those who only resize. */
export const startTfjs: () => Promise<void> = start;
