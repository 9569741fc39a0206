/** Graphs with many inputs and outputs on ONNX Runtime, in tests. */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { type Graph, modelOf, type Tensor, writeModel } from '../src/index.ts';

/** What goes into a graph, or comes out of it, by name. */
export type Feeds = Readonly<Record<string, Tensor>>;

/** A graph, loaded. */
export interface Runner {
  run(feeds: Feeds): Promise<Feeds>;
}

/** Loads a graph, on one thread. */
export async function loadGraph(graph: Graph): Promise<Runner> {
  const session = await InferenceSession.create(writeModel(modelOf(graph)), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    async run(feeds) {
      const inputs = Object.entries(feeds).map(([name, { type, data, dims }]) => [
        name,
        new OrtTensor(type as 'float32', data as Float32Array, dims),
      ]);
      const results = await session.run(Object.fromEntries(inputs));
      const outputs = Object.entries(results).map(([name, { type, data, dims }]) => [
        name,
        { type, data, dims },
      ]);
      return Object.fromEntries(outputs) as Feeds;
    },
  };
}

/** Runs a graph once. */
export async function runFeeds(graph: Graph, feeds: Feeds): Promise<Feeds> {
  return (await loadGraph(graph)).run(feeds);
}

/** The numbers of a 32-bit float result. */
export function numbersOf(feeds: Feeds, name: string): number[] {
  const found = feeds[name];
  if (found?.type !== 'float32') throw new Error(`there is no float result '${name}'`);
  return Array.from(found.data);
}
