/** The beginning of a safetensors file: which arrays follow, and texts about them. */
/*
 * The layout (https://github.com/huggingface/safetensors): 8 bytes, the length of the header as a little-endian integer;
 * the header, JSON with dtype, shape and place of each tensor, padded with spaces to a multiple of 8 bytes; the tensors'
 * bytes one after the other. All are F32.
 */
import { elementCount } from '@figleaf/onnx';

/** What comes before the bytes of these arrays. */
export function safetensorsHeader(
  tensors: Iterable<readonly [name: string, dims: readonly number[]]>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  // Pairs, since a tensor may be called '__proto__', and setting that adds no property.
  const header: [string, unknown][] = [['__metadata__', metadata]];
  let end = 0;
  for (const [name, dims] of tensors) {
    const bytes = 4 * elementCount(dims);
    header.push([name, { dtype: 'F32', shape: dims, data_offsets: [end, end + bytes] }]);
    end += bytes;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const whole = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  whole.set(text, 8);
  new DataView(whole.buffer).setBigUint64(0, BigInt(whole.length - 8), true);
  return whole;
}
