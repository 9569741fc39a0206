/** Functions that the standard library has too, but with other last digits on other platforms; these are sums and products alone. */

const TURN = 2 * Math.PI;

/** Sine of an angle in degrees. */
export const sineOf = (degrees: number): number => cosineOf(degrees - 90);

/** Cosine of an angle in degrees, to 1e-15. */
export function cosineOf(degrees: number): number {
  const whole = degrees / 360 - Math.round(degrees / 360);
  const x = whole * TURN;
  let [sum, term] = [1, 1];
  // At half a turn the terms are below 1e-17 from the fifteenth on.
  for (let order = 2; order <= 34; order += 2) {
    term *= -(x * x) / (order * (order - 1));
    sum += term;
  }
  return sum;
}

/** `base ** exponent` for a base above 0, to 1e-12 of it while the result is no less than 1e-300; 0 where it is less. */
export function powerOf(base: number, exponent: number): number {
  return exponentialOf(exponent * logarithmOf(base));
}

/** Natural logarithm of a number above 0. */
export function logarithmOf(value: number): number {
  let mantissa = value;
  let twos = 0;
  while (mantissa > 1.5) {
    mantissa /= 2;
    twos++;
  }
  while (mantissa < 0.75) {
    mantissa *= 2;
    twos--;
  }
  // log((1 + z) / (1 - z)) is twice the sum of odd powers of z, which is at most a fifth here.
  const z = (mantissa - 1) / (mantissa + 1);
  let [sum, power] = [0, z];
  for (let order = 1; order <= 25; order += 2) {
    sum += power / order;
    power *= z * z;
  }
  return 2 * sum + twos * Math.LN2;
}

/** `e ** x`; 0 where that is below 1e-300. */
export function exponentialOf(x: number): number {
  if (x < -690) return 0;
  const twos = Math.round(x / Math.LN2);
  const rest = x - twos * Math.LN2;
  let [sum, term] = [1, 1];
  for (let order = 1; order <= 18; order++) {
    term *= rest / order;
    sum += term;
  }
  for (let left = Math.abs(twos); left > 0; left--) sum = twos > 0 ? sum * 2 : sum / 2;
  return sum;
}
