/** What a detector says of a part of a picture, as far as covering needs to know it. */

/** A rectangle in pixels of the upright picture. */
export interface Box {
  /** Left edge in pixels; 0 is the left edge of the picture. May be negative, and need not be whole. */
  readonly x: number;
  /** Upper edge in pixels; 0 is the upper edge of the picture. */
  readonly y: number;
  /** Width in pixels, 0 or more. */
  readonly width: number;
  /** Height in pixels, 0 or more. */
  readonly height: number;
}

/** Something that was found in a picture. */
export interface Detection {
  /** The detector's own name for it, such as `FACE_FEMALE`. */
  readonly label: string;
  /** The family of the label: `safe`, `suggestive` or `unsafe`. */
  readonly category: string;
  /** How sure the detector is, 0 to 1. */
  readonly score: number;
  /** Where it is. */
  readonly box: Box;
}
