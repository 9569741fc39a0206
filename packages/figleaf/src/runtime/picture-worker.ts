/** The worker thread that decodes pictures, makes tensors of them and runs models. */
import { decode, encodeJpeg, encodeThumbnail, warmUp } from '#image/codec';
import { loadRuntime, readModel } from '#runtime/ort';
import { parent } from '#threads';
import { asFigleafError } from '../errors.ts';
import { atOneSize } from '../hash/one-size.ts';
import { type PdqHash, pdq, pdqRotations } from '../hash/pdq.ts';
import { pixelDigest } from '../hash/pixel-digest.ts';
import { cropMiddle } from '../image/crop.ts';
import type { DecodedImage, Pixels } from '../image/pixels.ts';
import { isPlainJpeg } from '../image/plain-jpeg.ts';
import { atMostHigh } from '../image/shrink.ts';
import { formatOf } from '../image/sniff.ts';
import { toPlacedTensor, toTensor } from '../image/tensor.ts';
import { serve, transferring } from '../threads/rpc.ts';
import { WorkGuard } from './guard.ts';
import type { Runtime } from './ort.ts';
import type {
  Look,
  PictureProtocol,
  PictureRequest,
  PrepareReply,
  PrepareRequest,
  ReducedImage,
  ReduceRequest,
  Tensor,
} from './protocol.ts';
import { Sessions } from './sessions.ts';
import { inputOf, isEnough } from './stages.ts';

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

/** Whatever a decoder throws, one odd file must not end a scan. */
function onPicture<T>(work: () => T | Promise<T>): Promise<T> {
  return guard.during(work).catch((error: unknown) => {
    throw asFigleafError(error, 'image-corrupt', 'the picture could not be decoded: ');
  });
}

/** Pictures that were decoded and may be wanted further, by their tickets. */
const kept = new Map<number, DecodedImage>();
let tickets = 0;

function keep(image: DecodedImage): number {
  const ticket = tickets++;
  kept.set(ticket, image);
  return ticket;
}

function redeem(ticket: number): DecodedImage {
  const image = kept.get(ticket);
  if (!image) throw new Error(`the worker keeps no picture ${ticket}`);
  kept.delete(ticket);
  return image;
}

async function decoded({ source, options }: PictureRequest): Promise<DecodedImage> {
  if (typeof source === 'number') return redeem(source);
  return source instanceof Uint8Array ? decode(source, formatOf(source), options) : source;
}

/** Models that want the same share one tensor. */
function toTensors(frame: Pixels, looks: readonly Look[]): Float32Array[] {
  const made = new Map<string, Float32Array>();
  return looks.map((look) => {
    const { preprocessing, crop, placement } = look;
    const key = JSON.stringify([preprocessing, crop, placement]);
    const tensor = made.get(key) ?? tensorOf(frame, look);
    made.set(key, tensor);
    return tensor;
  });
}

function tensorOf(frame: Pixels, { preprocessing, crop = 1, placement }: Look): Float32Array {
  return placement
    ? toPlacedTensor(frame, placement, preprocessing)
    : toTensor(cropMiddle(frame, crop), preprocessing);
}

async function prepare(request: PrepareRequest): Promise<PrepareReply> {
  const { looks, run, thumbnail: side } = request;
  const { frames, ...image } = await onPicture(() => decoded(request));
  const thumbnail = side ? await onPicture(() => encodeThumbnail(frames[0]!, side)) : undefined;
  const tensorsOf = (some: readonly Look[]): Promise<Float32Array[][]> =>
    onPicture(() => frames.map((frame) => toTensors(frame, some)));
  const [[first, ...left] = [], ...others] = looks;
  if (!run || !first) return { image, thumbnail, tensors: await Promise.all(looks.map(tensorsOf)) };
  const answers: Tensor[][] = [];
  for (const [tensor] of await tensorsOf([first])) {
    answers.push(await infer(run.modelId, inputOf(tensor!, first)));
  }
  const spared = isEnough(
    run.enough,
    answers.map((answer) => [answer]),
  );
  const tensors = await Promise.all([spared ? [] : left, ...others].map(tensorsOf));
  return { image, thumbnail, answers, tensors };
}

async function reduce(request: ReduceRequest): Promise<ReducedImage> {
  const { source, maxHeight, rotations } = request;
  const { frames, ...image } = await decoded(request);
  const frame = frames[0]!;
  const small = atMostHigh(frame, maxHeight);
  const staysAsItIs = source instanceof Uint8Array && small === frame && isPlainJpeg(source);
  // Encoded in a thread of the codec's own while this one hashes.
  const encoding = staysAsItIs ? null : encodeJpeg(small);
  const [jpeg, told] = await Promise.all([encoding, hashesOf(frame, rotations)]);
  return { image, ...told, size: { width: small.width, height: small.height }, jpeg };
}

async function hashesOf(
  frame: Pixels,
  rotations: boolean,
): Promise<Pick<ReducedImage, 'pixelDigest' | 'hashes' | 'oneSizeHashes'>> {
  const hashesIn = (pixels: Pixels): readonly PdqHash[] => (rotations ? pdqRotations(pixels) : [pdq(pixels)]);
  return {
    pixelDigest: await pixelDigest(frame),
    hashes: hashesIn(frame),
    oneSizeHashes: hashesIn(atOneSize(frame)),
  };
}

async function infer(modelId: string, input: Tensor): Promise<Tensor[]> {
  const held = await getSessions();
  return computing(() => held.run(modelId, input));
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

  async fingerprint(request) {
    const image = await onPicture(() => decoded(request));
    const hashes = await onPicture(() => image.frames.map(pdqRotations));
    return { ticket: keep(image), hashes };
  },

  async measure(request) {
    const image = await onPicture(() => decoded(request));
    const { width, height } = image.frames[0]!;
    return { ticket: keep(image), size: { width, height } };
  },

  forget(ticket) {
    kept.delete(ticket);
  },

  async prepare(request) {
    const prepared = await prepare(request);
    const answers = prepared.answers?.flat().map(({ data }) => data) ?? [];
    return transferring(
      prepared,
      [...prepared.tensors.flat(2), ...answers].map(({ buffer }) => buffer),
    );
  },

  async reduce(request) {
    const reduced = await onPicture(() => reduce(request));
    return transferring(reduced, reduced.jpeg ? [reduced.jpeg.buffer] : []);
  },

  async run({ modelId, input }) {
    const outputs = await infer(modelId, input);
    return transferring(
      outputs,
      outputs.map(({ data }) => data.buffer),
    );
  },
});
