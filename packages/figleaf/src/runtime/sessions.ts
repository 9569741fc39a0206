/** The sessions of one worker: models by id, and one inference at a time. */
import { FigleafError, messageOf } from '../errors.ts';
import type { InferenceSession, Runtime } from './ort.ts';
import type { LoadedModel, Tensor, TensorInfo } from './protocol.ts';

// One core a worker: the pool runs as many workers as there are cores. Warnings would go to stderr unasked.
const SESSION: InferenceSession.SessionOptions = {
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
};

/** The models that one worker holds. */
export class Sessions {
  readonly #runtime: Runtime;
  readonly #sessions = new Map<string, InferenceSession>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** @throws {FigleafError} `model-invalid` where ONNX Runtime cannot load it, `model-unsupported` for several inputs. */
  async load(id: string, bytes: Uint8Array): Promise<LoadedModel> {
    let session: InferenceSession;
    try {
      session = await this.#runtime.ort.InferenceSession.create(bytes, SESSION);
    } catch (error) {
      throw new FigleafError(
        'model-invalid',
        `ONNX Runtime cannot load the model '${id}': ${messageOf(error)}`,
      );
    }
    const model = { id, inputs: infos(session.inputMetadata), outputs: infos(session.outputMetadata) };
    if (model.inputs.length !== 1) {
      throw new FigleafError(
        'model-unsupported',
        `the model '${id}' has ${model.inputs.length} inputs; Figleaf runs models with one`,
      );
    }
    this.#sessions.set(id, session);
    return model;
  }

  /** Every output of the model, in its order, as 32-bit floats. */
  async run(id: string, input: Tensor): Promise<Tensor[]> {
    const session = this.#sessions.get(id);
    if (!session) throw new Error(`the worker does not hold the model '${id}'`);
    const tensor = new this.#runtime.ort.Tensor('float32', input.data, input.dims);
    let results: Awaited<ReturnType<InferenceSession['run']>>;
    try {
      results = await session.run({ [session.inputNames[0]!]: tensor });
    } catch (error) {
      throw new FigleafError(
        'model-invalid',
        `the model '${id}' failed on an input of shape [${input.dims.join(', ')}]: ${messageOf(error)}`,
      );
    }
    return session.outputNames.map((name) => {
      const { data, dims } = results[name]!;
      return { data: toFloats(data), dims };
    });
  }
}

function infos(metadata: readonly InferenceSession.ValueMetadata[]): TensorInfo[] {
  return metadata.map((value) =>
    value.isTensor
      ? { name: value.name, type: value.type, dims: value.shape }
      : { name: value.name, type: 'sequence', dims: [] },
  );
}

/** A copy, since the memory may be the runtime's own. */
function toFloats(data: ArrayLike<unknown>): Float32Array {
  return data instanceof Float32Array ? data.slice() : Float32Array.from(data, Number);
}
