/** Child process of `bench train-gpu`: training steps on one provider of ONNX Runtime, from the sources. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { elementCount, forWebgpu, modelOf, writeModel } from '../../packages/onnx/src/index.ts';
import {
  initialWeights,
  mobilenetV2,
  parameterCount,
  RandomStream,
  sgd,
  smallCnn,
  softmaxCrossEntropy,
  trainingStep,
  xception,
} from '../../packages/onnx/src/nn/index.ts';
import { measure, serve } from '../classify/serve.mjs';
import type { Loaded, Trained, Work } from './work.ts';

const MODELS = { xception, mobilenetV2, smallCnn } as const;

/** Different batches, one after the other and then again. */
const BATCHES = 5;

let step: (() => Promise<number>) | undefined;

serve({
  async load({ model, classes, side, batch, threads, rate, provider = 'cpu' }: Work): Promise<Loaded> {
    const { graph, parameters, state, next } = trainingStep({
      model: MODELS[model]({ classes, dropout: 0 }),
      picture: [3, side, side],
      batchSize: batch,
      loss: softmaxCrossEntropy(),
      optimiser: sgd({ momentum: 0.9 }),
    });
    const onGpu = provider === 'webgpu';
    const session = await InferenceSession.create(writeModel(modelOf(onGpu ? forWebgpu(graph) : graph)), {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      enableMemPattern: false,
      logSeverityLevel: 3,
      ...(onGpu && {
        preferredOutputLocation: Object.fromEntries(
          Object.values(next).map((output) => [output, 'gpu-buffer' as const]),
        ),
      }),
    });
    const zeros = state.map(({ name, dims }) => [
      name,
      floatTensor(new Float32Array(elementCount(dims)), dims),
    ]);
    const weights = Array.from(initialWeights(parameters, 1), ([name, { data, dims }]) => [
      name,
      floatTensor(data as Float32Array, dims),
    ]);
    let values = Object.fromEntries([...weights, ...zeros]) as Record<string, Tensor>;
    const batches = Array.from({ length: BATCHES }, (_, index) => batchOf({ classes, side, batch }, index));
    const learningRate = floatTensor(Float32Array.of(rate), []);
    let count = 0;
    step = async () => {
      const feeds = { ...batches[count++ % BATCHES]!, learning_rate: learningRate, ...values };
      const results = await session.run(feeds);
      const moved = Object.entries(next).map(([input, output]) => [input, results[output]!] as const);
      for (const [input] of moved) if (values[input]!.location === 'gpu-buffer') values[input]!.dispose();
      values = { ...values, ...Object.fromEntries(moved) };
      return (results.loss!.data as Float32Array)[0]!;
    };
    return { parameters: parameterCount(parameters.filter(({ trainable }) => trainable)) };
  },

  async train({ steps, batch }: { steps: number; batch: number }): Promise<Trained> {
    const losses: number[] = [];
    const measured = await measure(steps * batch, async () => {
      for (let count = 0; count < steps; count++) losses.push(await step!());
    });
    return { ...measured, losses };
  },
});

function floatTensor(data: Float32Array, dims: readonly number[]): Tensor {
  return new Tensor('float32', data, dims);
}

/** Noise and drawn labels: the same for every provider. */
function batchOf({ classes, side, batch }: Pick<Work, 'classes' | 'side' | 'batch'>, index: number) {
  const random = new RandomStream(1, 'batch', index);
  const dims = [batch, 3, side, side];
  const images = Float32Array.from({ length: elementCount(dims) }, () => random.uniform() * 2 - 1);
  const labels = BigInt64Array.from({ length: batch }, () => BigInt(Math.floor(random.uniform() * classes)));
  return { images: floatTensor(images, dims), labels: new Tensor('int64', labels, [batch]) };
}
