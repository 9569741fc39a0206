/** `npm run bench -- resamplers`: how far scores move when a picture is stored smaller, per model and resize method. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeImage } from 'figleaf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp, { type Sharp } from 'sharp';
import type { Pixels } from '../packages/figleaf/src/image/pixels.ts';
import { toTensor } from '../packages/figleaf/src/image/tensor.ts';
import { dataPath } from '../test/data.ts';
import type { Benchmark, Report, RunOptions, Table } from './benchmark.ts';
import { benchmarkPhotos } from './photos.ts';

const MODELS = [
  { id: 'mobilenet_v2', size: 224 },
  { id: 'inception_v3', size: 299 },
  { id: 'mobilenet_v2_mid', size: 224 },
] as const;

const METHODS = ['bilinear-aligned', 'bilinear-antialiased'] as const;
type Method = (typeof METHODS)[number];

/** Where the methods differ most; see `photos.ts`. */
const LARGE = ['2mp', '12mp'] as const;

/** A smaller copy of a picture, as others may have stored it. */
interface Copy {
  readonly name: string;
  readonly divisor: number;
  make(picture: Pixels, divisor: number): Promise<Pixels>;
}

const COPIES: readonly Copy[] = [2, 4].flatMap((divisor) => [
  { name: 'lanczos3', divisor, make: byLanczos },
  { name: 'area', divisor, make: async (picture: Pixels) => byArea(picture, divisor) },
  { name: 'lanczos3, JPEG 90', divisor, make: byLanczosJpeg },
]);

async function decode(source: string | Buffer): Promise<Pixels> {
  return (await decodeImage(source)).frames[0]!;
}

function shrink({ width, height, data }: Pixels, divisor: number): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } }).resize({
    width: Math.round(width / divisor),
    height: Math.round(height / divisor),
    fit: 'fill',
    kernel: 'lanczos3',
  });
}

async function byLanczos(picture: Pixels, divisor: number): Promise<Pixels> {
  return decode(await shrink(picture, divisor).png({ compressionLevel: 0 }).toBuffer());
}

async function byLanczosJpeg(picture: Pixels, divisor: number): Promise<Pixels> {
  return decode(await shrink(picture, divisor).jpeg({ quality: 90 }).toBuffer());
}

/** The mean of each square of pixels. */
function byArea({ width, height, data }: Pixels, divisor: number): Pixels {
  const small = { width: Math.floor(width / divisor), height: Math.floor(height / divisor) };
  const out = new Uint8Array(small.width * small.height * 3);
  for (let index = 0; index < out.length; index++) {
    const channel = index % 3;
    const x = Math.floor(index / 3) % small.width;
    const y = Math.floor(index / 3 / small.width);
    let sum = 0;
    for (let dy = 0; dy < divisor; dy++) {
      for (let dx = 0; dx < divisor; dx++) {
        sum += data[((y * divisor + dy) * width + x * divisor + dx) * 3 + channel] ?? 0;
      }
    }
    out[index] = Math.round(sum / divisor ** 2);
  }
  return { ...small, data: out };
}

function toInput(picture: Pixels, size: number, resize: Method): Float32Array {
  return toTensor(picture, { width: size, height: size, layout: 'NHWC', channels: 'RGB', resize });
}

class Model {
  readonly id: string;
  readonly #size: number;
  readonly #session: InferenceSession;

  private constructor(id: string, size: number, session: InferenceSession) {
    this.id = id;
    this.#size = size;
    this.#session = session;
  }

  static async load({ id, size }: (typeof MODELS)[number]): Promise<Model> {
    const file = new URL(`../packages/figleaf/models/${id}.onnx`, import.meta.url);
    return new Model(id, size, await InferenceSession.create(fileURLToPath(file)));
  }

  /** Probabilities of drawing, hentai, neutral, porn, sexy for each method. */
  async classify(picture: Pixels): Promise<number[][]> {
    const [input, output] = [this.#session.inputNames[0] ?? '', this.#session.outputNames[0] ?? ''];
    const inputs = METHODS.map((method) => toInput(picture, this.#size, method));
    const batch = new Float32Array(inputs.length * this.#size ** 2 * 3);
    for (const [index, each] of inputs.entries()) batch.set(each, index * each.length);
    const tensor = new Tensor('float32', batch, [inputs.length, this.#size, this.#size, 3]);
    const values = (await this.#session.run({ [input]: tensor }))[output]?.data as Float32Array;
    return inputs.map((_, index) => [...values.subarray(index * 5, index * 5 + 5)]);
  }
}

const unsafe = (classes: readonly number[]): number => (classes[1] ?? 0) + (classes[3] ?? 0);

/** Absolute changes of probabilities and of `unsafe`. */
class Changes {
  readonly #classes: number[] = [];
  readonly #unsafe: number[] = [];

  add(before: readonly number[], after: readonly number[]): void {
    for (const [index, value] of before.entries()) this.#classes.push(Math.abs(value - (after[index] ?? 0)));
    this.#unsafe.push(Math.abs(unsafe(before) - unsafe(after)));
  }

  get summary(): { mean: number; max: number; unsafe_mean: number; unsafe_max: number } {
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    return {
      mean: mean(this.#classes),
      max: Math.max(...this.#classes),
      unsafe_mean: mean(this.#unsafe),
      unsafe_max: Math.max(...this.#unsafe),
    };
  }
}

class Ledger {
  readonly #changes = new Map<string, Changes>();

  at(key: string): Changes {
    const changes = this.#changes.get(key) ?? new Changes();
    this.#changes.set(key, changes);
    return changes;
  }

  figures(): Record<string, number> {
    return Object.fromEntries(
      [...this.#changes].flatMap(([key, { summary }]) =>
        Object.entries(summary).map(([name, value]) => [`${key}_${name}`, value]),
      ),
    );
  }
}

/** Photos of people, and clothes spread over the classes. */
async function photos(smoke: boolean): Promise<string[]> {
  const people = (await readdir(dataPath('people'), { recursive: true, withFileTypes: true }))
    .filter(({ name }) => /\.(jpe?g|png)$/i.test(name) && name !== 'truncated.jpg')
    .map(({ parentPath, name }) => join(parentPath, name));
  const clothes = (
    await readdir(dataPath('clothing-small', 'test'), { recursive: true, withFileTypes: true })
  )
    .filter(({ name }) => /\.jpe?g$/i.test(name))
    .map(({ parentPath, name }) => join(parentPath, name));
  const all = [...people.sort(), ...clothes.sort().filter((_, index) => index % 4 === 0)];
  return smoke ? all.slice(0, 3) : all;
}

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const ledger = new Ledger();
  const models = await Promise.all(MODELS.map((model) => Model.load(model)));
  const files = await photos(smoke);
  for (const [index, file] of files.entries()) {
    await measureCopies(await decode(file), models, ledger);
    if (index % 20 === 19) log(`${index + 1} of ${files.length} photos`);
  }
  for (const size of LARGE) {
    const large = await benchmarkPhotos(size, smoke ? 1 : 12);
    for (const file of large) await measureCopies(await decode(file), models, ledger, `_${size}`);
    log(`${large.length} photos of ${size}`);
  }
  const figures = { ...ledger.figures(), ...(await speeds(smoke)) };
  return { tables: tablesOf(figures, files.length), figures, marks: [] };
}

async function measureCopies(
  picture: Pixels,
  models: readonly Model[],
  ledger: Ledger,
  suffix = '',
): Promise<void> {
  const copies = await Promise.all(COPIES.map(({ make, divisor }) => make(picture, divisor)));
  for (const model of models) {
    const before = await model.classify(picture);
    for (const copy of copies) {
      const after = await model.classify(copy);
      for (const [index, method] of METHODS.entries()) {
        ledger.at(keyOf(model.id, method, suffix)).add(before[index] ?? [], after[index] ?? []);
      }
    }
  }
}

const keyOf = (model: string, method: Method, suffix: string): string =>
  `${model}_${method.replace('bilinear-', '')}${suffix}`;

/** Milliseconds for one picture of 12 megapixels to 224 x 224, the best of several. */
async function speeds(smoke: boolean): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const size of ['0.2mp', ...LARGE] as const) {
    const [file = ''] = await benchmarkPhotos(size, 1);
    const picture = await decode(file);
    for (const method of METHODS) {
      const times = Array.from({ length: smoke ? 1 : 25 }, () => {
        const start = performance.now();
        toInput(picture, 224, method);
        return performance.now() - start;
      });
      figures[keyOf('ms', method, `_${size}`)] = Math.min(...times);
    }
  }
  return figures;
}

function tablesOf(figures: Readonly<Record<string, number>>, count: number): Table[] {
  const of = (key: string, digits = 4): string => (figures[key] ?? Number.NaN).toFixed(digits);
  const heading = ['model', 'method', 'mean', 'max', 'unsafe mean', 'unsafe max'];
  const changes = (title: string, suffix: string): Table => ({
    title: `${title}, stored at half and a quarter of their size: absolute change of a probability`,
    rows: [
      heading,
      ...MODELS.flatMap(({ id }) =>
        METHODS.map((method) => [
          id,
          method,
          ...['mean', 'max', 'unsafe_mean', 'unsafe_max'].map((name) =>
            of(`${keyOf(id, method, suffix)}_${name}`),
          ),
        ]),
      ),
    ],
  });
  const sizes = ['0.2mp', ...LARGE];
  return [
    changes(`${count} photos`, ''),
    ...LARGE.map((size) => changes(`12 photos of ${size}`, `_${size}`)),
    {
      title: 'One picture to 224 x 224, milliseconds on one thread',
      rows: [
        ['method', ...sizes],
        ...METHODS.map((method) => [method, ...sizes.map((size) => of(keyOf('ms', method, `_${size}`), 1))]),
      ],
    },
  ];
}

/** The benchmark. */
export const resamplers: Benchmark = {
  name: 'resamplers',
  summary: 'how far scores move when a picture is stored smaller, per model and resize method',
  run,
};
