/** Rules for single labels as they are typed. */
import { describe, expect, it } from 'vitest';
import { addLabelRule } from './label-rules.ts';

describe('addLabelRule', () => {
  it.each([
    ['FEET_EXPOSED', {}],
    ['FEET_EXPOSED=leave', { cover: false }],
    ['FEET_EXPOSED=blur', { style: 'blur' }],
    [
      'FEET_EXPOSED=pixelate, ellipse,expand=0.2,soft-edge=0.1,min-score=0.4,colour=#f00',
      { style: 'pixelate', shape: 'ellipse', expand: 0.2, softEdge: 0.1, minScore: 0.4, colour: '#f00' },
    ],
  ])('reads %s', (text, rule) => {
    expect(addLabelRule(text, { OTHER: {} })).toEqual({ OTHER: {}, FEET_EXPOSED: rule });
  });

  it.each([
    '',
    '=blur',
    'A=',
    'A=blurred',
    'A=expand',
    'A=expand=',
    'A=expand=wide',
    'A=toString=1',
    'A=leave,box',
  ])('refuses %j', (text) => {
    expect(() => addLabelRule(text)).toThrow(/LABEL=how/);
  });

  it('refuses a second rule for a label', () => {
    expect(() => addLabelRule('A=leave', addLabelRule('A'))).toThrow(/a rule for A already/);
  });
});
