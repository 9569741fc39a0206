/** The owner's end of the codec worker: started on first use, ended when it takes too long, replaced when it is worn. */
import { spawn } from '#threads';
import { abortable } from '../concurrency.ts';
import { FigleafError } from '../errors.ts';
import { Remote } from '../threads/rpc.ts';
import { corrupt } from './codec.ts';
import type { CodecProtocol } from './codec-protocol.ts';
import { resolveLimits, withinTime } from './limits.ts';
import type { DecodedImage, DecodeOptions, ImageFormat } from './pixels.ts';

/** How to cancel a decode. */
export interface WasmDecodeOptions extends DecodeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Move the bytes to the worker instead of copying them; the caller's are then gone. Default false. */
  readonly move?: boolean;
}

/** Decodes HEIC and BMP in a worker thread of its own, one picture after another. Dispose of it when done. */
export class WasmDecoder implements AsyncDisposable {
  #worker: Remote<CodecProtocol> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #disposed = false;

  /**
   * Decodes one picture. The clock of `limits.maxSeconds` starts when its turn comes.
   *
   * @throws {FigleafError} `image-...`, or `disposed`. When aborted: the signal's reason.
   */
  decode(bytes: Uint8Array, format: ImageFormat, options: WasmDecodeOptions = {}): Promise<DecodedImage> {
    const turn = this.#queue.then(() => this.#decodeNow(bytes, format, options));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Ends the worker at once; a decode under way fails with `disposed`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#end();
  }

  async #decodeNow(
    bytes: Uint8Array,
    format: ImageFormat,
    { signal, move = false, ...options }: WasmDecodeOptions,
  ): Promise<DecodedImage> {
    signal?.throwIfAborted();
    if (this.#disposed) throw new FigleafError('disposed', 'the decoder was disposed of');
    const limits = resolveLimits(options.limits);
    this.#worker ??= new Remote<CodecProtocol>(spawn('codec'));
    const worker = this.#worker;
    // Else a copy moves to the worker; the caller keeps its own, which may be a view into something larger.
    const sent = move ? bytes : new Uint8Array(bytes);
    const decoding = worker.call('decode', { bytes: sent, format, options }, [sent.buffer]);
    try {
      const image = await withinTime(abortable(decoding, signal), limits);
      await this.#replaceIfWorn(worker);
      return image;
    } catch (error) {
      throw await this.#recover(worker, error, format, signal);
    }
  }

  /** What to throw for `error`. A worker that still works on the picture is ended. */
  async #recover(
    worker: Remote<CodecProtocol>,
    error: unknown,
    format: ImageFormat,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const code = error instanceof FigleafError ? error.code : null;
    if (code === 'worker-crashed' && this.#disposed) {
      return new FigleafError('disposed', 'the decoder was disposed of', { cause: error });
    }
    const busy = signal?.aborted || code === 'image-timeout' || code === 'worker-crashed' || code === null;
    if (busy) await this.#end();
    else await this.#replaceIfWorn(worker);
    return code === 'worker-crashed' ? corrupt(format, 'the decoder broke down', error) : error;
  }

  async #replaceIfWorn(worker: Remote<CodecProtocol>): Promise<void> {
    const worn = await worker.call('worn', null).catch(() => true);
    if (worn && this.#worker === worker) await this.#end();
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}
