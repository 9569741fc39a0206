/** Verdicts: where thresholds begin, which of several rules speaks, and rules that nothing answers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkRules,
  DEFAULT_DETECTION_POLICY,
  DEFAULT_POLICY,
  decide,
  type Evidence,
  type Policy,
  smallestBoxThreshold,
  smallestThresholds,
} from './policy.ts';

const seen = (unsafe: number, classes: Record<string, number> = {}): Evidence => ({
  scores: { safe: 1 - unsafe, unsafe, suggestive: 0 },
  classes,
});

const twoClasses: Evidence = {
  scores: { safe: 0.9, unsafe: 0.1, suggestive: null },
  classes: { sfw: 0.9, nsfw: 0.1 },
};

type Found = NonNullable<Evidence['detections']>;

const breast = (score: number) => ({ label: 'BREAST', category: 'unsafe', score }) as const;
const foot = (score: number) => ({ label: 'FOOT', category: 'safe', score }) as const;
const odd = (score: number) => ({ label: 'ODD', category: null, score }) as const;

/** What a detector alone says. */
const found = (...detections: Found): Evidence => ({ scores: null, classes: {}, detections });

describe('smallestThresholds', () => {
  it('has the lower of review and block of each rule', () => {
    const policy: Policy = {
      scores: { unsafe: { review: 0.2, block: 0.6 } },
      classes: { hentai: { block: 0.4 }, unsafe: { review: 0.1 } },
    };
    expect(smallestThresholds(policy)).toEqual({ unsafe: 0.1, hentai: 0.4 });
    expect(smallestThresholds({})).toEqual({});
  });

  it('has nothing of boxes, which no classifier gives', () => {
    const policy: Policy = {
      scores: { unsafe: { review: 0.5 } },
      boxes: { unsafe: { review: 0.1 } },
      labels: { porn: { block: 0.2 } },
    };
    expect(smallestThresholds(policy)).toEqual({ unsafe: 0.5 });
  });
});

describe('smallestBoxThreshold', () => {
  it.each<[Policy, number]>([
    [DEFAULT_DETECTION_POLICY, 0.25],
    [{ boxes: { unsafe: { block: 0.4 } }, labels: { FOOT: { review: 0.3, block: 0.9 } } }, 0.3],
    [{ boxes: { unsafe: { review: 0, block: 0.4 } } }, 0.4],
    [{ scores: { unsafe: { review: 0.1 } }, classes: { porn: { review: 0.1 } } }, Infinity],
    [{}, Infinity],
  ])('is of %j %d', (policy, smallest) => {
    expect(smallestBoxThreshold(policy)).toBe(smallest);
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

  it.each<[Found, string, object | null]>([
    [[], 'allow', null],
    [[breast(0.249999)], 'allow', null],
    [[foot(0.99), breast(0.25)], 'review', { rule: 'boxes.unsafe', score: 0.25 }],
    [[breast(0.3), breast(0.6), breast(0.4)], 'block', { rule: 'boxes.unsafe', score: 0.6 }],
    [[foot(0.99), odd(1)], 'allow', null],
  ])('calls the parts %j by the default policy with a detector: %s', (detections, verdict, reason) => {
    const evidence = { ...seen(0.1), detections };
    expect(decide(evidence, DEFAULT_DETECTION_POLICY)).toEqual({ verdict, reason });
  });

  it('joins the classifier with the detector: either is enough', () => {
    const scored = { ...seen(0.9), detections: [] };
    expect(decide(scored, DEFAULT_DETECTION_POLICY).reason?.rule).toBe('scores.unsafe');
    const both = { ...seen(0.6), detections: [breast(0.3)] };
    expect(decide(both, DEFAULT_DETECTION_POLICY).reason).toEqual({ rule: 'scores.unsafe', score: 0.6 });
  });

  it('decides on single labels, of any family, and on boxes alone', () => {
    const policy: Policy = { labels: { FOOT: { review: 0.5 }, ODD: { block: 0.2 } } };
    expect(decide(found(foot(0.5), odd(0.1)), policy)).toEqual({
      verdict: 'review',
      reason: { rule: 'labels.FOOT', score: 0.5 },
    });
    expect(decide(found(odd(0.2)), policy).verdict).toBe('block');
    expect(decide(found(), policy)).toEqual({ verdict: 'allow', reason: null });
  });

  it('counts no box as 0', () => {
    const policy: Policy = { boxes: { suggestive: { review: 0 } }, labels: { FOOT: { block: 0.1 } } };
    expect(decide(found(), policy)).toEqual({
      verdict: 'review',
      reason: { rule: 'boxes.suggestive', score: 0 },
    });
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
    [DEFAULT_DETECTION_POLICY, seen(0), /'boxes.unsafe', but no detector is asked.*--detect/],
    [{ labels: { FOOT: { block: 0.5 } } }, seen(0), /'labels.FOOT', but no detector is asked/],
    [DEFAULT_DETECTION_POLICY, found(breast(1)), /'scores.unsafe', which the models.*'boxes.unsafe'/],
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

  it('never gets milder as a box is added or surer, wherever it is in the list', () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    const part = fc.oneof(score.map(breast), score.map(foot), score.map(odd));
    const severity = { allow: 0, review: 1, block: 2 };
    fc.assert(
      fc.property(fc.array(part), part, score, score, fc.nat(), (parts, more, review, block, at) => {
        const policy: Policy = {
          boxes: { unsafe: { review: Math.min(review, block), block: Math.max(review, block) } },
          labels: { FOOT: { review } },
        };
        const strictness = (detections: Found): number =>
          severity[decide(found(...detections), policy).verdict];
        const before = strictness(parts);
        const place = at % (parts.length + 1);
        expect(strictness([...parts.slice(0, place), more, ...parts.slice(place)])).toBeGreaterThanOrEqual(
          before,
        );
        expect(
          strictness(parts.map((one) => ({ ...one, score: Math.max(one.score, more.score) }))),
        ).toBeGreaterThanOrEqual(before);
        expect(strictness([...parts].reverse())).toBe(before);
      }),
    );
  });
});

describe('checkRules', () => {
  const most: Evidence = { ...seen(0, { porn: 0 }), detections: [breast(0), foot(0)] };

  it('takes rules about what the models give', () => {
    const policy: Policy = { ...DEFAULT_DETECTION_POLICY, labels: { FOOT: { review: 0.5 } } };
    expect(() => checkRules(policy, most)).not.toThrow();
  });

  it.each<[Policy, RegExp]>([
    [{ labels: { FEET: { review: 0.5 } } }, /'labels.FEET'.*did you mean 'labels.FOOT'/],
    [{ boxes: { suggestive: { review: 0.5 } } }, /'boxes.suggestive'.*boxes.unsafe/],
    [{ classes: { pron: { review: 0.5 } } }, /'classes.pron'.*did you mean 'classes.porn'/],
  ])('refuses %j, which would never act', (policy, message) => {
    expect(() => checkRules(policy, most)).toThrow(message);
  });
});
