/** What a model says of itself: the JSON in the ONNX file's `metadata_props` under `figleaf`. */

/** How a picture is brought to the model's size. Both are defined in Figleaf's `image/resample`. */
export type ResizeMethod =
  /** TensorFlow's `ResizeBilinear` with `align_corners = true`, in float: two taps an axis, aliasing when shrinking. */
  | 'bilinear-aligned'
  /** Area-averaging bilinear as in Pillow's `BILINEAR`: a triangle as wide as the shrink factor. */
  | 'bilinear-antialiased';

/** Picture to input tensor. The tensor is `(value / 255 - mean) / std` per channel for 8-bit sRGB `value`. */
export interface Preprocessing {
  /** Input width in pixels. */
  readonly width: number;
  /** Input height in pixels. */
  readonly height: number;
  readonly layout: 'NHWC' | 'NCHW';
  readonly channels: 'RGB' | 'BGR';
  readonly resize: ResizeMethod;
  /** Per channel in the model's channel order, in units of full scale; default 0. */
  readonly mean?: readonly [number, number, number];
  /** Per channel in the model's channel order, in units of full scale; default 1. */
  readonly std?: readonly [number, number, number];
}

/** The three families that Figleaf's verdicts are made of. */
export type Category = 'safe' | 'suggestive' | 'unsafe';

/** What is known about a model, written into its file under the key `figleaf`. */
export interface ModelMetadata {
  /** Identifier, lower case with dashes or underscores. */
  readonly id: string;
  readonly task: 'classify' | 'detect';
  /** Class names in the order of the output, lower case. */
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Which family each label belongs to; labels left out belong to none. */
  readonly taxonomy?: Readonly<Record<string, Category>>;
  /** What the output holds; default `probabilities`. */
  readonly output?: 'probabilities' | 'logits';
  /** SPDX identifier or a short name. */
  readonly licence?: string;
  /** Where the file came from, in order. */
  readonly sources?: readonly string[];
  /** What is known of the training data, honestly. */
  readonly trainingData?: string;
}
