/** Verdicts: where thresholds begin, which of several rules speaks, and rules that nothing answers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, decide, type Evidence, type Policy, smallestThresholds } from './policy.ts';

const seen = (unsafe: number, classes: Record<string, number> = {}): Evidence => ({
  scores: { safe: 1 - unsafe, unsafe, suggestive: 0 },
  classes,
});

const twoClasses: Evidence = {
  scores: { safe: 0.9, unsafe: 0.1, suggestive: null },
  classes: { sfw: 0.9, nsfw: 0.1 },
};

describe('smallestThresholds', () => {
  it('has the lower of review and block of each rule', () => {
    const policy: Policy = {
      scores: { unsafe: { review: 0.2, block: 0.6 } },
      classes: { hentai: { block: 0.4 }, unsafe: { review: 0.1 } },
    };
    expect(smallestThresholds(policy)).toEqual({ unsafe: 0.1, hentai: 0.4 });
    expect(smallestThresholds({})).toEqual({});
  });
});

describe('decide', () => {
  it.each([
    [0, 'allow'],
    [0.499999, 'allow'],
    [0.5, 'review'],
    [0.849999, 'review'],
    [0.85, 'block'],
    [1, 'block'],
  ])('calls unsafe %d by the default policy: %s', (unsafe, verdict) => {
    const reason = verdict === 'allow' ? null : { rule: 'scores.unsafe', score: unsafe };
    expect(decide(seen(unsafe), DEFAULT_POLICY)).toEqual({ verdict, reason });
  });

  it('reaches 0 always, and 1 only with 1', () => {
    expect(decide(seen(0), { scores: { unsafe: { review: 0 } } }).verdict).toBe('review');
    const certain: Policy = { scores: { unsafe: { block: 1 } } };
    expect(decide(seen(0.999999), certain).verdict).toBe('allow');
    expect(decide(seen(1), certain).verdict).toBe('block');
  });

  it('takes a lone threshold for what it is', () => {
    expect(decide(seen(1), { scores: { unsafe: { review: 0.5 } } }).verdict).toBe('review');
    expect(decide(seen(0.4), { scores: { unsafe: { block: 0.5 } } }).verdict).toBe('allow');
  });

  it('lets the strictest rule speak, then the highest score, then the first', () => {
    const evidence = seen(0.7, { porn: 0.6, hentai: 0.7 });
    const reviews: Policy = { scores: { unsafe: { review: 0.5 } }, classes: { hentai: { review: 0.1 } } };
    expect(decide(evidence, reviews).reason).toEqual({ rule: 'scores.unsafe', score: 0.7 });
    const blocks: Policy = { ...reviews, classes: { porn: { block: 0.6 }, hentai: { review: 0.1 } } };
    expect(decide(evidence, blocks)).toEqual({
      verdict: 'block',
      reason: { rule: 'classes.porn', score: 0.6 },
    });
    const classes: Policy = { classes: { porn: { review: 0.1 }, hentai: { review: 0.1 } } };
    expect(decide(evidence, classes).reason).toEqual({ rule: 'classes.hentai', score: 0.7 });
  });

  it('allows everything by a policy without rules', () => {
    expect(decide(seen(1), {})).toEqual({ verdict: 'allow', reason: null });
  });

  it.each([
    [
      { classes: { pron: { block: 0.5 } } },
      seen(0, { porn: 0, neutral: 1 }),
      /'classes.pron'.*'classes.porn'/,
    ],
    [{ classes: { toString: { block: 0.5 } } }, seen(0, { porn: 0 }), /'classes.toString'/],
    [
      { scores: { suggestive: { review: 0.5 } } },
      twoClasses,
      /'scores.suggestive'.*scores.unsafe.*classes.nsfw/,
    ],
    [
      DEFAULT_POLICY,
      { scores: null, classes: { hat: 0.5, shoe: 0.5 } },
      /there are: classes.hat, classes.shoe/,
    ],
    [DEFAULT_POLICY, { scores: null, classes: {} }, /no scores to decide on/],
  ] as [Policy, Evidence, RegExp][])('refuses %j where nothing answers it', (policy, evidence, message) => {
    expect(() => decide(evidence, policy)).toThrow(message);
    expect(() => decide(evidence, policy)).toThrow(expect.objectContaining({ code: 'policy-invalid' }));
  });

  it('never gets milder as a score rises or a threshold falls', () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    const severity = { allow: 0, review: 1, block: 2 };
    const strictness = (unsafe: number, review: number, block: number): number =>
      severity[decide(seen(unsafe), { scores: { unsafe: { review, block } } }).verdict];
    fc.assert(
      fc.property(score, score, score, score, (a, b, c, less) => {
        const [review, block] = [Math.min(b, c), Math.max(b, c)];
        expect(strictness(Math.max(a, less), review, block)).toBeGreaterThanOrEqual(
          strictness(a, review, block),
        );
        expect(strictness(a, review * less, block)).toBeGreaterThanOrEqual(strictness(a, review, block));
        expect(strictness(a, review * less, Math.max(review * less, block * less))).toBeGreaterThanOrEqual(
          strictness(a, review, block),
        );
      }),
    );
  });
});
