/** Every operation of Augmentor 0.2.12 with settled numbers, against what Augmentor and Pillow made of the same pictures. */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import type { Pixels } from 'figleaf';
import { describe, expect, it } from 'vitest';
import { applySteps } from '../../src/augment/apply.ts';
import { largestInside, turned } from '../../src/augment/geometry.ts';
import { retouch } from '../../src/augment/retouch.ts';
import type { AugmentStep } from '../../src/augment/step.ts';
import { discs } from './discs.ts';

/** Turned about the middle and not cut, which Figleaf never does by itself. */
interface Turn {
  readonly type: 'turn';
  readonly degrees: number;
}

interface Case {
  readonly size: readonly [width: number, height: number];
  readonly steps: readonly (AugmentStep | Turn)[];
  /** Deflated bytes in base64. */
  readonly picture: string;
}

const golden = JSON.parse(readFileSync(new URL('../golden/augment.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[];
};

const pictureOf = ({ picture }: Case): Uint8Array => inflateSync(Buffer.from(picture, 'base64'));

const nameOf = ({ size, steps }: Case): string => {
  const told = steps.map(({ type, ...rest }) => `${type} ${Object.values(rest).slice(0, 2).join(' ')}`);
  return `${told.join(', ')} of ${size.join(' x ')}`;
};

const isColour = ({ steps }: Case): boolean =>
  steps.every(({ type }) => type === 'brightness' || type === 'colour' || type === 'contrast');

async function augmented({ size: [width, height], steps }: Case): Promise<Pixels> {
  const picture = discs(width, height);
  const [first] = steps;
  if (first?.type === 'turn') return retouch(picture, [{ matrix: turned(first.degrees, picture, 1) }], []);
  return applySteps(picture, steps as readonly AugmentStep[]);
}

/** Whether a pixel comes from within the picture: beyond it Pillow has black, and Figleaf nothing. */
function isInside({ size: [width, height], steps }: Case, x: number, y: number): boolean {
  const [first] = steps;
  if (first?.type !== 'turn') return true;
  const [a, b, c, d, e, f] = turned(first.degrees, { width, height }, 1);
  const [across, down] = [a * (x + 0.5) + b * (y + 0.5) + c, d * (x + 0.5) + e * (y + 0.5) + f];
  return across >= 0 && across < width && down >= 0 && down < height;
}

function psnr(one: Case, got: Uint8Array, wanted: Uint8Array): number {
  const [width, height] = one.size;
  let [sum, count] = [0, 0];
  for (let at = 0; at < width * height * 3; at++) {
    const pixel = Math.floor(at / 3);
    if (!isInside(one, pixel % width, Math.floor(pixel / width))) continue;
    sum += (got[at]! - wanted[at]!) ** 2;
    count++;
  }
  expect(count).toBeGreaterThan(width * height);
  return 10 * Math.log10((255 * 255 * count) / sum);
}

describe('geometry', () => {
  const cases = golden.cases.filter((one) => !isColour(one));

  it('is all there', () => {
    const types = new Set(cases.flatMap(({ steps }) => steps.map(({ type }) => type)));
    expect([...types].sort()).toEqual(['distort', 'flip', 'skew', 'turn', 'zoom']);
    const directions = cases.flatMap(({ steps }) =>
      steps.flatMap((step) => ('direction' in step ? [step.direction] : [])),
    );
    expect(new Set(directions).size).toBe(12);
  });

  it.each(cases.map((one) => [nameOf(one), one] as const))('%s', async (_, one) => {
    const { data } = await augmented(one);
    const wanted = pictureOf(one);
    if (one.steps[0]!.type === 'flip') expect(Buffer.from(data).equals(wanted)).toBe(true);
    else expect(psnr(one, data, wanted)).toBeGreaterThan(40);
  });
});

describe('colour', () => {
  it.each(golden.cases.filter(isColour).map((one) => [nameOf(one), one] as const))(
    '%s is the same to the bit',
    async (_, one) => {
      expect(Buffer.from((await augmented(one)).data).equals(pictureOf(one))).toBe(true);
    },
  );
});

describe('the cut of a turned picture', () => {
  it('is the largest rectangle of its shape: 200 x 200 of 256 x 256 at 20 degrees, where Augmentor keeps 176 x 144', () => {
    expect(Math.round(256 * largestInside(20, { width: 256, height: 256 }))).toBe(200);
    expect(Math.round(256 * largestInside(-20, { width: 256, height: 256 }))).toBe(200);
  });

  it('is what the turned picture shows there', async () => {
    const picture = discs(72, 72);
    const cut = await applySteps(picture, [{ type: 'rotate', degrees: 20 }]);
    const whole = retouch(picture, [{ matrix: turned(20, picture, 1) }], []);
    // The middle of both is the same point, and the cut is enlarged.
    const scale = largestInside(20, picture);
    for (const [x, y] of [
      [10, 10],
      [60, 20],
      [30, 50],
    ] as const) {
      const across = 36 + (x + 0.5 - 36) * scale - 0.5;
      const down = 36 + (y + 0.5 - 36) * scale - 0.5;
      const around = [0, 1].flatMap((right) =>
        [0, 1].map(
          (below) => whole.data[((Math.floor(down) + below) * 72 + Math.floor(across) + right) * 3]!,
        ),
      );
      const got = cut.data[(y * 72 + x) * 3]!;
      expect(got).toBeGreaterThanOrEqual(Math.min(...around) - 8);
      expect(got).toBeLessThanOrEqual(Math.max(...around) + 8);
    }
  });
});
