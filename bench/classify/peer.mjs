/** nsfwjs as its Node users run it: the wasm backend of TensorFlow.js, and sharp to full-size RGB. */
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { load } from 'nsfwjs/core';
import sharp from 'sharp';

const MODELS = {
  MobileNetV2: async () => (await import('nsfwjs/models/mobilenet_v2')).MobileNetV2Model,
  InceptionV3: async () => (await import('nsfwjs/models/inception_v3')).InceptionV3Model,
};

/** Loads a model of nsfwjs's; of its two ways to do so, this one loads no other models and is the quicker. */
export async function loadPeer(name = 'MobileNetV2') {
  const definition = await MODELS[name]();
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(wasm) + sep);
  await tf.setBackend('wasm');
  // It greets on stdout, where the cold start's result is expected.
  console.info = () => {};
  return load(name, { modelDefinitions: [definition] });
}

/** One file, given by its path or bytes, to class probabilities. */
export async function classifyFile(model, file) {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const image = tf.tensor3d(data, [info.height, info.width, info.channels], 'int32');
  const classes = await model.classify(image);
  image.dispose();
  return classes;
}
