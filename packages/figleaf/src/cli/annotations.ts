/** `--annotate`: copies of the pictures with what was found drawn in. */
import { stat } from 'node:fs/promises';
import { extname, sep } from 'node:path';
import { annotate } from '../censor/annotate.ts';
import type { DetectionResult } from '../detect/detector.ts';
import { FigleafError } from '../errors.ts';
import { checkRoom } from '../files/new-file.node.ts';
import type { Box } from '../image/box.ts';
import { decodeImage } from '../image/decode.ts';
import type { DecodedImage, ImageLimits, Pixels } from '../image/pixels.ts';
import { namesOneFile } from '../scan/input/files.node.ts';
import { toPath } from '../scan/input/names.node.ts';
import { checkDrawnFormat, drawnFormat, writeDrawn } from './drawn-files.ts';
import { enlarged } from './enlarged.ts';
import { Mirror, makeFolderOf } from './mirror.ts';

/** Where annotated pictures go. */
export interface Annotations {
  /** Folders that are no input. */
  readonly except: readonly string[];
  /**
   * Draws what was found into a picture, and writes it; of an animation the frame with the surest detection.
   *
   * @throws {FigleafError} `output-exists`, `output-unwritable`.
   */
  draw(name: string, bytes: Uint8Array, result: DetectionResult): Promise<void>;
}

/** How they are written. */
export interface AnnotationOptions {
  readonly force: boolean;
  readonly allowSvg: boolean;
  readonly limits?: Partial<ImageLimits>;
  readonly signal: AbortSignal;
}

/**
 * Finds out before the first picture whether they can be written.
 *
 * @param to The file for one picture, or the folder for several.
 * @throws {FigleafError} `option-invalid`, `output-exists`, `output-unwritable`.
 */
export async function openAnnotations(
  to: string,
  named: readonly string[],
  options: AnnotationOptions,
): Promise<Annotations> {
  const place = await placeOf(to, named, options.force);
  return {
    except: place.except,
    async draw(name, bytes, result) {
      const path = place.pathOf(name);
      await checkRoom(toPath(path), toPath(name), options.force);
      const drawn = await drawInto(bytes, result, options);
      await makeFolderOf(path);
      await writeDrawn(path, drawn, options.force);
    },
  };
}

interface Place {
  readonly except: readonly string[];
  pathOf(name: string): string;
}

async function placeOf(to: string, named: readonly string[], force: boolean): Promise<Place> {
  const [only] = named;
  const isOne = named.length === 1 && (await namesOneFile(only!));
  // A mistyped ending of one picture's file is not to become a folder of that name.
  const isFile = extname(to) !== '' && !to.endsWith('/') && !to.endsWith(sep);
  if ((await isFolder(to)) || !isFile || (!isOne && !drawnFormat(to))) return inFolder(to, named);
  if (!isOne) {
    throw new FigleafError('option-invalid', `'${to}' is a file, for one picture; of several give a folder`);
  }
  checkDrawnFormat(to);
  await checkRoom(to, only!, force);
  return { except: [], pathOf: () => to };
}

async function inFolder(folder: string, named: readonly string[]): Promise<Place> {
  if (named.includes('-')) {
    throw new FigleafError(
      'option-invalid',
      'a picture on standard input has no name; give --annotate a file that ends in .png, .jpg or .webp',
    );
  }
  const mirror = await Mirror.open(folder, named);
  return {
    except: [folder],
    pathOf(name) {
      const path = mirror.pathOf(name);
      return drawnFormat(path) ? path : `${path}.jpg`;
    },
  };
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

async function drawInto(
  bytes: Uint8Array,
  { detections, frames: looked }: DetectionResult,
  { allowSvg, limits, signal }: AnnotationOptions,
): Promise<Pixels> {
  const image = await decodeImage(bytes, { frames: looked, allowSvg, ...(limits && { limits }), signal });
  const shown = detections[0]?.frame ?? 0;
  const { pixels, times } = enlarged(image.frames[placeOfFrame(shown, image)]!);
  const found = detections.filter(({ frame = shown }) => frame === shown);
  return annotate(
    pixels,
    found.map((detection) => ({ ...detection, box: scaled(detection.box, times) })),
  );
}

const scaled = ({ x, y, width, height }: Box, times: number): Box => ({
  x: x * times,
  y: y * times,
  width: width * times,
  height: height * times,
});

/** Where a frame of an animation lies among those that were decoded, which are spread over it. */
function placeOfFrame(frame: number, { frames, frameCount }: DecodedImage): number {
  return Math.ceil((frame * frames.length) / frameCount);
}
