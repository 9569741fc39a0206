/** The protobuf wire format, just enough to walk over fields without decoding them. */
import { OnnxError } from './errors.ts';

/** One field of a message: a number, or where its bytes lie. */
export interface Field {
  readonly number: number;
  readonly type: 'varint' | 'fixed' | 'bytes';
  /** The value of a `varint`; beyond 2^53 rounded. */
  readonly value: number;
  /** Where the bytes of a `bytes` field begin. */
  readonly start: number;
  /** Where they end. */
  readonly end: number;
}

/**
 * The fields of the message that lies in `bytes` between `start` and `end`, in order.
 *
 * @throws {OnnxError} `malformed`; the walk never goes beyond `end`, and each step moves on.
 */
export function* fieldsOf(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Generator<Field, void, undefined> {
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1, length = 0; length < 10; length++, scale *= 128) {
      if (at >= end) throw malformed('it is cut short');
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw malformed('a number has no end');
  };
  const skip = (length: number): number => {
    if (length > end - at) throw malformed('it is cut short');
    at += length;
    return at;
  };
  while (at < end) {
    const key = varint();
    const number = Math.floor(key / 8);
    if (number < 1 || number >= 2 ** 29) throw malformed(`there is no field ${number}`);
    switch (key % 8) {
      case 0:
        yield { number, type: 'varint', value: varint(), start: at, end: at };
        break;
      case 1:
        yield { number, type: 'fixed', value: 0, start: at, end: skip(8) };
        break;
      case 2: {
        const length = varint();
        const first = at;
        yield { number, type: 'bytes', value: length, start: first, end: skip(length) };
        break;
      }
      case 5:
        yield { number, type: 'fixed', value: 0, start: at, end: skip(4) };
        break;
      default:
        throw malformed(`the field ${number} is of a kind that ONNX does not use`);
    }
  }
}

/** The text of a field. */
export function textOf(bytes: Uint8Array, field: Field): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(field.start, field.end),
    );
  } catch (error) {
    throw new OnnxError('malformed', 'these bytes are not an ONNX model: a text is not UTF-8', {
      cause: error,
    });
  }
}

/** The error for bytes that are not what they should be. */
export function malformed(reason: string): OnnxError {
  return new OnnxError('malformed', `these bytes are not an ONNX model: ${reason}`);
}
