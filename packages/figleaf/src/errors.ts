/** Every way Figleaf can fail, as one typed error with a stable code. */

/**
 * The stable codes of {@link FigleafError}. Codes are only ever added, never renamed, so programs may switch on them.
 */
export type FigleafErrorCode =
  /** No file, folder or glob match of that name. */
  | 'input-not-found'
  /** The file is there but cannot be read (permissions, I/O). */
  | 'input-unreadable'
  /** Zero bytes. */
  | 'input-empty'
  /** More bytes than `limits.maxBytes`. */
  | 'input-too-large'
  /** Something that is not an input of this platform, such as a canvas in Node. */
  | 'input-unsupported'
  /** The first bytes belong to no picture format that Figleaf knows. */
  | 'not-an-image'
  /** A picture in a format that cannot be decoded here. */
  | 'image-format-unsupported'
  /** The decoder gave up on the file. */
  | 'image-corrupt'
  /** Fewer than half of the rows were there. */
  | 'image-truncated'
  /** More pixels than `limits.maxPixels`. */
  | 'image-too-many-pixels'
  /** Decoding took longer than `limits.maxSeconds`. */
  | 'image-timeout'
  /** An SVG, which is a program that draws; refused unless `allowSvg`. */
  | 'image-svg-refused'
  /** A video, which this version does not judge yet. */
  | 'video-unsupported'
  /** The picture is on a block list. */
  | 'block-listed'
  /** Something in a block list is no hash. */
  | 'block-list-invalid'
  /** No model of that id in the catalogue. */
  | 'model-unknown'
  /** The model file is not there. */
  | 'model-not-found'
  /** The model file is there but cannot be read. */
  | 'model-unreadable'
  /** The file is not an ONNX model, or ONNX Runtime cannot load it. */
  | 'model-invalid'
  /** The model loads but is not one of the wanted task, or says too little of itself. */
  | 'model-unsupported'
  /** The number of labels is not the number of outputs. */
  | 'model-labels-mismatch'
  /** The catalogue knows the model, but its file is not on this machine and has to be pulled first. */
  | 'model-not-pulled'
  /** A model's file has another SHA-256 than it must have. */
  | 'model-hash-mismatch'
  /** No source gave the model's file: no network, no pip, a refusal. The message says what each answered. */
  | 'model-pull-failed'
  /** A Python wheel that is none, or lacks the model's file. */
  | 'wheel-invalid'
  /** The folder of pulled models cannot be written: no permission, a full disk. */
  | 'store-unwritable'
  /** No ONNX Runtime could be loaded. */
  | 'runtime-unavailable'
  /** A worker died twice while doing this job. */
  | 'worker-crashed'
  /** A policy that cannot be read, breaks the rules of policies, or asks for what the models do not give. */
  | 'policy-invalid'
  /** There is something already where results are to be written. */
  | 'output-exists'
  /** Results cannot be written: no permission, no such folder, a full disk. */
  | 'output-unwritable'
  /** The file to go on with is of another run, or holds something else than records. */
  | 'resume-refused'
  /** Pictures that cannot be trained with or evaluated on: none, fewer than two classes, a class without any, fewer than a batch. */
  | 'data-set-invalid'
  /** A label map that is no object from names to names. */
  | 'label-map-invalid'
  /** Classes that a label map says nothing of; the message lists them all. */
  | 'label-unknown'
  /** A file of predictions with a line that is none, a score that is no number, or without some of the pictures. */
  | 'predictions-invalid'
  /** An augmentation that cannot be read, or has operations or numbers that there are not. */
  | 'augmentation-invalid'
  /** A line of a manifest that is none, or contradicts another; the message has its number. */
  | 'manifest-invalid'
  /** A line of a list of URLs that is none, or contradicts another; the message has its number. */
  | 'url-list-invalid'
  /** An address that pictures are not fetched from: of this machine or a private network, or no `http` or `https`. */
  | 'address-refused'
  /** A server gave no file: no network, a refusal, an answer that ended early. */
  | 'fetch-failed'
  /** A checkpoint that is none, or is cut short. */
  | 'checkpoint-invalid'
  /** A checkpoint of another model, other pictures or other settings. */
  | 'checkpoint-mismatch'
  /** The loss or the weights are no numbers any more. */
  | 'training-diverged'
  /** The command is in a package that is not installed. */
  | 'command-not-installed'
  /** The resource was disposed before or during the call. */
  | 'disposed'
  /** An option has a value it cannot have. */
  | 'option-invalid';

/**
 * The one error class of Figleaf. `message` says what went wrong and what to do about it; `code` is stable.
 *
 * Cancelling is not an error of Figleaf's: an aborted call rejects with the `AbortSignal`'s own reason.
 *
 * @example
 * ```ts
 * try {
 *   await classifier.classify('holiday.jpg');
 * } catch (error) {
 *   if (error instanceof FigleafError && error.code === 'input-not-found') console.log('no such picture');
 *   else throw error;
 * }
 * ```
 */
export class FigleafError extends Error {
  override readonly name = 'FigleafError';

  /**
   * @param code What kind of failure this is.
   * @param message One sentence for a person: what is wrong and what to do.
   * @param options `cause`: the error underneath, where there is one.
   */
  constructor(
    readonly code: FigleafErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `error` itself where it is a {@link FigleafError}, else one of the given code around it. */
export function asFigleafError(error: unknown, code: FigleafErrorCode, prefix = ''): FigleafError {
  if (error instanceof FigleafError) return error;
  return new FigleafError(code, prefix + messageOf(error), { cause: error });
}
