/** The face boxes that dlib's authors drew in nine pictures of PASCAL VOC. */
import { readFileSync } from 'node:fs';
import type { Box } from 'figleaf';
import { dataPath } from '../../../test/data.ts';

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
