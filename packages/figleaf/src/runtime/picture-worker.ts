/** The worker thread that decodes pictures, makes tensors of them and runs models. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import { decode, warmUp } from '#image/codec';
import { loadRuntime, readModel } from '#runtime/ort';
import { parent } from '#threads';
import { asFigleafError, FigleafError } from '../errors.ts';
import type { DecodedImage, Pixels } from '../image/pixels.ts';
import { sniff } from '../image/sniff.ts';
import { toTensor } from '../image/tensor.ts';
import { serve, transferring } from '../threads/rpc.ts';
import { WorkGuard } from './guard.ts';
import type { Runtime } from './ort.ts';
import type { PictureProtocol, PreparedImage, PrepareRequest } from './protocol.ts';
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

async function decoded(
  source: PrepareRequest['source'],
  options: PrepareRequest['options'],
): Promise<DecodedImage> {
  if (!(source instanceof Uint8Array)) return source;
  const format = sniff(source);
  if (format === null || format === 'video') {
    throw new FigleafError('not-an-image', 'the first bytes belong to no picture format that Figleaf knows');
  }
  return decode(source, format, options);
}

async function prepare({ source, requests, options }: PrepareRequest): Promise<PreparedImage> {
  const { frames, ...image } = await decoded(source, options);
  return { image, tensors: frames.map((frame) => toTensors(frame, requests)) };
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
    const prepared = await guard
      .during(() => prepare(request))
      .catch((error: unknown) => {
        // Whatever a decoder throws, one odd file must not end a scan.
        throw asFigleafError(error, 'image-corrupt', 'the picture could not be decoded: ');
      });
    return transferring(
      prepared,
      prepared.tensors.flat().map((tensor) => tensor.buffer),
    );
  },

  async run({ modelId, input }) {
    const held = await getSessions();
    const outputs = await computing(() => held.run(modelId, input));
    return transferring(
      outputs,
      outputs.map(({ data }) => data.buffer),
    );
  },
});
