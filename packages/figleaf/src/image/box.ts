/** `Box`, the one form of rectangles in pictures. */

/**
 * A rectangle in a picture, in pixels of the upright original. Sides need not be whole numbers; a pixel is from its number to
 * the next.
 *
 * @example
 * ```ts
 * const leftHalf: Box = { x: 0, y: 0, width: picture.width / 2, height: picture.height };
 * ```
 */
export interface Box {
  /** Left side, from 0 at the picture's left. */
  readonly x: number;
  /** Upper side, from 0 at the picture's top. */
  readonly y: number;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}
