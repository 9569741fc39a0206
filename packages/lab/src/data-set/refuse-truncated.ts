/** Pictures that break off, of which a moderator makes the best and a data set has no use. */
import { FigleafError, type ImageInfo } from 'figleaf';

/** @throws {FigleafError} `image-truncated` where part of the picture is lacking. */
export function refuseTruncated({ truncated }: Pick<ImageInfo, 'truncated'>): void {
  if (!truncated) return;
  throw new FigleafError('image-truncated', 'the file breaks off: part of the picture is lacking');
}
