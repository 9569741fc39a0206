/** Profiles of detection: which model they take by what was pulled, and that options win over them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Detector, listDetectorProfiles, loadDetector } from 'figleaf';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import { iouOf } from '../src/detect/geometry.ts';
import { layInGrid, readFacePictures } from './dlib-faces.ts';
import { hasNudenet } from './nudenet-320n.ts';

const invalid = expect.objectContaining({ code: 'option-invalid' });

describe('a detector profile, where nothing was pulled', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'figleaf-profiles-'));
    vi.stubEnv('FIGLEAF_MODELS', folder);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  it.each([undefined, ...listDetectorProfiles().map((profile) => ({ profile }))])(
    'takes what comes with the package: %j',
    async (choice) => {
      await using detector = await loadDetector(choice, { workers: 1 });
      expect(detector.models).toEqual(['activation-map']);
    },
  );

  it('must be one that there is', async () => {
    const choice = { profile: 'quick' as 'fast' };
    await expect(loadDetector(choice, { workers: 1 })).rejects.toEqual(invalid);
  });

  it('does not stand in for a model that is named', async () => {
    const missing = expect.objectContaining({ code: 'model-not-pulled' });
    await expect(loadDetector('nudenet-320n', { workers: 1 })).rejects.toEqual(missing);
  });
});

describe.skipIf(!hasNudenet || !hasData)('a detector profile, with nudenet-320n', () => {
  const astronaut = dataPath('people', 'skimage', 'astronaut.png');
  const face = async (detector: Detector, options = {}) => {
    const { detections } = await detector.detect(astronaut, options);
    expect(detections).toEqual([expect.objectContaining({ label: 'FACE_FEMALE' })]);
    return detections[0]!;
  };

  it('takes it, each in its way', async () => {
    await using plain = await loadDetector('nudenet-320n', { workers: 1 });
    const wanted = await face(plain);
    for (const profile of listDetectorProfiles()) {
      await using detector = await loadDetector({ profile }, { workers: 1 });
      expect(detector.models).toEqual(['nudenet-320n']);
      const found = await face(detector);
      expect(iouOf(found.box, wanted.box)).toBeGreaterThan(0.8);
      // This picture is a square, so that only the larger input makes a difference.
      if (profile === 'accurate') expect(found).not.toEqual(wanted);
      else expect(found).toEqual(wanted);
    }
  });

  it('gives way to options', async () => {
    await using detector = await loadDetector({ profile: 'accurate' }, { workers: 1 });
    await using plain = await loadDetector('nudenet-320n', { workers: 1 });
    expect(await face(detector, { size: 320 })).toEqual(await face(plain));
    const { canvas } = await layInGrid(readFacePictures());
    const [tiled, whole] = [await detector.detect(canvas), await detector.detect(canvas, { tiles: false })];
    expect(tiled).toEqual(await plain.detect(canvas, { size: 640, tiles: 'auto' }));
    expect(whole).toEqual(await plain.detect(canvas, { size: 640 }));
    expect(tiled).not.toEqual(whole);
  });
});
