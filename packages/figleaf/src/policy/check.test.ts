/** Policies that are none: every message names the place, and what would do instead. */
import { describe, expect, it } from 'vitest';
import { FigleafError } from '../errors.ts';
import { checkPolicy } from './check.ts';
import { DEFAULT_DETECTION_POLICY, DEFAULT_POLICY } from './policy.ts';
import { policyJsonSchema } from './schema.ts';

describe('checkPolicy', () => {
  it.each([
    {},
    { $schema: './node_modules/figleaf/policy.schema.json' },
    { name: 'strict', scores: { unsafe: { block: 0 }, suggestive: { review: 1 } } },
    { scores: { unsafe: { review: 0.5, block: 0.5 } }, classes: { hentai: { review: 0.2 } } },
    { boxes: { suggestive: { block: 0.9 } }, labels: { FEET_EXPOSED: { review: 0.4 } } },
    DEFAULT_POLICY,
    DEFAULT_DETECTION_POLICY,
  ])('takes %j', (policy) => {
    expect(checkPolicy(policy)).toEqual(policy);
  });

  it.each<[unknown, RegExp]>([
    [{ scors: {} }, /'scors' is not known: did you mean 'scores'\?/],
    [{ scores: { unsave: { block: 1 } } }, /'scores.unsave' is not known: did you mean 'unsafe'\?/],
    [
      { scores: { unsafe: { reveiw: 1 } } },
      /'scores.unsafe.reveiw' is not known: did you mean 'review'\? there are: review, block$/,
    ],
    [{ classes: { porn: { blok: 1 } } }, /'classes.porn.blok' is not known: did you mean 'block'\?/],
    [{ scores: { unsafe: { review: 0.8, block: 0.6 } } }, /scores.unsafe: review is above block/],
    [{ scores: { unsafe: { review: 1.01 } } }, /scores.unsafe.review is 1.01: give a number from 0 to 1$/],
    [{ classes: { porn: { block: -0.1 } } }, /classes.porn.block is -0.1: give a number from 0 to 1$/],
    [{ classes: { porn: { block: '0.5' } } }, /classes.porn.block is 0.5: give a number/],
    [{ classes: { porn: { block: Number.NaN } } }, /classes.porn.block is NaN/],
    [{ classes: { porn: {} } }, /classes.porn: give an object with review, block or both/],
    [{ classes: { porn: 0.5 } }, /classes.porn is 0.5: give an object/],
    [{ box: {} }, /'box' is not known: did you mean 'boxes'\?/],
    [{ boxes: { unsave: { block: 1 } } }, /'boxes.unsave' is not known: did you mean 'unsafe'\?/],
    [{ boxes: { safe: { block: 1 } } }, /'boxes.safe' is not known/],
    [{ labels: { FEET: { blok: 1 } } }, /'labels.FEET.blok' is not known: did you mean 'block'\?/],
    [{ boxes: { unsafe: { review: 0.8, block: 0.6 } } }, /boxes.unsafe: review is above block/],
    [{ labels: { FEET: { block: 2 } } }, /labels.FEET.block is 2: give a number from 0 to 1$/],
    [{ labels: [] }, /labels: give an object with the names of labels/],
    [{ classes: [] }, /classes: give an object with the names of classes/],
    [{ name: '' }, /name is : give at least one character/],
    [[], /it: give an object such as/],
    [null, /it: give an object such as/],
    ['strict.json', /it is strict.json: give an object such as/],
    [{ nmae: 'x', scores: { unsafe: { review: 2 } } }, /scores.unsafe.review is 2.*; 'nmae' is not known/],
  ])('refuses %j', (policy, message) => {
    expect(() => checkPolicy(policy)).toThrow(message);
    expect(() => checkPolicy(policy)).toThrow(FigleafError);
  });
});

describe('the JSON Schema', () => {
  it('tells editors the keys, the ranges and what they mean', () => {
    const thresholds = {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: {
        review: { type: 'number', minimum: 0, maximum: 1 },
        block: { description: expect.any(String) },
      },
    };
    expect(policyJsonSchema()).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      additionalProperties: false,
      properties: {
        scores: { additionalProperties: false, properties: { unsafe: thresholds, suggestive: thresholds } },
        classes: { additionalProperties: thresholds },
        boxes: { additionalProperties: false, properties: { unsafe: thresholds, suggestive: thresholds } },
        labels: { additionalProperties: thresholds },
      },
    });
  });
});
