/** PDQ, a hash that pictures share which look the same. */
import type { Pixels } from '../image/pixels.ts';
import { applyTaps } from '../image/resample.ts';
import { dct, FREQUENCIES } from './dct.ts';
import { jaroszTaps } from './jarosz.ts';

/** A picture's PDQ hash, and how much it is worth. */
export interface PdqHash {
  /** 256 bits in 32 bytes, in the order in which PDQ is written as hex; see {@link toHex}. */
  readonly hash: Uint8Array;
  /** 0, for a picture of one colour, to 100. Below 50 there is too little in the picture for its hash to mean anything. */
  readonly quality: number;
}

/** The picture is hashed in this width and height. */
const SIZE = 64;
/** A picture that is narrower or lower has the hash 0 at quality 0. */
const LEAST = 5;
/** Red, green and blue in what the eye takes for brightness (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114] as const;
/** How many of PDQ's steps of brightness, of which 100 lead from black to white, make one point of quality. */
const STEPS_A_POINT = 90;

/**
 * The PDQ hash of a picture. Copies that were scaled, stored again or slightly retouched have hashes of a small Hamming
 * distance: at most 31 of 256 bits is taken for the same picture, about 128 is what strangers have.
 *
 * This is the algorithm that Facebook published in 2019 ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing
 * Algorithm", github.com/facebook/ThreatExchange), done on the full picture without shrinking it first.
 *
 * @param pixels The picture. One that is narrower or lower than 5 pixels has the hash 0 and quality 0.
 * @example
 * ```ts
 * const { frames: [pixels] } = await decodeImage('holiday.jpg');
 * const { hash, quality } = pdq(pixels);
 * console.log(toHex(hash), quality);
 * ```
 */
export function pdq(pixels: Pixels): PdqHash {
  const { coefficients, quality } = analyse(pixels);
  return { hash: toBits(coefficients), quality };
}

/**
 * The PDQ hashes of a picture turned and mirrored in all ways, at the price of one: a list of known pictures has each as
 * it was found, and whoever passes it on may turn it.
 *
 * @param pixels As for {@link pdq}.
 * @returns Eight hashes of the same quality: the picture as it is, turned counter-clockwise by 90, by 180 and by 270
 * degrees, upside down, mirrored left to right, mirrored along the diagonal from the top left, and along the other.
 * @example
 * ```ts
 * const known = pdqRotations(pixels).some(({ hash, quality }) => blockList.matchPdq(hash, quality));
 * ```
 */
export function pdqRotations(pixels: Pixels): readonly PdqHash[] {
  const { coefficients, quality } = analyse(pixels);
  return ROTATIONS.map((rotation) => ({ hash: toBits(rotated(coefficients, rotation)), quality }));
}

interface Analysis {
  /** `[16, 16]`, down by across. */
  readonly coefficients: Float32Array;
  readonly quality: number;
}

function analyse(pixels: Pixels): Analysis {
  const { width, height } = pixels;
  if (width < LEAST || height < LEAST)
    return { coefficients: new Float32Array(FREQUENCIES ** 2), quality: 0 };
  const small = applyTaps(pixels, jaroszTaps(width, SIZE), jaroszTaps(height, SIZE));
  const luma = toLuma(small);
  return { coefficients: dct(luma), quality: qualityOf(luma) };
}

function toLuma(rgb: Float32Array): Float32Array {
  const luma = new Float32Array(rgb.length / 3);
  for (let i = 0; i < luma.length; i++) {
    luma[i] = LUMA[0] * rgb[i * 3]! + LUMA[1] * rgb[i * 3 + 1]! + LUMA[2] * rgb[i * 3 + 2]!;
  }
  return luma;
}

/** How much happens between neighbours; what is less than a step counts for nothing. */
function qualityOf(luma: Float32Array): number {
  let steps = 0;
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const at = y * SIZE + x;
      if (x > 0) steps += stepsBetween(luma[at - 1]!, luma[at]!);
      if (y > 0) steps += stepsBetween(luma[at - SIZE]!, luma[at]!);
    }
  }
  return Math.min(100, Math.floor(steps / STEPS_A_POINT));
}

const stepsBetween = (a: number, b: number): number => Math.floor((Math.abs(a - b) * 100) / 255);

/** A bit for each coefficient, set where it is above the median; the highest frequencies come first. */
function toBits(coefficients: Float32Array): Uint8Array {
  const median = coefficients.slice().sort()[coefficients.length / 2 - 1]!;
  const bytes = new Uint8Array(coefficients.length / 8);
  for (let bit = 0; bit < coefficients.length; bit++) {
    if (coefficients[bit]! > median) bytes[bytes.length - 1 - (bit >> 3)]! |= 1 << (bit & 7);
  }
  return bytes;
}

/** A picture that is turned or mirrored: first along the diagonal, then upside down, then left to right. */
interface Rotation {
  readonly diagonal: boolean;
  readonly upsideDown: boolean;
  readonly leftToRight: boolean;
}

const ROTATIONS: readonly Rotation[] = [
  { diagonal: false, upsideDown: false, leftToRight: false },
  { diagonal: true, upsideDown: true, leftToRight: false },
  { diagonal: false, upsideDown: true, leftToRight: true },
  { diagonal: true, upsideDown: false, leftToRight: true },
  { diagonal: false, upsideDown: true, leftToRight: false },
  { diagonal: false, upsideDown: false, leftToRight: true },
  { diagonal: true, upsideDown: false, leftToRight: false },
  { diagonal: true, upsideDown: true, leftToRight: true },
];

/** The coefficients of the picture in that position: a cosine of an odd number of half periods changes its sign in the mirror. */
function rotated(coefficients: Float32Array, { diagonal, upsideDown, leftToRight }: Rotation): Float32Array {
  return coefficients.map((_, index) => {
    const [down, across] = [Math.floor(index / FREQUENCIES), index % FREQUENCIES];
    const value = coefficients[diagonal ? across * FREQUENCIES + down : index]!;
    // The first row and the first column are those of frequency 1.
    const signs = Number(upsideDown && down % 2 === 0) + Number(leftToRight && across % 2 === 0);
    return signs === 1 ? -value : value;
  });
}
