/** Steps on pictures: what stays as it is, what is composed, and what each step does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleKernel } from '../../../../tools/kernel.ts';
import { applySteps } from '../../src/augment/apply.ts';
import { type Frame, type Stage, wayBack } from '../../src/augment/geometry.ts';
import { KERNEL } from '../../src/augment/kernel-bytes.ts';
import { type AugmentStep, type GeometryStep, SKEW_DIRECTIONS } from '../../src/augment/step.ts';
import { discs } from './discs.ts';

const picture = discs(48, 36);

/** Where a point of the result comes from, in plain TypeScript. */
function follow(stages: readonly Stage[], x: number, y: number): [number, number] {
  let [u, v] = [x, y];
  for (const stage of stages) {
    if ('matrix' in stage) {
      const [a, b, c, d, e, f, g, h, i] = stage.matrix;
      const scale = g * u + h * v + i;
      [u, v] = [(a * u + b * v + c) / scale, (d * u + e * v + f) / scale];
      continue;
    }
    const { columns, rows, cellWidth, cellHeight, patches } = stage.mesh;
    const column = Math.min(columns - 1, Math.max(0, Math.floor(u / cellWidth)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor(v / cellHeight)));
    const [p, q] = [u - column * cellWidth, v - row * cellHeight];
    const at = (row * columns + column) * 8;
    const of = (axis: number): number =>
      patches[at + axis]! +
      patches[at + 2 + axis]! * p +
      patches[at + 4 + axis]! * q +
      patches[at + 6 + axis]! * p * q;
    [u, v] = [of(0), of(1)];
  }
  return [u, v];
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const within = (min: number, max: number) => fc.double({ min, max, noNaN: true });

const geometry: fc.Arbitrary<GeometryStep> = fc.oneof(
  within(-180, 180).map((degrees) => ({ type: 'rotate', degrees }) as const),
  within(1, 3).map((factor) => ({ type: 'zoom', factor }) as const),
  fc
    .array(fc.tuple(within(-12, 12), within(-12, 12)), { minLength: 6, maxLength: 6 })
    .map((shifts) => ({ type: 'distort', columns: 4, rows: 3, shifts }) as const),
  fc
    .record({ direction: fc.constantFrom(...SKEW_DIRECTIONS), pixels: within(0, 40) })
    .map((rest) => ({ type: 'skew', ...rest }) as const),
  fc
    .constantFrom('horizontal' as const, 'vertical' as const)
    .map((axis) => ({ type: 'flip', axis }) as const),
  fc
    .record({ share: within(0.05, 1), left: share, top: share })
    .map((rest) => ({ type: 'crop', ...rest }) as const),
);

const frames: fc.Arbitrary<Frame> = fc.record({
  width: fc.integer({ min: 8, max: 300 }),
  height: fc.integer({ min: 8, max: 300 }),
});

describe('geometry', () => {
  it('never looks beyond the picture', () => {
    fc.assert(
      fc.property(
        fc.array(geometry, { minLength: 1, maxLength: 4 }),
        frames,
        share,
        share,
        (steps, frame, left, top) => {
          const [x, y] = follow(wayBack(steps, frame), left * frame.width, top * frame.height);
          expect(Math.max(-x, x - frame.width)).toBeLessThan(1e-6 * frame.width);
          expect(Math.max(-y, y - frame.height)).toBeLessThan(1e-6 * frame.height);
        },
      ),
      { seed: 1, numRuns: 400 },
    );
  });

  it('is one way back: that of each step after the other', () => {
    fc.assert(
      fc.property(geometry, geometry, frames, share, share, (first, second, frame, left, top) => {
        const [x, y] = [left * frame.width, top * frame.height];
        const apart = follow(wayBack([first], frame), ...follow(wayBack([second], frame), x, y));
        const together = follow(wayBack([first, second], frame), x, y);
        for (const axis of [0, 1] as const) expect(together[axis]).toBeCloseTo(apart[axis], 4);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('samples bicubic, as the kernel that is written out does', async () => {
    const steps: GeometryStep[] = [
      {
        type: 'distort',
        columns: 3,
        rows: 2,
        shifts: [
          [3, -2],
          [-4, 5],
        ],
      },
      { type: 'skew', direction: 'right', pixels: 9 },
      { type: 'rotate', degrees: 13 },
    ];
    const stages = wayBack(steps, picture);
    const { data } = await applySteps(picture, steps);
    let worst = 0;
    for (let y = 0; y < picture.height; y++) {
      for (let x = 0; x < picture.width; x++) {
        const wanted = sampled(...follow(stages, x + 0.5, y + 0.5));
        for (const channel of [0, 1, 2]) {
          worst = Math.max(worst, Math.abs(data[(y * picture.width + x) * 3 + channel]! - wanted[channel]!));
        }
      }
    }
    // Points are rounded to 1024ths of a pixel, of which one may change by 200 levels.
    expect(worst).toBeLessThan(1.2);
  });

  it('leaves a plain colour plain', async () => {
    const plain = { width: 40, height: 30, data: new Uint8Array(3600).fill(201) };
    const steps: AugmentStep[] = [
      { type: 'rotate', degrees: 17 },
      { type: 'zoom', factor: 1.37 },
    ];
    expect(Buffer.from((await applySteps(plain, steps)).data).equals(plain.data)).toBe(true);
  });

  it('takes pictures of a single pixel, and narrow ones', async () => {
    for (const [width, height] of [
      [1, 1],
      [1, 40],
      [40, 1],
      [3, 2],
    ] as const) {
      const small = { width, height, data: new Uint8Array(width * height * 3).fill(90) };
      const steps: AugmentStep[] = [
        { type: 'rotate', degrees: 20 },
        { type: 'distort', columns: 4, rows: 4, shifts: Array.from({ length: 9 }, () => [8, -8] as const) },
        { type: 'skew', direction: 'top', pixels: 3 },
        { type: 'contrast', factor: 2 },
      ];
      const { data } = await applySteps(small, steps);
      expect([...data]).toEqual([...small.data]);
    }
  });
});

/** Bicubic with a slope of -0.75 at 1, the edge repeated. */
function sampled(x: number, y: number): number[] {
  const weight = (distance: number): number => {
    const t = Math.abs(distance);
    if (t >= 2) return 0;
    return t <= 1 ? 1.25 * t ** 3 - 2.25 * t ** 2 + 1 : -0.75 * (t ** 3 - 5 * t ** 2 + 8 * t - 4);
  };
  const [u, v] = [x - 0.5, y - 0.5];
  const sums = [0, 0, 0];
  for (let row = Math.floor(v) - 1; row <= Math.floor(v) + 2; row++) {
    for (let column = Math.floor(u) - 1; column <= Math.floor(u) + 2; column++) {
      const w = weight(u - column) * weight(v - row);
      const at =
        (Math.min(picture.height - 1, Math.max(0, row)) * picture.width +
          Math.min(picture.width - 1, Math.max(0, column))) *
        3;
      for (const channel of [0, 1, 2]) sums[channel]! += w * picture.data[at + channel]!;
    }
  }
  return sums.map((sum) => Math.min(255, Math.max(0, sum)));
}

describe('all steps', () => {
  it('leave the picture that they are given as it is', async () => {
    const before = picture.data.slice();
    const steps: AugmentStep[] = [
      { type: 'brightness', factor: 2 },
      { type: 'cutout', share: 0.5, left: 0, top: 0 },
    ];
    const { data } = await applySteps(picture, steps);
    expect(Buffer.from(picture.data).equals(before)).toBe(true);
    expect(Buffer.from(data).equals(before)).toBe(false);
    expect(await applySteps(picture, [])).toBe(picture);
  });

  it('cut a hole of its share where it is said to be', async () => {
    const { data } = await applySteps(picture, [{ type: 'cutout', share: 0.5, left: 1, top: 0 }]);
    const grey = (x: number, y: number): boolean =>
      [0, 1, 2].every((channel) => data[(y * picture.width + x) * 3 + channel] === 128);
    expect(grey(47, 0) && grey(24, 17)).toBe(true);
    expect(grey(23, 0) || grey(47, 18)).toBe(false);
  });

  it('lose more in a JPEG of less quality', async () => {
    const loss = async (quality: number): Promise<number> => {
      const { data } = await applySteps(picture, [{ type: 'jpeg', quality }]);
      return data.reduce((sum, level, at) => sum + Math.abs(level - picture.data[at]!), 0);
    };
    expect(await loss(10)).toBeGreaterThan((await loss(80)) * 1.5);
  });

  it('change colours in the order of the list, and after geometry', async () => {
    const bright: AugmentStep = { type: 'brightness', factor: 2.5 };
    const grey: AugmentStep = { type: 'colour', factor: 0 };
    const flip: AugmentStep = { type: 'flip', axis: 'horizontal' };
    const of = async (...steps: AugmentStep[]) => Buffer.from((await applySteps(picture, steps)).data);
    expect((await of(bright, grey)).equals(await of(grey, bright))).toBe(false);
    expect((await of(bright, flip)).equals(await of(flip, bright))).toBe(true);
  });
});

it('has the kernel that its source describes', async () => {
  expect(KERNEL).toBe(await assembleKernel('augment'));
});
