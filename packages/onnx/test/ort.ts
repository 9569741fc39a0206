/** ONNX Runtime as the judge: runs graphs and models in tests. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type Graph, type Model, modelOf, writeModel } from '../src/index.ts';

/** A 32-bit float input or output. */
export interface Values {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** A model, loaded. */
export interface Session {
  /** The first output on one input. */
  run(input: Values): Promise<Values>;
}

/** Loads a model; everything that a runtime may optimise is. */
export async function loadModel(model: Model): Promise<Session> {
  const session = await InferenceSession.create(writeModel(model), {
    intraOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  return {
    async run({ data, dims }) {
      const tensor = new Tensor('float32', data, dims);
      const results = await session.run({ [session.inputNames[0]!]: tensor });
      const output = results[session.outputNames[0]!]!;
      return { data: output.data as Float32Array, dims: output.dims };
    },
  };
}

/** Runs a graph once. */
export async function runGraph(graph: Graph, input: Values): Promise<Values> {
  return (await loadModel(modelOf(graph))).run(input);
}

/** Runs a model once on 32-bit float inputs by name; its 32-bit float outputs by name. One thread unless said otherwise. */
export async function runModel(
  model: Model,
  inputs: Readonly<Record<string, Values>>,
  threads = 1,
): Promise<Readonly<Record<string, Values>>> {
  const session = await InferenceSession.create(writeModel(model), {
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  });
  const feeds = Object.entries(inputs).map(([name, { data, dims }]) => [
    name,
    new Tensor('float32', data, dims),
  ]);
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [name, { data: data as Float32Array, dims }]),
  );
}

/** The largest difference between two lists of numbers. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a).reduce((worst, value, index) => Math.max(worst, Math.abs(value - b[index]!)), 0);
}
