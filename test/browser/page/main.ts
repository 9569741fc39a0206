/** The page of the browser tests: what a page does with Figleaf, to be called from outside. */
import {
  type Classification,
  type Classifier,
  type Detection,
  type Detector,
  type DetectorDescription,
  decodeImage,
  FigleafError,
  type ImageInfo,
  type ImageInput,
  loadClassifier,
  loadDetector,
  type ModelChoice,
  type Pixels,
  type Size,
} from 'figleaf';

/** Every form in which a page may hand over a picture. */
export type InputKind =
  | 'file'
  | 'blob'
  | 'bytes'
  | 'stream'
  | 'image-data'
  | 'bitmap'
  | 'img'
  | 'canvas'
  | 'offscreen-canvas';

/** What became of one picture. */
export type Judged =
  | { readonly result: Classification; readonly error?: never }
  | { readonly result?: never; readonly error: { readonly code: string; readonly message: string } };

/** How two decodes of one picture differ, over all channels of all pixels, in steps of 0 to 255. */
export interface Difference {
  readonly sameSize: boolean;
  readonly mean: number;
  readonly max: number;
}

const asBlob = async (url: string): Promise<Blob> => (await fetch(url)).blob();

async function draw<C extends HTMLCanvasElement | OffscreenCanvas>(
  url: string,
  make: (width: number, height: number) => C,
): Promise<C> {
  const bitmap = await createImageBitmap(await asBlob(url));
  const canvas = make(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  return canvas;
}

const offscreen = (url: string): Promise<OffscreenCanvas> =>
  draw(url, (width, height) => new OffscreenCanvas(width, height));

const INPUTS: Readonly<Record<InputKind, (url: string) => Promise<ImageInput>>> = {
  file: async (url) => new File([await asBlob(url)], 'picture'),
  blob: asBlob,
  bytes: async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer()),
  stream: async (url) => (await fetch(url)).body!,
  'image-data': async (url) => {
    const canvas = await offscreen(url);
    return canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
  },
  bitmap: async (url) => createImageBitmap(await asBlob(url)),
  img: async (url) => {
    const img = new Image();
    img.src = url;
    return img;
  },
  canvas: (url) =>
    draw(url, (width, height) => Object.assign(document.createElement('canvas'), { width, height })),
  'offscreen-canvas': offscreen,
};

const classifiers = new Map<string, Promise<Classifier>>();

function classifierOf(choice: ModelChoice): Promise<Classifier> {
  const key = JSON.stringify(choice);
  const loading = classifiers.get(key) ?? loadClassifier(choice, { workers: 1 });
  classifiers.set(key, loading);
  return loading;
}

async function settle(work: Promise<Classification>): Promise<Judged> {
  try {
    return { result: await work };
  } catch (error) {
    if (!(error instanceof FigleafError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

/** Judges a picture that is handed over in the given form. */
async function judge(
  url: string,
  kind: InputKind = 'file',
  choice: ModelChoice = { profile: 'fast' },
): Promise<Judged> {
  const classifier = await classifierOf(choice);
  const input = await INPUTS[kind](url);
  return settle(classifier.classify(input));
}

async function rawPixels(url: string, width: number, height: number): Promise<Pixels> {
  return { width, height, data: new Uint8Array(await (await fetch(url)).arrayBuffer()) };
}

/** Judges pixels that were decoded elsewhere: three bytes each, row by row. */
async function judgePixels(
  url: string,
  width: number,
  height: number,
  choice: ModelChoice = { profile: 'fast' },
): Promise<Judged> {
  const pixels = await rawPixels(url, width, height);
  return settle((await classifierOf(choice)).classify(pixels));
}

const detectors = new Map<string, Promise<Detector>>();

/** Looks at a picture with a detector; with a size at pixels that were decoded elsewhere. */
async function detect(
  model: string,
  description: DetectorDescription,
  url: string,
  size?: Size,
): Promise<readonly Detection[]> {
  const loading = detectors.get(model) ?? loadDetector(model, { workers: 1, description });
  detectors.set(model, loading);
  const input = size ? await rawPixels(url, size.width, size.height) : await INPUTS.file(url);
  return (await (await loading).detect(input)).detections;
}

/** Decodes a picture and says what it is. */
async function inspect(url: string): Promise<ImageInfo> {
  const { frames: _, ...info } = await decodeImage(await INPUTS.bytes(url));
  return info;
}

/** Decodes a picture and compares it with a decode made elsewhere. */
async function compare(url: string, other: string, width: number, height: number): Promise<Difference> {
  const [{ frames }, there] = await Promise.all([
    INPUTS.bytes(url).then((bytes) => decodeImage(bytes)),
    rawPixels(other, width, height),
  ]);
  const here = frames[0]!;
  if (here.width !== width || here.height !== height)
    return { sameSize: false, mean: Number.NaN, max: Number.NaN };
  let sum = 0;
  let max = 0;
  for (let i = 0; i < here.data.length; i++) {
    const difference = Math.abs(here.data[i]! - there.data[i]!);
    sum += difference;
    if (difference > max) max = difference;
  }
  return { sameSize: true, mean: sum / here.data.length, max };
}

/** Ends all classifiers; a second call to any of them fails with `disposed`. */
async function close(): Promise<string> {
  const all = await Promise.all(classifiers.values());
  await Promise.all(all.map((classifier) => classifier.close()));
  const after = await settle(all[0]!.classify({ width: 1, height: 1, data: new Uint8Array(3) }));
  return after.error?.code ?? 'nothing';
}

const api = { judge, judgePixels, detect, inspect, compare, close };

declare global {
  interface Window {
    figleaf: typeof api;
  }
}

window.figleaf = api;
