/** The worker thread that decodes HEIC and BMP. It may be ended at any moment: no native code runs in it. */
import { parent } from '#threads';
import { serve, transferring } from '../threads/rpc.ts';
import { decodeBmp } from './bmp.ts';
import { unsupported } from './codec.ts';
import type { CodecProtocol, CodecRequest } from './codec-protocol.ts';
import { HeifDecoder } from './heif.ts';
import type { DecodedImage } from './pixels.ts';

/** WebAssembly memory never shrinks: beyond this the worker is better replaced. */
const WORN_BYTES = 384 * 2 ** 20;

let heif: HeifDecoder | undefined;

function decode({ bytes, format, options }: CodecRequest): DecodedImage {
  if (format === 'bmp') return decodeBmp(bytes, options);
  if (format !== 'heic') throw unsupported(format, 'in the codec worker');
  heif ??= new HeifDecoder();
  return heif.decode(bytes, options);
}

serve<CodecProtocol>(parent(), {
  decode(request) {
    const image = decode(request);
    return transferring(
      image,
      image.frames.map(({ data }) => data.buffer),
    );
  },

  worn() {
    return heif !== undefined && (heif.broken || heif.heldBytes > WORN_BYTES);
  },
});
