/** Child process of `bench train` and `train-gpu`: training steps of Figleaf's architectures on ONNX Runtime, from the sources. */
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

let step: (() => Promise<number>) | undefined;

serve({
  async load(work: Work): Promise<Loaded> {
    const { model, classes, side, batch, batches = 1, threads, rate, provider = 'cpu' } = work;
    const { graph, parameters, state, next } = trainingStep({
      model: MODELS[model]({ classes, dropout: 0 }),
      picture: [3, side, side],
      batchSize: batch,
      loss: softmaxCrossEntropy(),
      optimiser: sgd({ momentum: 0.9 }),
    });
    const isOnGpu = provider === 'webgpu';
    const moved = Object.entries(next);
    const session = await InferenceSession.create(writeModel(modelOf(isOnGpu ? forWebgpu(graph) : graph)), {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      // As `figleaf train` does: the plan that a step makes would hold half as much memory again.
      enableMemPattern: false,
      logSeverityLevel: 3,
      ...(isOnGpu && {
        preferredOutputLocation: Object.fromEntries(
          moved.map(([, output]) => [output, 'gpu-buffer' as const]),
        ),
      }),
    });
    const zeros = state.map(({ name, dims }) => tensorOf(new Float32Array(elementCount(dims)), dims, name));
    const weights = Array.from(initialWeights(parameters, 1), ([name, { data, dims }]) =>
      tensorOf(data as Float32Array, dims, name),
    );
    const fed = Array.from({ length: batches }, (_, index) => batchOf(work, index));
    const learningRate = new Tensor('float32', [rate], []);
    let values: Record<string, Tensor> = Object.fromEntries([...weights, ...zeros]);
    // What a step puts out lies in buffers of our own, which the next step reads; those that it read are written after that.
    let spare: Record<string, Tensor | null> = Object.fromEntries(
      moved.map(([input]) => {
        const { size, dims } = values[input]!;
        return [input, isOnGpu ? null : new Tensor('float32', new Float32Array(size), dims)];
      }),
    );
    let count = 0;
    step = async () => {
      const feeds = { ...fed[count++ % batches]!, learning_rate: learningRate, ...values };
      const places = Object.fromEntries(moved.map(([input, output]) => [output, spare[input] ?? null]));
      const results = await session.run(feeds, { loss: null, ...places });
      const before = values;
      const made = moved.map(([input, output]) => [input, spare[input] ?? results[output]!] as const);
      values = { ...values, ...Object.fromEntries(made) };
      if (isOnGpu) {
        for (const [input] of moved) freeOf(before[input]!);
      } else spare = Object.fromEntries(moved.map(([input]) => [input, before[input]!]));
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

  /** The most memory that this process ever had, in MB. */
  memory: (): number => process.resourceUsage().maxRSS / 1024,
});

/** Noise and labels: the same for every provider. */
function batchOf({ classes, side, batch }: Work, index: number): Record<string, Tensor> {
  const dims = [batch, 3, side, side];
  const random = new RandomStream(1, 'images', index);
  return {
    images: new Tensor(
      'float32',
      Float32Array.from({ length: elementCount(dims) }, () => random.uniform()),
      dims,
    ),
    labels: new Tensor(
      'int64',
      BigInt64Array.from({ length: batch }, (_, place) => BigInt((place + index) % classes)),
    ),
  };
}

function tensorOf(data: Float32Array, dims: readonly number[], name: string): [string, Tensor] {
  return [name, new Tensor('float32', data, dims)];
}

/** What lies on the GPU is not freed by itself. */
function freeOf(value: Tensor): void {
  if (value.location === 'gpu-buffer') value.dispose();
}
