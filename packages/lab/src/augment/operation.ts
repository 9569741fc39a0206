/** What may be done to a picture, how likely, and between which bounds: plain data, as it stands in a JSON file. */

/** The lowest and the highest of what is drawn evenly between them. */
export type Range = readonly [low: number, high: number];

/** What all operations have. */
export interface Chance {
  /** How likely it is done to a picture, 0 to 1. */
  readonly probability: number;
}

/** Turns about the middle, and cuts to the largest rectangle of the picture's shape that has no empty corner, enlarged to its size. */
export interface Rotate extends Chance {
  readonly type: 'rotate';
  /** Counter-clockwise, -180 to 180. Default -20 to 20. */
  readonly degrees?: Range;
}

/** Enlarges the middle. */
export interface Zoom extends Chance {
  readonly type: 'zoom';
  /** 1 to 100. Default 1.1 to 1.5. */
  readonly factor?: Range;
}

/** Lays a grid over the picture and moves its inner corners, each by another distance. */
export interface Distort extends Chance {
  readonly type: 'distort';
  /** Cells across, 2 to 64. Default 4. */
  readonly columns?: number;
  /** Cells down, 2 to 64. Default 4. */
  readonly rows?: number;
  /** How far a corner moves at most, across and down, in pixels of the picture as it enters, 0 to 1000. Default 8. */
  readonly pixels?: number;
}

/** Multiplies all channels. */
export interface Brightness extends Chance {
  readonly type: 'brightness';
  /** 0 is black, 1 the picture; 0 to 100. Default 0.5 to 3. */
  readonly factor?: Range;
}

/** Moves each pixel from its grey, or towards it. */
export interface Colour extends Chance {
  readonly type: 'colour';
  /** 0 is grey, 1 the picture; 0 to 100. Default 0.5 to 3. */
  readonly factor?: Range;
}

/** Moves each channel from the mean grey of the picture, or towards it. */
export interface Contrast extends Chance {
  readonly type: 'contrast';
  /** 0 is one grey, 1 the picture; 0 to 100. Default 0.5 to 3. */
  readonly factor?: Range;
}

/** Moves one side or one corner of the picture out of sight, as if it were seen from aside. */
export interface Skew extends Chance {
  readonly type: 'skew';
  /** How far at most, as a share of the longer side, above 0 to 1. Default 0.4. */
  readonly magnitude?: number;
}

/** Mirrors. */
export interface Flip extends Chance {
  readonly type: 'flip';
  /** `horizontal` swaps left and right, `vertical` top and bottom. Default `horizontal`. */
  readonly axis?: 'horizontal' | 'vertical';
}

/** Cuts out a part of the picture's shape, anywhere, enlarged to its size. */
export interface Crop extends Chance {
  readonly type: 'crop';
  /** Which share of width and height is left, 0.01 to 1. Default 0.6 to 0.95. */
  readonly share?: Range;
}

/** Writes the picture as a JPEG and reads it again. */
export interface Jpeg extends Chance {
  readonly type: 'jpeg';
  /** As libjpeg counts it, 1 to 100. Default 10 to 80. */
  readonly quality?: Range;
}

/** Lays a grey rectangle over a part of the picture, anywhere. DeVries and Taylor (2017). */
export interface Cutout extends Chance {
  readonly type: 'cutout';
  /** Its width and height as a share of the picture's, 0 to 1. Default 0.1 to 0.5. */
  readonly share?: Range;
}

/**
 * Mixes the picture with another of the same batch, and its answer with the other's. In training alone, where there is a batch. Zhang et
 * al. (2018).
 */
export interface Mixup extends Chance {
  readonly type: 'mixup';
  /** How much of each: from the beta distribution of twice this number, 0.01 to 1. The lower, the less of one of both. Default 0.4. */
  readonly alpha?: number;
}

/** What may be done to a picture. */
export type Operation =
  | Rotate
  | Zoom
  | Distort
  | Brightness
  | Colour
  | Contrast
  | Skew
  | Flip
  | Crop
  | Jpeg
  | Cutout
  | Mixup;

/** The operations on pictures for themselves. */
export type PictureOperation = Exclude<Operation, Mixup>;

/**
 * What is done to pictures so that a model never sees the same one twice.
 *
 * @example
 * ```ts
 * const augmentation: Augmentation = {
 *   operations: [
 *     { type: 'flip', probability: 0.5 },
 *     { type: 'rotate', probability: 0.2, degrees: [-10, 10] },
 *   ],
 * };
 * ```
 */
export interface Augmentation {
  /** In this order; but where pixels come from is settled first, and what becomes of them then. */
  readonly operations: readonly Operation[];
}

/** An operation of which nothing is left out. */
export type Whole<O extends Operation = Operation> = O extends Operation ? Required<O> : never;
