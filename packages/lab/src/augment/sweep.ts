/** An operation from its lowest to its highest, to be looked at. */
import { RandomStream } from '@figleaf/onnx/nn';
import { drawStep } from './draw.ts';
import type { PictureOperation, Range, Whole } from './operation.ts';
import type { AugmentStep, SkewDirection } from './step.ts';

/** One place on the way. */
export interface Sweep {
  /** Null for the picture as it is. */
  readonly step: AugmentStep | null;
  /** Its number. */
  readonly caption: string;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Rows of such places: one, or one for each way that an operation has. */
export function sweepsOf(operation: Whole<PictureOperation>, size: Size, count: number): Sweep[][] {
  const shares = Array.from({ length: count }, (_, index) => index / (count - 1));
  const each = (make: (share: number) => Sweep): Sweep[] => shares.map(make);
  switch (operation.type) {
    case 'rotate':
      return [
        each((share) => {
          const degrees = between(operation.degrees, share);
          return { step: { type: 'rotate', degrees }, caption: `${Number(degrees.toFixed(1))} degrees` };
        }),
      ];
    case 'zoom':
      return [
        each((share) => {
          const factor = between(operation.factor, share);
          return { step: { type: 'zoom', factor }, caption: told(factor) };
        }),
      ];
    case 'distort': {
      const most = drawStep(operation, size, new RandomStream(3, 'sweep'));
      if (most.type !== 'distort') return [];
      return [
        each((share) => ({
          step: { ...most, shifts: most.shifts.map(([dx, dy]) => [dx * share, dy * share]) },
          caption: `${told(operation.pixels * share)} pixels`,
        })),
      ];
    }
    case 'brightness':
    case 'colour':
    case 'contrast':
      return [
        each((share) => {
          const factor = between(operation.factor, share);
          return { step: { type: operation.type, factor }, caption: told(factor) };
        }),
      ];
    case 'skew': {
      const longest = Math.max(size.width, size.height);
      const towards = (direction: SkewDirection, what: string): Sweep[] =>
        each((share) => {
          const magnitude = operation.magnitude * share;
          const step = { type: 'skew', direction, pixels: longest * magnitude } as const;
          return { step, caption: `${what} ${told(magnitude)}` };
        });
      return [towards('left', 'side'), towards('bottom-right-down', 'corner')];
    }
    case 'flip':
      return [
        [
          { step: null, caption: 'as it is' },
          { step: { type: 'flip', axis: operation.axis }, caption: operation.axis },
        ],
      ];
    case 'crop':
      return [
        each((share) => {
          const left = between(operation.share, share);
          return { step: { type: 'crop', share: left, left: 0.3, top: 0.3 }, caption: told(left) };
        }),
      ];
    case 'jpeg':
      return [
        each((share) => {
          const quality = Math.round(between(operation.quality, share));
          return { step: { type: 'jpeg', quality }, caption: `quality ${quality}` };
        }),
      ];
    case 'cutout':
      return [
        each((share) => {
          const part = between(operation.share, share);
          return { step: { type: 'cutout', share: part, left: 0.6, top: 0.4 }, caption: told(part) };
        }),
      ];
  }
}

const between = ([low, high]: Range, share: number): number => low + (high - low) * share;

/** Two digits behind the point, and no zeros at the end. */
export const told = (value: number): string => String(Number(value.toFixed(2)));
