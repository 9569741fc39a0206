/** Tests of opinions on photographs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withOpinions } from './opinions.ts';

const probability = fc.double({ min: 0, max: 1, noNaN: true });
const distribution = fc
  .array(probability, { minLength: 5, maxLength: 5 })
  .filter((shares) => shares.some((share) => share > 1e-3))
  .map((shares) => {
    const sum = shares.reduce((a, b) => a + b, 0);
    const [drawing, hentai, neutral, porn, sexy] = shares.map((share) => share / sum) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { drawing, hentai, neutral, porn, sexy };
  });
const opinions = fc.array(probability, { minLength: 1, maxLength: 3 });

describe('withOpinions', () => {
  it('averages what is said of the photographic share', () => {
    const classes = { drawing: 0.1, hentai: 0.1, neutral: 0.3, porn: 0.4, sexy: 0.1 };
    const { porn, neutral = 0, sexy = 0, ...drawn } = withOpinions(classes, [0.2, 0]);
    expect(drawn).toEqual({ drawing: 0.1, hentai: 0.1 });
    expect(porn).toBeCloseTo(0.8 * ((0.5 + 0.2 + 0) / 3), 12);
    expect(neutral / sexy).toBeCloseTo(3, 12);
  });

  it('stays a distribution, lets drawings stand, and goes no further than anybody does', () => {
    fc.assert(
      fc.property(distribution, opinions, (classes, said) => {
        const judged = withOpinions(classes, said);
        const values = Object.values(judged);
        for (const value of values) expect(value).toBeGreaterThanOrEqual(-1e-12);
        expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        expect([judged.drawing, judged.hentai]).toEqual([classes.drawing, classes.hentai]);
        const photograph = classes.neutral + classes.porn + classes.sexy;
        const all = [classes.porn, ...said.map((opinion) => opinion * photograph)];
        expect(judged.porn).toBeGreaterThanOrEqual(Math.min(...all) - 1e-9);
        expect(judged.porn).toBeLessThanOrEqual(Math.max(...all) + 1e-9);
      }),
    );
  });

  it('rises with each opinion, and counts all alike', () => {
    fc.assert(
      fc.property(distribution, probability, probability, probability, (classes, low, high, other) => {
        fc.pre(low <= high);
        const [less, more] = [withOpinions(classes, [low, other]), withOpinions(classes, [high, other])];
        expect(more.porn).toBeGreaterThanOrEqual(less.porn!);
        expect(withOpinions(classes, [other, low]).porn).toBeCloseTo(less.porn!, 12);
      }),
    );
  });

  it('holds where all or nothing is porn, or the picture is surely drawn', () => {
    const none = { drawing: 0, hentai: 0, neutral: 0, porn: 0, sexy: 0 };
    expect(withOpinions({ ...none, porn: 1 }, [0, 0])).toEqual({ ...none, porn: 1 / 3, neutral: 1 - 1 / 3 });
    expect(withOpinions({ ...none, hentai: 1 }, [1, 1])).toEqual({ ...none, hentai: 1 });
    expect(withOpinions({ ...none, neutral: 1 }, [0, 0])).toEqual({ ...none, neutral: 1 });
  });
});
