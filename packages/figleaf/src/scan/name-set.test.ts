/** The set of names: what a `Set` of strings would say, whatever the names are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyName } from '../../test/names.ts';
import { NameSet } from './name-set.node.ts';

const names = fc.array(anyName);

describe('NameSet', () => {
  it('knows what was added, and nothing else', () => {
    fc.assert(
      fc.property(names, names, (added, asked) => {
        const expected = new Set(added);
        const set = new NameSet();
        for (const name of added) set.add(name);
        expect(set.size).toBe(expected.size);
        for (const name of [...added, ...asked]) expect(set.has(name)).toBe(expected.has(name));
      }),
    );
  });

  it('tells halves of surrogate pairs from each other', () => {
    const set = new NameSet();
    set.add('\ud800.jpg');
    expect(set.has('\ud800.jpg')).toBe(true);
    expect(set.has('\ud801.jpg')).toBe(false);
    expect(set.has('\ufffd.jpg')).toBe(false);
  });

  it('keeps all while it grows', () => {
    const set = new NameSet();
    for (let i = 0; i < 50_000; i++) set.add(`photos/${i}.jpg`);
    expect(set.size).toBe(50_000);
    for (let i = 0; i < 50_000; i++) {
      if (!set.has(`photos/${i}.jpg`)) throw new Error(`${i} is lost`);
      if (set.has(`photos/${i}.png`)) throw new Error(`${i} was never added`);
    }
  });
});
