/** Names of files: readable, unambiguous, and a way back to the path. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toName, toPath } from './names.node.ts';

describe.skipIf(process.platform === 'win32')('names', () => {
  it.each([
    ['a name as it is', 'Fotos/Käse 🧀.jpg'],
    ['control characters as they are', 'a\nb\u001b[31m.jpg'],
    ['a backslash as it is', 'a\\b\\x.jpg'],
  ])('leave %s', (_, path) => {
    expect(toName(path)).toBe(path);
    expect(toPath(path)).toBe(path);
  });

  it.each([
    [[0x63, 0x61, 0x66, 0xe9, 0x2e, 0x6a, 0x70, 0x67], 'caf\\xe9.jpg'],
    [[0xff, 0xc3, 0xa9, 0xc3], '\\xffé\\xc3'],
    // UTF-16 surrogates and over-long forms are no UTF-8 either.
    [[0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
    [[0xc0, 0xaf], '\\xc0\\xaf'],
  ])('write the bad bytes of %j out', (bytes, name) => {
    expect(toName(Uint8Array.from(bytes))).toBe(name);
    expect(toPath(name)).toEqual(Buffer.from(bytes));
  });

  it('tell a bad byte from the text that stands for it', () => {
    expect(toName('caf\\xe9.jpg')).toBe('caf\\x5cxe9.jpg');
    expect(toPath('caf\\x5cxe9.jpg')).toBe('caf\\xe9.jpg');
  });

  it('lead back to the path, whatever its bytes are', () => {
    // Mostly the characters that escapes are made of.
    const byte = fc.oneof(fc.constantFrom(...Buffer.from('\\x5ceé')), fc.integer({ min: 0, max: 255 }));
    const path = fc.array(byte, { maxLength: 24 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(path, (bytes) => {
        expect(Buffer.from(toPath(toName(bytes)))).toEqual(bytes);
      }),
    );
  });
});
