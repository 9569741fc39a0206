/** Tests of telling formats by their first bytes. */
import { describe, expect, it } from 'vitest';
import { sniff } from './sniff.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const ftyp = (...brands: string[]): Uint8Array => {
  const [major = '', ...others] = brands;
  const size = 16 + others.length * 4;
  return bytes(`\0\0\0${String.fromCharCode(size)}ftyp${major}\0\0\0\0${others.join('')}\0\0\0\x08mdat`);
};

describe('sniff', () => {
  it.each([
    ['jpeg', '\xff\xd8\xff\xe0'],
    ['png', '\x89PNG\r\n\x1a\n'],
    ['gif', 'GIF89a...'],
    ['gif', 'GIF87a...'],
    ['webp', 'RIFF\x10\0\0\0WEBPVP8 '],
    ['tiff', 'II*\0\x08\0\0\0'],
    ['tiff', 'MM\0*\0\0\0\x08'],
    ['bmp', 'BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0'],
    ['svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['svg', '\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <b> -->\n<!DOCTYPE svg PUBLIC "a" "b">\n<svg>'],
    ['svg', '<!DOCTYPE svg [ <!ENTITY a "b"> ]><svg:svg xmlns:svg="x">'],
    ['video', '\x1a\x45\xdf\xa3'],
    ['video', 'RIFF\x10\0\0\0AVI LIST'],
    ['video', 'FLV\x01\x05'],
    ['video', '\0\0\x01\xba\x44'],
    ['video', '\0\0\0\x14moov'],
    ['undecodable', '\xff\x0a\xfa\x7f'],
    ['undecodable', '\0\0\0\x0cJXL \r\n\x87\n'],
    ['undecodable', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['undecodable', '8BPS\0\x01'],
    [null, 'RIFF\x10\0\0\0WAVEfmt '],
    [null, 'BMWs are cars, not pictures'],
    [null, '<html><svg>'],
    [null, 'hello'],
    [null, '\xff\xd8'],
    [null, ''],
  ])('%s', (format, text) => {
    expect(sniff(bytes(text))).toBe(format);
  });

  it.each([
    ['heic', ['heic', 'mif1', 'heic']],
    ['heic', ['mif1', 'heic']],
    ['avif', ['avif', 'mif1', 'miaf']],
    ['avif', ['mif1', 'miaf', 'avif']],
    ['avif', ['avis', 'msf1']],
    ['video', ['isom', 'iso2', 'avc1', 'mp41']],
    ['video', ['qt  ']],
    [null, ['M4A ', 'isom']],
    ['undecodable', ['crx ']],
    ['undecodable', ['jxl ']],
  ])('%s with the brands %j', (format, brands) => {
    expect(sniff(ftyp(...brands))).toBe(format);
  });
});
