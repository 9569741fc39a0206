/** The thread that trains: ONNX Runtime's sessions, and the parameters and state that they hand from step to step. */
import { parentPort, workerData } from 'node:worker_threads';
import { FigleafError } from 'figleaf';
import { messageOf } from 'figleaf/commands';
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
import { copyingModel, copyOf, isOnGpu, modelForWebgpu, staying, WEBGPU } from './webgpu.ts';

/** What the runtime calls the provider that is everywhere. */
const CPU = 'cpu';

/** A value that is kept, and, unless it is on the GPU, memory of the same size for its successor. */
interface Kept {
  now: Tensor;
  spare: Tensor | null;
}

class StepWorker implements StepHandlers {
  #ort: Ort | null = null;
  readonly #sessions = new Map<string, InferenceSession>();
  #values = new Map<string, Kept>();
  /** Whether what a step makes stays on the GPU. */
  #staysAway = false;

  async start(): Promise<void> {
    this.#ort = await loadRuntime();
  }

  async open({ session, model, threads, provider, keeps = [] }: OpenRequest): Promise<void> {
    const isWebgpu = provider === WEBGPU;
    this.#staysAway = isWebgpu;
    try {
      const opened = await this.#runtime.InferenceSession.create(isWebgpu ? modelForWebgpu(model) : model, {
        ...(isWebgpu && staying(keeps)),
        executionProviders: [provider],
        executionMode: 'sequential',
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        // The plan would lie beside the memory that the first step took without one, and half as much again be held.
        enableMemPattern: false,
        logSeverityLevel: 3,
      });
      this.#sessions.set(session, opened);
    } catch (error) {
      throw provider === CPU ? invalid(session, error) : unavailable(provider, error);
    }
  }

  put(values: readonly NamedValue[]): void {
    for (const { now } of this.#values.values()) freeOf(now);
    this.#values = new Map(
      values.map(({ name, dims, data }) => [name, { now: this.#tensor(data, dims), spare: null }]),
    );
  }

  async take(): Promise<readonly NamedValue[]> {
    const kept = [...this.#values].map(([name, { now }]) => ({ name, value: now }));
    const away = kept.filter(({ value }) => isOnGpu(value));
    const copies = away.length > 0 ? await this.#copies(away) : {};
    return kept.map(({ name, value }) => {
      const { data, dims } = copies[copyOf(name)] ?? value;
      return { name, dims, data: data as Float32Array };
    });
  }

  async #copies(values: readonly { name: string; value: Tensor }[]): Promise<Record<string, Tensor>> {
    const model = copyingModel(values.map(({ name, value }) => [name, value.dims]));
    const session = await this.#runtime.InferenceSession.create(model, { executionProviders: [WEBGPU] });
    try {
      const inputs = Object.fromEntries(values.map(({ name, value }) => [name, value]));
      return (await session.run(inputs)) as Record<string, Tensor>;
    } finally {
      await session.release();
    }
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
      outputs[output] = this.#spare(name);
    }
    let results: InferenceSession.OnnxValueMapType;
    try {
      results = await found.run(inputs, outputs);
    } catch (error) {
      throw new FigleafError('model-invalid', `ONNX Runtime failed in ${session}: ${messageOf(error)}`);
    }
    for (const [name, output] of Object.entries(next)) this.#replace(name, results[output] as Tensor);
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

  /** Memory for the successor of a value; null where the runtime has it on the GPU. */
  #spare(name: string): Tensor | null {
    const kept = this.#kept(name);
    if (this.#staysAway) return null;
    // Two arrays take turns, so that a step leaves nothing to collect.
    kept.spare ??= this.#tensor(new Float32Array(kept.now.size), kept.now.dims);
    return kept.spare;
  }

  #replace(name: string, next: Tensor): void {
    const kept = this.#kept(name);
    if (isOnGpu(next)) {
      freeOf(kept.now);
      kept.now = next;
    } else {
      [kept.now, kept.spare] = [kept.spare!, kept.now];
    }
  }

  #tensor(data: Float32Array, dims: readonly number[]): Tensor {
    return new this.#runtime.Tensor('float32', data, dims);
  }

  #fed({ type, data, dims }: Fed): Tensor {
    return type === 'int64' ? new this.#runtime.Tensor(type, data, dims) : this.#tensor(data, dims);
  }
}

function invalid(session: string, error: unknown): FigleafError {
  return new FigleafError(
    'model-invalid',
    `ONNX Runtime cannot load the graph for ${session}: ${messageOf(error)}`,
  );
}

function unavailable(provider: string, error: unknown): FigleafError {
  return new FigleafError(
    'runtime-unavailable',
    `ONNX Runtime cannot compute on '${provider}' here; '${CPU}' it always can: ${messageOf(error)}`,
  );
}

/** What lies on the GPU is not freed by itself. */
function freeOf(value: Tensor): void {
  if (isOnGpu(value)) value.dispose();
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
