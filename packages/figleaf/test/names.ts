/** Names as files can have them: any characters, line breaks and quotes too, and on Windows halves of surrogate pairs. */
import fc from 'fast-check';

const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 });

export const anyName = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'ab=+-@\'",;\t\r\n \u2028\ufeff\ud800') }),
  units.map((codes) => String.fromCharCode(...codes)),
);
