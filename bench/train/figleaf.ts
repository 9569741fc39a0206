/** Child process of `bench train`: training steps of Figleaf's architectures on ONNX Runtime, from the sources. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { elementCount, modelOf, writeModel } from '../../packages/onnx/src/index.ts';
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
  async load({ model, classes, side, batch, threads, rate }: Work): Promise<Loaded> {
    const { graph, parameters, state, next } = trainingStep({
      model: MODELS[model]({ classes, dropout: 0 }),
      picture: [3, side, side],
      batchSize: batch,
      loss: softmaxCrossEntropy(),
      optimiser: sgd({ momentum: 0.9 }),
    });
    const session = await InferenceSession.create(writeModel(modelOf(graph)), {
      intraOpNumThreads: threads,
      // As in the lab's step-worker.ts.
      enableMemPattern: false,
      logSeverityLevel: 3,
    });
    const zeros = state.map(({ name, dims }) => tensorOf(new Float32Array(elementCount(dims)), dims, name));
    const weights = Array.from(initialWeights(parameters, 1), ([name, { data, dims }]) =>
      tensorOf(data as Float32Array, dims, name),
    );
    const dims = [batch, 3, side, side];
    const random = new RandomStream(1, 'images');
    const fixed = {
      images: new Tensor(
        'float32',
        Float32Array.from({ length: elementCount(dims) }, () => random.uniform()),
        dims,
      ),
      labels: new Tensor(
        'int64',
        BigInt64Array.from({ length: batch }, (_, index) => BigInt(index % classes)),
      ),
      learning_rate: new Tensor('float32', [rate], []),
    };
    let values: Record<string, Tensor> = Object.fromEntries([...weights, ...zeros]);
    // What a step puts out lies in buffers of our own, which the next step reads; those that it read are written after that.
    let spare: Record<string, Tensor> = Object.fromEntries(
      Object.keys(next).map((name) => [
        name,
        new Tensor('float32', new Float32Array(values[name]!.size), values[name]!.dims),
      ]),
    );
    step = async () => {
      const moved = Object.entries(next).map(([input, output]) => [output, spare[input]!]);
      const results = await session.run(
        { ...fixed, ...values },
        { loss: null, ...Object.fromEntries(moved) },
      );
      const before = values;
      values = { ...values, ...spare };
      spare = Object.fromEntries(Object.keys(next).map((name) => [name, before[name]!]));
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

function tensorOf(data: Float32Array, dims: readonly number[], name: string): [string, Tensor] {
  return [name, new Tensor('float32', data, dims)];
}
