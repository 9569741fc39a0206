/** The thread that trains: ONNX Runtime's sessions, and the parameters and state that they hand from step to step. */
import { parentPort, workerData } from 'node:worker_threads';
import { FigleafError } from 'figleaf';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type {
  Fed,
  NamedValue,
  OpenRequest,
  RunRequest,
  StepCall,
  StepHandlers,
  StepReply,
} from './protocol.ts';
import { loadRuntime, type Ort } from './runtime.ts';

/** A value that is kept, and memory of the same size for its successor. */
interface Kept {
  now: Tensor;
  spare: Tensor | null;
}

class StepWorker implements StepHandlers {
  #ort: Ort | null = null;
  readonly #sessions = new Map<string, InferenceSession>();
  #values = new Map<string, Kept>();

  async start(): Promise<void> {
    this.#ort = await loadRuntime();
  }

  async open({ session, model, threads, provider }: OpenRequest): Promise<void> {
    try {
      const opened = await this.#runtime.InferenceSession.create(model, {
        executionProviders: [provider],
        executionMode: 'sequential',
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      });
      this.#sessions.set(session, opened);
    } catch (error) {
      throw new FigleafError(
        'model-invalid',
        `ONNX Runtime cannot load the graph for ${session}: ${messageOf(error)}`,
      );
    }
  }

  put(values: readonly NamedValue[]): void {
    this.#values = new Map(
      values.map(({ name, dims, data }) => [name, { now: this.#tensor(data, dims), spare: null }]),
    );
  }

  take(): readonly NamedValue[] {
    return [...this.#values].map(([name, { now }]) => ({
      name,
      dims: now.dims,
      data: now.data as Float32Array,
    }));
  }

  async run({ session, feeds, uses, next, wants }: RunRequest): Promise<readonly NamedValue[]> {
    const found = this.#sessions.get(session);
    if (!found) throw new Error(`there is no session '${session}'`);
    const inputs: Record<string, Tensor> = {};
    for (const [name, fed] of Object.entries(feeds)) inputs[name] = this.#fed(fed);
    for (const name of uses) inputs[name] = this.#kept(name).now;
    const outputs: Record<string, Tensor | null> = {};
    for (const name of wants) outputs[name] = null;
    for (const [name, output] of Object.entries(next)) {
      const kept = this.#kept(name);
      // Two arrays take turns, so that a step leaves nothing to collect.
      kept.spare ??= this.#tensor(new Float32Array(kept.now.size), kept.now.dims);
      outputs[output] = kept.spare;
    }
    let results: InferenceSession.OnnxValueMapType;
    try {
      results = await found.run(inputs, outputs);
    } catch (error) {
      throw new FigleafError('model-invalid', `ONNX Runtime failed in ${session}: ${messageOf(error)}`);
    }
    for (const name of Object.keys(next)) {
      const kept = this.#kept(name);
      [kept.now, kept.spare] = [kept.spare!, kept.now];
    }
    return wants.map((name) => {
      const { data, dims } = results[name] as Tensor;
      return { name, dims, data: (data as Float32Array).slice() };
    });
  }

  get #runtime(): Ort {
    if (!this.#ort) throw new Error('the runtime was not started');
    return this.#ort;
  }

  #kept(name: string): Kept {
    const found = this.#values.get(name);
    if (!found) throw new Error(`there is no value '${name}'`);
    return found;
  }

  #tensor(data: Float32Array, dims: readonly number[]): Tensor {
    return new this.#runtime.Tensor('float32', data, dims);
  }

  #fed({ type, data, dims }: Fed): Tensor {
    return type === 'int64' ? new this.#runtime.Tensor(type, data, dims) : this.#tensor(data, dims);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How many calls are being answered; the process waits for these before it exits. */
const busy = new Int32Array(workerData as SharedArrayBuffer);
const worker = new StepWorker();

async function answer({ id, method, argument }: StepCall): Promise<StepReply> {
  Atomics.add(busy, 0, 1);
  try {
    return { id, value: await worker[method](argument as never) };
  } catch (error) {
    const code = error instanceof FigleafError ? error.code : null;
    return { id, error: { code, message: messageOf(error) } };
  } finally {
    Atomics.sub(busy, 0, 1);
    Atomics.notify(busy, 0);
  }
}

const port = parentPort!;
port.on('message', (call: StepCall) => {
  void answer(call).then((reply) => port.postMessage(reply));
});
