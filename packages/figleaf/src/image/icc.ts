/** ICC profiles of the kind that phones write (three curves and a matrix), to sRGB; sharp does all others itself. */

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

/** XYZ (D50, as in all ICC profiles) to linear sRGB: the inverse of the colorants in the sRGB profile. */
const XYZ_TO_SRGB: Matrix = [
  [3.1341359, -1.6172863, -0.4906601],
  [-0.9787955, 1.9162544, 0.0334427],
  [0.0719553, -0.2289768, 1.4053851],
];

/** Steps of linear light for which the sRGB value is worked out beforehand. */
const LEVELS = 8192;

/**
 * Converts 8-bit RGB pixels in place from a profile's space to sRGB.
 *
 * @param data `[pixels, 3]`.
 * @returns False where the profile is none of three curves and a matrix; the pixels are then left as they are.
 */
export function toSrgb(data: Uint8Array, icc: Uint8Array): boolean {
  const profile = readProfile(icc);
  if (!profile) return false;
  const [red, green, blue] = profile.curves;
  const [r, g, b] = product(XYZ_TO_SRGB, profile.colorants);
  const encode = srgbTable();
  for (let at = 0; at < data.length; at += 3) {
    const x = red[data[at]!]!;
    const y = green[data[at + 1]!]!;
    const z = blue[data[at + 2]!]!;
    data[at] = encode[level(r[0] * x + r[1] * y + r[2] * z)]!;
    data[at + 1] = encode[level(g[0] * x + g[1] * y + g[2] * z)]!;
    data[at + 2] = encode[level(b[0] * x + b[1] * y + b[2] * z)]!;
  }
  return true;
}

function level(light: number): number {
  if (light <= 0) return 0;
  return light >= 1 ? LEVELS : (light * LEVELS + 0.5) | 0;
}

function srgbTable(): Uint8Array {
  return Uint8Array.from({ length: LEVELS + 1 }, (_, index) => {
    const light = index / LEVELS;
    return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));
  });
}

interface Profile {
  /** Linear light for each of the 256 values, per channel. */
  readonly curves: readonly [Float64Array, Float64Array, Float64Array];
  /** Linear RGB to XYZ. */
  readonly colorants: Matrix;
}

function readProfile(icc: Uint8Array): Profile | null {
  const view = new DataView(icc.buffer, icc.byteOffset, icc.byteLength);
  try {
    const tags = readTags(view);
    const colorants = ['rXYZ', 'gXYZ', 'bXYZ'].map((name) => readXyz(view, tags.get(name)));
    const curves = ['rTRC', 'gTRC', 'bTRC'].map((name) => readCurve(view, tags.get(name)));
    const [r, g, b] = colorants;
    const [red, green, blue] = curves;
    if (!r || !g || !b || !red || !green || !blue) return null;
    return {
      curves: [red, green, blue],
      colorants: [
        [r[0], g[0], b[0]],
        [r[1], g[1], b[1]],
        [r[2], g[2], b[2]],
      ],
    };
  } catch (error) {
    // Offsets that point beyond the end: a broken profile is none.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readTags(view: DataView): Map<string, number> {
  const tags = new Map<string, number>();
  const count = Math.min(view.getUint32(128), 100);
  for (let at = 132; at < 132 + count * 12; at += 12) tags.set(text(view, at), view.getUint32(at + 4));
  return tags;
}

function readXyz(view: DataView, at: number | undefined): Vector | null {
  if (at === undefined || text(view, at) !== 'XYZ ') return null;
  return [fixed(view, at + 8), fixed(view, at + 12), fixed(view, at + 16)];
}

function readCurve(view: DataView, at: number | undefined): Float64Array | null {
  if (at === undefined) return null;
  const curve = text(view, at) === 'curv' ? tabulated(view, at) : parametric(view, at);
  return curve && Float64Array.from({ length: 256 }, (_, value) => curve(value / 255));
}

type Curve = (value: number) => number;

/** Type `curv`: nothing is linear, one number is a gamma, more are a table. */
function tabulated(view: DataView, at: number): Curve {
  const count = view.getUint32(at + 8);
  if (count === 0) return (value) => value;
  if (count === 1) {
    const gamma = view.getUint16(at + 12) / 256;
    return (value) => value ** gamma;
  }
  return (value) => {
    const place = value * (count - 1);
    const low = Math.min(Math.floor(place), count - 2);
    const [a, b] = [view.getUint16(at + 12 + low * 2), view.getUint16(at + 14 + low * 2)];
    return (a + (b - a) * (place - low)) / 65535;
  };
}

/** Type `para`: a power with a straight piece near black, in five degrees of detail. */
function parametric(view: DataView, at: number): Curve | null {
  if (text(view, at) !== 'para') return null;
  const kind = view.getUint16(at + 8);
  const size = [1, 3, 4, 5, 7][kind];
  if (size === undefined) return null;
  const values = Array.from({ length: size }, (_, index) => fixed(view, at + 12 + index * 4));
  const [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = values;
  if (kind === 0) return (x) => x ** g;
  const power = (x: number): number => Math.max(0, a * x + b) ** g;
  if (kind === 1) return (x) => (x >= -b / a ? power(x) : 0);
  if (kind === 2) return (x) => (x >= -b / a ? power(x) + c : c);
  return (x) => (x >= d ? power(x) + e : c * x + f);
}

const fixed = (view: DataView, at: number): number => view.getInt32(at) / 65536;

function text(view: DataView, at: number): string {
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  );
}

function product(left: Matrix, right: Matrix): Matrix {
  const cell = (row: Vector, column: 0 | 1 | 2): number =>
    row[0] * right[0][column] + row[1] * right[1][column] + row[2] * right[2][column];
  const line = (row: Vector): Vector => [cell(row, 0), cell(row, 1), cell(row, 2)];
  return [line(left[0]), line(left[1]), line(left[2])];
}
