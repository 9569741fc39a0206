/** The face boxes that dlib's authors drew in nine pictures of PASCAL VOC. */
import { readFileSync } from 'node:fs';
import { type Box, decodeImage, type Pixels, resample } from 'figleaf';
import { dataPath } from '../../../test/data.ts';
import { crop } from '../src/image/crop.ts';

/** A picture with its faces. */
export interface FacePicture {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly Box[];
}

const FOLDER = ['people', 'dlib-faces'];

const IMAGE = /<image file='([^']+)' width='(\d+)' height='(\d+)'>(.*?)<\/image>/gs;
const BOX = /<box top='(-?\d+)' left='(-?\d+)' width='(\d+)' height='(\d+)'/g;

/** All nine pictures, with 43 faces. */
export function readFacePictures(): FacePicture[] {
  return ['training.xml', 'testing.xml'].flatMap((file) => {
    const text = readFileSync(dataPath(...FOLDER, file), 'latin1');
    return [...text.matchAll(IMAGE)].map(([, name, width, height, boxes]) => ({
      path: dataPath(...FOLDER, name!),
      width: Number(width),
      height: Number(height),
      faces: [...boxes!.matchAll(BOX)].map(([, y, x, w, h]) => ({
        x: Number(x),
        y: Number(y),
        width: Number(w),
        height: Number(h),
      })),
    }));
  });
}

/** Several pictures as one, with their faces. */
export interface Canvas {
  readonly canvas: Pixels;
  readonly faces: readonly Box[];
}

/** A picture, or part of one, for a canvas. */
interface Piece {
  readonly pixels: Pixels;
  readonly faces: readonly Box[];
}

const CELL = 500;

/** Three rows of three pictures as they are, 1500 x 1500. */
export async function layInGrid(pictures: readonly FacePicture[]): Promise<Canvas> {
  const pieces = pictures.map(async ({ path, faces }) => ({ pixels: await pixelsOf(path), faces }));
  const places = pictures.map((_, index) => [(index % 3) * CELL, Math.floor(index / 3) * CELL] as const);
  return paint(3 * CELL, await Promise.all(pieces), places);
}

const SIDE = 1600;
/** 16 pixels when the canvas is shrunk to 320, and a little. */
const LEAST_FACE = 80.5;

/** 1600 x 1600: of each picture the part with the faces, so large that its least face is 80 pixels wide. */
export async function packEnlarged(pictures: readonly FacePicture[]): Promise<Canvas> {
  const pieces = await Promise.all(pictures.map(enlarge));
  // The tallest first, each on the first shelf with room for it.
  pieces.sort((a, b) => b.pixels.height - a.pixels.height);
  const shelves: { y: number; height: number; filled: number }[] = [];
  const places = pieces.map(({ pixels: { width, height } }) => {
    let shelf = shelves.find((one) => one.filled + width <= SIDE && height <= one.height);
    if (!shelf) {
      const y = shelves.reduce((sum, one) => sum + one.height, 0);
      if (y + height > SIDE) throw new Error('the pictures do not fit on the canvas');
      shelf = { y, height, filled: 0 };
      shelves.push(shelf);
    }
    shelf.filled += width;
    return [shelf.filled - width, shelf.y] as const;
  });
  return paint(SIDE, pieces, places);
}

async function enlarge({ path, faces }: FacePicture): Promise<Piece> {
  const pixels = await pixelsOf(path);
  const least = Math.min(...faces.map(({ width }) => width));
  const margin = 0.3 * least;
  const left = Math.max(0, Math.floor(Math.min(...faces.map(({ x }) => x)) - margin));
  const top = Math.max(0, Math.floor(Math.min(...faces.map(({ y }) => y)) - margin));
  const right = Math.ceil(Math.max(...faces.map(({ x, width }) => x + width)) + margin);
  const bottom = Math.ceil(Math.max(...faces.map(({ y, height }) => y + height)) + margin);
  const part = crop(pixels, { x: left, y: top, width: right - left, height: bottom - top });
  const width = Math.round((part.width * LEAST_FACE) / least);
  const height = Math.round((part.height * LEAST_FACE) / least);
  const [across, down] = [width / part.width, height / part.height];
  const large = resample(part, width, height, 'bilinear-antialiased');
  return {
    pixels: { width, height, data: Uint8Array.from(large, Math.round) },
    faces: faces.map((face) => ({
      x: (face.x - left) * across,
      y: (face.y - top) * down,
      width: face.width * across,
      height: face.height * down,
    })),
  };
}

async function pixelsOf(path: string): Promise<Pixels> {
  return (await decodeImage(path)).frames[0]!;
}

function paint(
  side: number,
  pieces: readonly Piece[],
  places: readonly (readonly [left: number, top: number])[],
): Canvas {
  const data = new Uint8Array(side * side * 3);
  const faces = pieces.flatMap((piece, index) => {
    const [left, top] = places[index]!;
    const { width, height, data: pixels } = piece.pixels;
    for (let y = 0; y < height; y++) {
      data.set(pixels.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * side + left) * 3);
    }
    return piece.faces.map((face) => ({ ...face, x: face.x + left, y: face.y + top }));
  });
  return { canvas: { width: side, height: side, data }, faces };
}
