/** nudenet-320n on real pictures: against the Python package, and against faces that people drew boxes around. */
import { readFile } from 'node:fs/promises';
import { type Box, type Detection, type Detector, loadDetector } from 'figleaf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import { iouOf } from '../src/detect/geometry.ts';
import { layInGrid, packEnlarged, readFacePictures } from './dlib-faces.ts';
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

  it('is known by its bytes, whatever its file is called', async () => {
    await using byName = await loadDetector('nudenet-320n', { workers: 1 });
    await using byBytes = await loadDetector(await readFile(nudenetPath), { workers: 1 });
    expect(byBytes.models).toEqual(['nudenet-320n']);
    const picture = dataPath('people', 'skimage', 'astronaut.png');
    expect((await byBytes.detect(picture)).detections).toEqual((await byName.detect(picture)).detections);
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

  it.each([
    ['of 8 to 23 pixels', layInGrid],
    ['of 16 to 40 pixels', packEnlarged],
  ])(
    'finds in tiles faces %s, by how wide they are when all nine pictures are shrunk to 320',
    async (_, layOut) => {
      const { canvas, faces } = await layOut(readFacePictures());
      expect(faces).toHaveLength(43);
      const whole = facesOf((await detector.detect(canvas)).detections);
      const tiled = facesOf((await detector.detect(canvas, { tiles: 'auto' })).detections);
      expect(countFound(faces, whole)).toBeLessThan(0.5 * faces.length);
      expect(countFound(faces, tiled)).toBeGreaterThanOrEqual(0.85 * faces.length);
      // Neither twice nor in halves.
      expect(tiled.length).toBeLessThanOrEqual(faces.length + 2);
    },
  );
});
