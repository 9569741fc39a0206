/** nudenet-320n on real pictures: against the Python package, and against faces that people drew boxes around. */
import { type Box, type Detection, type Detector, decodeImage, loadDetector, type Pixels } from 'figleaf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import { iouOf } from '../src/detect/geometry.ts';
import { type FacePicture, readFacePictures } from './dlib-faces.ts';
import golden from './golden/nudenet.json' with { type: 'json' };
import { hasNudenet, nudenetDescription, nudenetPath } from './nudenet-320n.ts';

const pictures = Object.entries(golden.pictures);

const facesOf = (detections: readonly Detection[]): Box[] =>
  detections.filter(({ label }) => label.startsWith('FACE_')).map(({ box }) => box);

/** How many of the faces that were drawn were found. */
const countFound = (faces: readonly Box[], found: readonly Box[]): number =>
  faces.filter((face) => found.some((box) => iouOf(face, box) >= 0.5)).length;

describe.skipIf(!hasNudenet || !hasData)('nudenet-320n', () => {
  let detector: Detector;
  beforeAll(async () => {
    detector = await loadDetector(nudenetPath, {
      workers: 2,
      description: nudenetDescription('bilinear-opencv'),
    });
  });
  afterAll(() => detector?.close());

  it('brings its labels along, and each has a family', async () => {
    expect(detector.labels).toHaveLength(18);
    const { detections } = await detector.detect(dataPath('people', 'skimage', 'astronaut.png'));
    expect(detections).toEqual([expect.objectContaining({ label: 'FACE_FEMALE', category: 'safe' })]);
  });

  it.each(pictures)('sees in %s what the Python package sees', async (name, expected) => {
    const { detections } = await detector.detect(dataPath('people', name));
    expect(detections.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
    detections.forEach(({ score, box }, index) => {
      const { score: wanted, box: whole, exact } = expected[index]!;
      expect(Math.abs(score - wanted)).toBeLessThan(0.01);
      [box.x, box.y, box.width, box.height].forEach((side, at) => {
        expect(Math.abs(side - exact[at]!)).toBeLessThan(1);
        expect(Math.abs(Math.floor(side) - whole[at]!)).toBeLessThanOrEqual(1);
      });
    });
  });

  it('finds the faces that dlib has boxes of', async () => {
    const all = readFacePictures();
    let found = 0;
    for (const { path, faces } of all) {
      found += countFound(faces, facesOf((await detector.detect(path)).detections));
    }
    expect(all.flatMap(({ faces }) => faces)).toHaveLength(43);
    expect(found).toBeGreaterThanOrEqual(41);
  });

  it('finds small faces in tiles: all nine pictures on one canvas', async () => {
    const { canvas, faces } = await layOut(readFacePictures());
    const whole = await detector.detect(canvas);
    const tiled = await detector.detect(canvas, { tiles: 'auto' });
    const recall = (boxes: readonly Box[]): number => countFound(faces, boxes) / faces.length;
    expect(recall(facesOf(whole.detections))).toBeLessThan(0.5);
    expect(recall(facesOf(tiled.detections))).toBeGreaterThanOrEqual(0.85);
    // Neither twice nor in halves.
    expect(facesOf(tiled.detections).length).toBeLessThanOrEqual(faces.length + 2);
  });
});

const CELL = 500;

/** Three rows of three pictures as they are. Shrunk to 320, most faces are 8 to 16 pixels wide. */
async function layOut(all: readonly FacePicture[]): Promise<{ canvas: Pixels; faces: Box[] }> {
  const side = 3 * CELL;
  const data = new Uint8Array(side * side * 3);
  const faces: Box[] = [];
  for (const [index, picture] of all.entries()) {
    const [left, top] = [(index % 3) * CELL, Math.floor(index / 3) * CELL];
    const { width, height, data: pixels } = (await decodeImage(picture.path)).frames[0]!;
    for (let y = 0; y < height; y++) {
      data.set(pixels.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * side + left) * 3);
    }
    faces.push(...picture.faces.map((face) => ({ ...face, x: face.x + left, y: face.y + top })));
  }
  return { canvas: { width: side, height: side, data }, faces };
}
