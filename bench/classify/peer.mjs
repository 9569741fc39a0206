/** nsfwjs as its Node users run it: the wasm backend of TensorFlow.js, and sharp to full-size RGB. */
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { load } from 'nsfwjs/core';
import { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2';
import sharp from 'sharp';

/** Loads nsfwjs's default model; of its two ways to do so, this one loads no other models and is the quicker. */
export async function loadPeer() {
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(wasm) + sep);
  await tf.setBackend('wasm');
  // It greets on stdout, where the cold start's result is expected.
  console.info = () => {};
  return load('MobileNetV2', { modelDefinitions: [MobileNetV2Model] });
}

/** One file, given by its path or bytes, to class probabilities. */
export async function classifyFile(model, file) {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const image = tf.tensor3d(data, [info.height, info.width, info.channels], 'int32');
  const classes = await model.classify(image);
  image.dispose();
  return classes;
}
