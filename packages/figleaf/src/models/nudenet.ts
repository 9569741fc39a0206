/** NudeNet's models: labels, families, preprocessing and origins. None of them is bundled. */
import type { Category, ModelMetadata, Preprocessing } from '@figleaf/onnx/metadata';
import { type CatalogueEntry, type ModelOrigin, originName } from './entry.ts';

/** The labels of NudeNet 3, in the order of the file's own `names`. */
const LABELS_V3 = [
  'FEMALE_GENITALIA_COVERED',
  'FACE_FEMALE',
  'BUTTOCKS_EXPOSED',
  'FEMALE_BREAST_EXPOSED',
  'FEMALE_GENITALIA_EXPOSED',
  'MALE_BREAST_EXPOSED',
  'ANUS_EXPOSED',
  'FEET_EXPOSED',
  'BELLY_COVERED',
  'FEET_COVERED',
  'ARMPITS_COVERED',
  'ARMPITS_EXPOSED',
  'FACE_MALE',
  'BELLY_EXPOSED',
  'MALE_GENITALIA_EXPOSED',
  'ANUS_COVERED',
  'FEMALE_BREAST_COVERED',
  'BUTTOCKS_COVERED',
] as const;

/** The labels of NudeNet 2, in the order of its README; the file that lists them was not reachable. */
const LABELS_V2 = [
  'EXPOSED_ANUS',
  'EXPOSED_ARMPITS',
  'COVERED_BELLY',
  'EXPOSED_BELLY',
  'COVERED_BUTTOCKS',
  'EXPOSED_BUTTOCKS',
  'FACE_F',
  'FACE_M',
  'COVERED_FEET',
  'EXPOSED_FEET',
  'COVERED_BREAST_F',
  'EXPOSED_BREAST_F',
  'COVERED_GENITALIA_F',
  'EXPOSED_GENITALIA_F',
  'EXPOSED_BREAST_M',
  'EXPOSED_GENITALIA_M',
] as const;

const LABELS_V2_BASE = [
  'EXPOSED_BELLY',
  'EXPOSED_BUTTOCKS',
  'EXPOSED_BREAST_F',
  'EXPOSED_GENITALIA_F',
  'EXPOSED_GENITALIA_M',
  'EXPOSED_BREAST_M',
] as const;

/** Parts that are explicit when bare, by either generation's name. */
const EXPLICIT: ReadonlySet<string> = new Set([
  'ANUS_EXPOSED',
  'BUTTOCKS_EXPOSED',
  'FEMALE_BREAST_EXPOSED',
  'FEMALE_GENITALIA_EXPOSED',
  'MALE_GENITALIA_EXPOSED',
  'EXPOSED_ANUS',
  'EXPOSED_BUTTOCKS',
  'EXPOSED_BREAST_F',
  'EXPOSED_GENITALIA_F',
  'EXPOSED_GENITALIA_M',
]);

/** The same parts, covered. */
const VEILED: ReadonlySet<string> = new Set([
  'ANUS_COVERED',
  'BUTTOCKS_COVERED',
  'FEMALE_BREAST_COVERED',
  'FEMALE_GENITALIA_COVERED',
  'COVERED_BUTTOCKS',
  'COVERED_BREAST_F',
  'COVERED_GENITALIA_F',
]);

function taxonomyOf(labels: readonly string[]): Record<string, Category> {
  const family = (label: string): Category =>
    EXPLICIT.has(label) ? 'unsafe' : VEILED.has(label) ? 'suggestive' : 'safe';
  return Object.fromEntries(labels.map((label) => [label, family(label)]));
}

const WITHDRAWN =
  'The data set of the original NudeNet was withdrawn: in 2025 the Canadian Centre for Child Protection found images of child ' +
  'sexual abuse in it. Do not look for it, keep it or use it.';

/** What NudeNet 3's makers say of its pictures is nothing; that they differ from the withdrawn ones is not known. */
const DATA_V3 = `Not published; whether it contains pictures of the withdrawn set is not known. ${WITHDRAWN}`;
const DATA_V2 = `Pictures scraped from the web; the detectors' boxes were drawn by programs, not people. ${WITHDRAWN}`;

const RELEASES = 'https://github.com/notAI-tech/NudeNet/releases/download';
// The page of a release may ask for a sign-in because of what the project is about; the interface for programs does not.
const ASSETS = 'https://api.github.com/repos/notAI-tech/NudeNet/releases/assets';

const url = (address: string): ModelOrigin => ({ kind: 'url', url: address });

type Known = Pick<CatalogueEntry, 'summary' | 'origins' | 'bytes' | 'sha256'>;

function entry(metadata: Omit<ModelMetadata, 'sources'>, known: Known): CatalogueEntry {
  return {
    metadata: { ...metadata, sources: known.origins.map(originName) },
    bundled: false,
    ...known,
  };
}

function yolo(id: string, size: number, known: Known): CatalogueEntry {
  const preprocessing: Preprocessing = {
    width: size,
    height: size,
    layout: 'NCHW',
    channels: 'RGB',
    resize: 'bilinear-antialiased',
    letterbox: { fit: 'corner' },
  };
  return entry(
    {
      id,
      task: 'detect',
      labels: LABELS_V3,
      preprocessing,
      taxonomy: taxonomyOf(LABELS_V3),
      head: 'yolo',
      classAgnostic: true,
      // The Python package calls itself MIT; the file's own metadata and the wheel's licence text do not.
      licence: 'AGPL-3.0',
      trainingData: DATA_V3,
    },
    known,
  );
}

// What Keras calls `caffe`: the means of ImageNet, in levels.
const CAFFE_MEAN = [103.939 / 255, 116.779 / 255, 123.68 / 255] as const;
const LEVELS = [1 / 255, 1 / 255, 1 / 255] as const;

// The package says GPLv3, its licence file MIT; which of them holds for the weights nobody says.
const LICENCE_V2 = 'GPL-3.0 or MIT';

function retinanet(id: string, labels: readonly string[], known: Known): CatalogueEntry {
  const preprocessing: Preprocessing = {
    width: 1333,
    height: 1333,
    layout: 'NHWC',
    channels: 'BGR',
    resize: 'bilinear-antialiased',
    letterbox: { fit: 'sides', shorter: 800, longer: 1333 },
    mean: CAFFE_MEAN,
    std: LEVELS,
  };
  return entry(
    {
      id,
      task: 'detect',
      labels,
      preprocessing,
      taxonomy: taxonomyOf(labels),
      head: 'retinanet',
      licence: LICENCE_V2,
      trainingData: DATA_V2,
    },
    known,
  );
}

function classifier(id: string, layout: Preprocessing['layout'], known: Known): CatalogueEntry {
  return entry(
    {
      id,
      task: 'classify',
      labels: ['unsafe', 'safe'],
      preprocessing: { width: 256, height: 256, layout, channels: 'RGB', resize: 'nearest' },
      taxonomy: { unsafe: 'unsafe', safe: 'safe' },
      output: 'probabilities',
      licence: LICENCE_V2,
      trainingData: DATA_V2,
    },
    known,
  );
}

/**
 * NudeNet's models. Hashes and sizes are stated where a file was examined here (`nudenet-320n`) or where projects that fetched it
 * on their own agree; the others are recorded at first use.
 */
export const NUDENET: readonly CatalogueEntry[] = [
  yolo('nudenet-320n', 320, {
    summary: 'NudeNet 3, YOLOv8n: 18 parts of the body, small and quick',
    origins: [
      url(`${RELEASES}/v3.4-weights/320n.onnx`),
      url(`${ASSETS}/176831997`),
      { kind: 'wheel', project: 'nudenet', version: '3.4.2', path: 'nudenet/320n.onnx' },
    ],
    bytes: 12_150_158,
    sha256: 'c15d8273adad2d0a92f014cc69ab2d6c311a06777a55545f2c4eb46f51911f0f',
  }),
  yolo('nudenet-640m', 640, {
    summary: 'NudeNet 3, YOLOv8m: 18 parts of the body, larger and slower',
    origins: [url(`${RELEASES}/v3.4-weights/640m.onnx`), url(`${ASSETS}/176832019`)],
    bytes: 103_538_690,
    sha256: '04fe3d77980780c1f8297dc6d7f942fd5b3abe6942a188f742a85241e4f634eb',
  }),
  retinanet('nudenet-v2-default', LABELS_V2, {
    summary: 'NudeNet 2, RetinaNet: 16 parts of the body (never tried by Figleaf)',
    origins: [url(`${RELEASES}/v0/detector_v2_default_checkpoint.onnx`)],
  }),
  retinanet('nudenet-v2-base', LABELS_V2_BASE, {
    summary: 'NudeNet 2, RetinaNet: 6 parts of the body (never tried by Figleaf)',
    origins: [url(`${RELEASES}/v0/detector_v2_base_checkpoint.onnx`)],
  }),
  classifier('nudenet-v2-classifier', 'NHWC', {
    summary: 'NudeNet 2, classifier: safe or unsafe (never tried by Figleaf)',
    origins: [url(`${RELEASES}/v0/classifier_model.onnx`), url(`${ASSETS}/31196404`)],
  }),
  classifier('nudenet-v2-lite', 'NCHW', {
    summary: 'NudeNet 2, small classifier: safe or unsafe (never tried by Figleaf)',
    origins: [url(`${RELEASES}/v0/classifier_lite.onnx`)],
  }),
];
