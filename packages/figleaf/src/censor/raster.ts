/** Pictures with or without alpha, as the covering sees them. */

/** Rows of pixels from the top left, 3 channels (red, green, blue) or 4 (and alpha, not premultiplied), 0 to 255. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  /** `[height, width, channels]`. */
  readonly data: Uint8Array;
}

/** A rectangle of whole pixels: from `left` up to but without `right`, and so downwards. Empty where they meet. */
export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The part of a rectangle that lies in a picture, in whole pixels. */
export function clip(bounds: Bounds, { width, height }: Pick<Raster, 'width' | 'height'>): Bounds {
  const left = Math.min(width, Math.max(0, Math.floor(bounds.left)));
  const top = Math.min(height, Math.max(0, Math.floor(bounds.top)));
  return {
    left,
    top,
    right: Math.max(left, Math.min(width, Math.ceil(bounds.right))),
    bottom: Math.max(top, Math.min(height, Math.ceil(bounds.bottom))),
  };
}

/** The smallest rectangle around all of them. */
export function around(all: readonly Bounds[]): Bounds {
  const filled = all.filter((bounds) => bounds.right > bounds.left && bounds.bottom > bounds.top);
  if (filled.length === 0) return { left: 0, top: 0, right: 0, bottom: 0 };
  return {
    left: Math.min(...filled.map((bounds) => bounds.left)),
    top: Math.min(...filled.map((bounds) => bounds.top)),
    right: Math.max(...filled.map((bounds) => bounds.right)),
    bottom: Math.max(...filled.map((bounds) => bounds.bottom)),
  };
}
