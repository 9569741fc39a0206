/** The protobuf wire format, just enough to walk over fields without decoding them, and to put one behind others. */
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

/** A field of bytes, as it stands in a file. */
export function lengthDelimited(number: number, content: Uint8Array): Uint8Array {
  return joined([varint(number * 8 + 2), varint(content.length), content]);
}

/** All of these behind one another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}

/** The error for bytes that are not what they should be. */
export function malformed(reason: string): OnnxError {
  return new OnnxError('malformed', `these bytes are not an ONNX model: ${reason}`);
}
