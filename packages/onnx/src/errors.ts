/** Every way this package can fail, as one typed error with a stable code. */

/** The stable codes of {@link OnnxError}. Codes are only ever added, never renamed. */
export type OnnxErrorCode =
  /** The bytes are not an ONNX model, or are cut short. */
  | 'malformed'
  /** A tensor's elements are of a kind that this package does not model, such as complex or 4-bit numbers. */
  | 'element-type-unsupported'
  /** The file uses a part of ONNX that this package does not model, such as local functions or sparse tensors. */
  | 'feature-unsupported'
  /** A tensor's data does not fit its dimensions. */
  | 'tensor-malformed'
  /** An attribute is missing, or of another type than its operator wants. */
  | 'attribute-invalid'
  /** An operator, layer or variant of one that is not known here; the message names it. */
  | 'operator-unsupported'
  /** Shapes that do not fit each other. */
  | 'shape-mismatch'
  /** A dimension has to be a known number here and is not. */
  | 'shape-unknown'
  /** The graph contradicts itself: a name used twice, a value that nothing computes, a cycle. */
  | 'graph-invalid'
  /** Weights that a model lacks, or that have another shape than it wants: those of another model. */
  | 'weights-mismatch'
  /** A setting of a layer, loss, optimiser or schedule that makes no sense, such as a dropout rate of 1. */
  | 'option-invalid'
  /** A TensorFlow.js model whose topology or weights are not what they say. */
  | 'tfjs-malformed'
  /** The metadata under `figleaf` is not a JSON object. */
  | 'metadata-malformed';

/**
 * The one error class of this package. `code` is stable; `message` names the operator, node or tensor.
 *
 * @example
 * ```ts
 * try {
 *   readModel(bytes);
 * } catch (error) {
 *   if (error instanceof OnnxError && error.code === 'malformed') console.log('not an ONNX file');
 * }
 * ```
 */
export class OnnxError extends Error {
  override readonly name = 'OnnxError';

  /**
   * @param code What kind of failure this is.
   * @param message One sentence for a person.
   * @param options `cause`: the error underneath, where there is one.
   */
  constructor(
    readonly code: OnnxErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
