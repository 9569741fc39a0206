/** The worker thread that decodes pictures, makes tensors of them and runs models. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import { decode, warmUp } from '#image/codec';
import { loadRuntime, readModel } from '#runtime/ort';
import { parent } from '#threads';
import { asFigleafError } from '../errors.ts';
import type { Pixels } from '../image/pixels.ts';
import { formatOf } from '../image/sniff.ts';
import { toTensor } from '../image/tensor.ts';
import { serve, transferring } from '../threads/rpc.ts';
import { WorkGuard } from './guard.ts';
import type { Runtime } from './ort.ts';
import {
  inputOf,
  type PictureProtocol,
  type PreparedImage,
  type PrepareRequest,
  type Tensor,
} from './protocol.ts';
import { Sessions } from './sessions.ts';

let guard = new WorkGuard(null);
let runtime: Promise<Runtime> | undefined;
let sessions: Promise<Sessions> | undefined;

function getRuntime(): Promise<Runtime> {
  runtime ??= guard.during(loadRuntime);
  return runtime;
}

/** Only native code must not be torn down while it works; wasm may. */
async function computing<T>(work: () => Promise<T>): Promise<T> {
  return (await getRuntime()).kind === 'native' ? guard.during(work) : work();
}

function getSessions(): Promise<Sessions> {
  sessions ??= getRuntime().then((loaded) => new Sessions(loaded));
  return sessions;
}

async function prepare({ source, requests, options }: PrepareRequest): Promise<PreparedImage> {
  const decoded = source instanceof Uint8Array ? await decode(source, formatOf(source), options) : source;
  const { frames, ...image } = decoded;
  return { image, tensors: frames.map((frame) => toTensors(frame, requests)) };
}

/** Whatever a decoder throws, one odd file must not end a scan. */
async function preparing(request: PrepareRequest): Promise<PreparedImage> {
  try {
    return await guard.during(() => prepare(request));
  } catch (error) {
    throw asFigleafError(error, 'image-corrupt', 'the picture could not be decoded: ');
  }
}

async function run(modelId: string, input: Tensor): Promise<Tensor[]> {
  const held = await getSessions();
  return computing(() => held.run(modelId, input));
}

/** Models that want the same share one tensor. */
function toTensors(frame: Pixels, requests: readonly Preprocessing[]): Float32Array[] {
  const made = new Map<string, Float32Array>();
  return requests.map((request) => {
    const key = JSON.stringify(request);
    const tensor = made.get(key) ?? toTensor(frame, request);
    made.set(key, tensor);
    return tensor;
  });
}

serve<PictureProtocol>(parent(), {
  start({ guard: memory }) {
    guard = new WorkGuard(memory);
  },

  async runtime() {
    return (await getRuntime()).kind;
  },

  async warm() {
    await guard.during(warmUp);
  },

  async load(source) {
    const [held, bytes] = await Promise.all([getSessions(), readModel(source)]);
    const model = await computing(() => held.load(source.id, bytes));
    return { model, size: bytes.byteLength };
  },

  async prepare(request) {
    const prepared = await preparing(request);
    return transferring(
      prepared,
      prepared.tensors.flat().map((tensor) => tensor.buffer),
    );
  },

  async ask({ question: { modelId, preprocessing }, ...picture }) {
    const { image, tensors } = await preparing({ ...picture, requests: [preprocessing] });
    const answers: Tensor[][][] = [];
    for (const [tensor] of tensors) answers.push([await run(modelId, inputOf(tensor!, preprocessing))]);
    return { image, answers };
  },

  async run({ modelId, input }) {
    const outputs = await run(modelId, input);
    return transferring(
      outputs,
      outputs.map(({ data }) => data.buffer),
    );
  },
});
