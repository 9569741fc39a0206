/** One thing that is done to a picture, its numbers settled. */

/** How far a corner moves, in pixels. */
export type Shift = readonly [dx: number, dy: number];

/** The sides, then the corners. */
export const SKEW_DIRECTIONS = [
  'left',
  'right',
  'top',
  'bottom',
  'top-left-across',
  'top-left-down',
  'top-right-across',
  'top-right-down',
  'bottom-right-across',
  'bottom-right-down',
  'bottom-left-across',
  'bottom-left-down',
] as const;

/** Which side or corner of the picture moves out of sight, and in which direction. */
export type SkewDirection = (typeof SKEW_DIRECTIONS)[number];

/** Settles where each pixel comes from. */
export type GeometryStep =
  | { readonly type: 'rotate' /** Counter-clockwise. */; readonly degrees: number }
  | { readonly type: 'zoom' /** At least 1. */; readonly factor: number }
  | {
      readonly type: 'distort';
      readonly columns: number;
      readonly rows: number;
      /** Of each inner corner of the grid, row by row: `(columns - 1) * (rows - 1)` of them. */
      readonly shifts: readonly Shift[];
    }
  | {
      readonly type: 'skew';
      readonly direction: SkewDirection;
      /** How far, in pixels. */
      readonly pixels: number;
    }
  | { readonly type: 'flip'; readonly axis: 'horizontal' | 'vertical' }
  | {
      readonly type: 'crop';
      /** Of width and height. */
      readonly share: number;
      /** How much of what is cut off is left of it, 0 to 1. */
      readonly left: number;
      /** How much of what is cut off is above it, 0 to 1. */
      readonly top: number;
    };

/** Settles what becomes of a pixel. */
export interface ColourStep {
  readonly type: 'brightness' | 'colour' | 'contrast';
  readonly factor: number;
}

/** Changes the finished picture. */
export type FinishStep =
  | { readonly type: 'jpeg' /** Whole, 1 to 100. */; readonly quality: number }
  | {
      readonly type: 'cutout';
      /** Of width and height. */
      readonly share: number;
      /** How much of the rest is left of it, 0 to 1. */
      readonly left: number;
      /** How much of the rest is above it, 0 to 1. */
      readonly top: number;
    };

/** One thing that is done to a picture. */
export type AugmentStep = GeometryStep | ColourStep | FinishStep;

const GEOMETRY: ReadonlySet<string> = new Set([
  'rotate',
  'zoom',
  'distort',
  'skew',
  'flip',
  'crop',
] satisfies GeometryStep['type'][]);

export const isGeometry = (step: AugmentStep): step is GeometryStep => GEOMETRY.has(step.type);
