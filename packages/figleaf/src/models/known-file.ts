/** Which model of the catalogue a file is, by what is in it. */
import { digest } from '#hash/digest';
import { toHex } from '../hash/bits.ts';
import { listModels } from './catalogue.ts';
import type { CatalogueEntry } from './entry.ts';

/** The model of the catalogue whose SHA-256 a file has, whatever the file is called. */
export async function entryOfFile(bytes: Uint8Array): Promise<CatalogueEntry | undefined> {
  const alike = listModels().filter((entry) => entry.bytes === bytes.length);
  if (alike.length === 0) return undefined;
  const sha256 = toHex(await digest('sha256', bytes));
  return alike.find((entry) => entry.sha256 === sha256);
}
