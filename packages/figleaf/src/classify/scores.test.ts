/** Scores: families, sums, averages. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  atTemperature,
  checkWeights,
  meanOf,
  meanOfLogits,
  softmax,
  taxonomyOf,
  toScores,
} from './scores.ts';

const NSFW = ['drawing', 'hentai', 'neutral', 'porn', 'sexy'];

describe('taxonomyOf', () => {
  it('knows the common class names', () => {
    expect(taxonomyOf(NSFW)).toEqual({
      drawing: 'safe',
      hentai: 'unsafe',
      neutral: 'safe',
      porn: 'unsafe',
      sexy: 'suggestive',
    });
    expect(taxonomyOf(['sfw', 'nsfw'])).toEqual({ sfw: 'safe', nsfw: 'unsafe' });
  });

  it("lets the model's own word win", () => {
    expect(taxonomyOf(['neutral', 'porn'], { neutral: 'unsafe', porn: 'safe' })).toEqual({
      neutral: 'unsafe',
      porn: 'safe',
    });
  });

  it('has none for classes of something else, wholly or in part', () => {
    expect(taxonomyOf(['hat', 'shoes'])).toBeNull();
    expect(taxonomyOf(['neutral', 'porn', 'hat'])).toBeNull();
    expect(taxonomyOf(['neutral', 'drawing'])).toBeNull();
    expect(taxonomyOf(['neutral', 'porn', 'constructor'])).toBeNull();
  });
});

describe('atTemperature', () => {
  it('is softmax(log(p) / T)', () => {
    const cooled = atTemperature([0.9, 0.1], 2);
    expect(cooled[0]).toBeCloseTo(0.75, 12);
    expect(cooled[1]).toBeCloseTo(0.25, 12);
    expect(atTemperature([0.75, 0.25], 0.5)[0]).toBeCloseTo(0.9, 12);
  });

  it('is sigmoid(logit(p) / T) of labels by themselves', () => {
    const [a, b] = atTemperature([0.9, 0.5], 2, true);
    expect(a).toBeCloseTo(0.75, 12);
    expect(b).toBeCloseTo(0.5, 12);
  });

  it('changes nothing at 1, and takes 0 and 1', () => {
    expect(atTemperature([0.2, 0.3, 0.5], 1).map((p) => Number(p.toFixed(12)))).toEqual([0.2, 0.3, 0.5]);
    for (const p of atTemperature([1, 0], 3)) expect(p).toBeGreaterThan(0);
    for (const p of atTemperature([1, 0], 3, true)) expect(p).toBeGreaterThan(0);
  });
});

describe('toScores', () => {
  it('sums each family', () => {
    const scores = toScores(
      { drawing: 0.1, hentai: 0.2, neutral: 0.3, porn: 0.15, sexy: 0.25 },
      taxonomyOf(NSFW)!,
    );
    expect(scores.safe).toBeCloseTo(0.4);
    expect(scores.unsafe).toBeCloseTo(0.35);
    expect(scores.suggestive).toBeCloseTo(0.25);
  });

  it('says null of a family the model does not know', () => {
    expect(toScores({ sfw: 0.75, nsfw: 0.25 }, taxonomyOf(['sfw', 'nsfw'])!)).toEqual({
      safe: 0.75,
      unsafe: 0.25,
      suggestive: null,
    });
  });
});

describe('meanOf and softmax', () => {
  const probabilities = fc
    .array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 5, maxLength: 5 })
    .map((logits) => Object.fromEntries(softmax(logits).map((p, index) => [NSFW[index]!, p])));
  const weight = fc.double({ min: 0.01, max: 10, noNaN: true });

  it('stays a distribution and between the extremes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(probabilities, weight), { minLength: 1, maxLength: 4 }), (pairs) => {
        const answers = pairs.map(([answer]) => answer);
        const mean = meanOf(
          answers,
          pairs.map(([, value]) => value),
        );
        const sum = Object.values(mean).reduce((total, p) => total + p, 0);
        expect(sum).toBeCloseTo(1, 9);
        for (const label of NSFW) {
          const values = answers.map((answer) => answer[label]!);
          expect(mean[label]!).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12);
          expect(mean[label]!).toBeLessThanOrEqual(Math.max(...values) + 1e-12);
        }
      }),
    );
  });

  it('takes any name for a class', () => {
    const answer = Object.fromEntries([
      ['__proto__', 0.25],
      ['constructor', 0.75],
    ]);
    expect(Object.entries(meanOf([answer]))).toEqual(Object.entries(answer));
    expect(Object.entries(meanOf([answer, answer]))).toEqual(Object.entries(answer));
  });

  it('weights by share', () => {
    expect(
      meanOf(
        [
          { a: 1, b: 0 },
          { a: 0, b: 1 },
        ],
        [3, 1],
      ),
    ).toEqual({ a: 0.75, b: 0.25 });
    expect(
      meanOf([
        { a: 1, b: 0 },
        { a: 0, b: 1 },
      ]),
    ).toEqual({ a: 0.5, b: 0.5 });
  });

  it('survives huge logits', () => {
    expect(softmax([1000, 1000])).toEqual([0.5, 0.5]);
  });
});

describe('checkWeights', () => {
  it.each([
    [[1], 'one weight per model'],
    [[1, 0], 'not a positive'],
    [[1, -2], 'not a positive'],
    [[1, Number.NaN], 'not a positive'],
  ])('refuses %j', (weights, message) => {
    expect(() => checkWeights(weights, ['a', 'b'])).toThrow(message);
  });
});

describe('meanOfLogits', () => {
  it('is the normalised geometric mean', () => {
    const even = meanOfLogits([
      { a: 0.8, b: 0.2 },
      { a: 0.2, b: 0.8 },
    ]);
    expect(even.a).toBeCloseTo(0.5, 12);
    const sure = meanOfLogits([
      { a: 0.99, b: 0.01 },
      { a: 0.4, b: 0.6 },
    ]);
    const [a, b] = [Math.sqrt(0.99 * 0.4), Math.sqrt(0.01 * 0.6)];
    expect(sure.a).toBeCloseTo(a / (a + b), 12);
    const weighted = meanOfLogits(
      [
        { a: 0.8, b: 0.2 },
        { a: 0.2, b: 0.8 },
      ],
      [3, 1],
    );
    expect(weighted.a).toBeCloseTo(2 / 3, 12);
    expect(sure.a! + sure.b!).toBeCloseTo(1, 12);
  });

  it('leaves a single answer as it is, and lets no zero overrule the others', () => {
    const one = { a: 0, b: 1 };
    expect(meanOfLogits([one])).toBe(one);
    expect(meanOfLogits([one, { a: 1, b: 0 }]).a).toBeCloseTo(0.5, 6);
  });
});
