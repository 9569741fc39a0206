/** McNemar's test: whether two models that were shown the same pictures differ by more than chance. */

/** What comes of comparing two models. */
export interface McNemar {
  /** Pictures that the first got right and the second wrong. */
  readonly onlyFirst: number;
  /** Pictures that the second got right and the first wrong. */
  readonly onlySecond: number;
  /** `exact`: the binomial test, two-sided. `chi-squared`: with continuity correction, one degree of freedom. */
  readonly method: 'exact' | 'chi-squared';
  /** How likely they would differ by as much or more if they were equally good. */
  readonly p: number;
}

/** From so many pictures on of which only one was right, the approximation is as good as the exact test. */
const MANY = 25;

/**
 * McNemar's test: exact for fewer than 25 pictures of which only one model is right, chi-squared with continuity correction from there on.
 *
 * @param onlyFirst Pictures that the first model got right and the second wrong.
 * @param onlySecond The reverse.
 *
 * @example
 * ```ts
 * mcNemar(3, 15).p; // 0.0075: by chance alone that is rare
 * ```
 */
export function mcNemar(onlyFirst: number, onlySecond: number): McNemar {
  const differing = onlyFirst + onlySecond;
  if (differing < MANY) {
    const p = Math.min(1, 2 * lowerTail(Math.min(onlyFirst, onlySecond), differing));
    return { onlyFirst, onlySecond, method: 'exact', p };
  }
  const off = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1);
  return { onlyFirst, onlySecond, method: 'chi-squared', p: erfc(off / Math.sqrt(2 * differing)) };
}

/** How likely at most `most` of `count` fair coins show heads. */
function lowerTail(most: number, count: number): number {
  let [sum, term] = [0, 0.5 ** count];
  for (let heads = 0; heads <= most; heads++) {
    sum += term;
    term *= (count - heads) / (heads + 1);
  }
  return sum;
}

/** The complementary error function of `x >= 0`: below 2 by its series, above by its continued fraction. To about 1e-15 relative. */
function erfc(x: number): number {
  const square = x * x;
  const factor = Math.exp(-square) / Math.sqrt(Math.PI);
  if (x < 2) {
    let [sum, term] = [0, 2 * x];
    for (let n = 0; Math.abs(term) > 1e-17; n++) {
      sum += term;
      term *= (2 * square) / (2 * n + 3);
    }
    return 1 - factor * sum;
  }
  let fraction = x;
  for (let n = 160; n >= 1; n--) fraction = x + n / 2 / fraction;
  return factor / fraction;
}
