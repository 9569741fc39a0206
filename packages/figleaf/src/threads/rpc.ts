/** Calls between a thread and its owner: ids, transferred buffers, and errors that keep their code on the way. */
import { FigleafError, type FigleafErrorCode, messageOf } from '../errors.ts';
import type { Parent, Thread } from './thread.ts';

/** The shape of a protocol: an interface whose members are functions of one argument. */
type Methods<P> = { [M in keyof P]: (argument: never) => unknown };

type Argument<F> = F extends (argument: infer A) => unknown ? A : never;
type Result<F> = F extends (argument: never) => infer R ? R : never;

/** A result some of whose buffers move to the owner instead of being copied. Made by {@link transferring}. */
export class Transferring<T> {
  constructor(
    readonly value: T,
    readonly buffers: readonly ArrayBuffer[],
  ) {}
}

/** Says which of a result's buffers move; those that are shared, or named twice, are sorted out here. */
export function transferring<T>(value: T, buffers: Iterable<ArrayBufferLike>): Transferring<T> {
  return new Transferring(value, movable(buffers));
}

/** The buffers that can be transferred, each once. */
export function movable(buffers: Iterable<ArrayBufferLike>): ArrayBuffer[] {
  return [...new Set(buffers)].filter((buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer);
}

type Reply<T> = T | Transferring<T>;

/** What a thread does for each method of the protocol `P`. */
export type Handlers<P> = {
  readonly [M in keyof P]: (argument: Argument<P[M]>) => Reply<Result<P[M]>> | Promise<Reply<Result<P[M]>>>;
};

interface Request {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

interface CarriedError {
  readonly code: FigleafErrorCode | null;
  readonly name: string;
  readonly message: string;
}

type Response =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: CarriedError };

/** Inside a thread: answers every call of the owner `parent` with the handler of that name, several at a time. */
export function serve<P extends Methods<P>>(parent: Parent, handlers: Handlers<P>): void {
  parent.onMessage((message) => void answer(parent, handlers as Handlers<unknown>, message as Request));
}

async function answer(parent: Parent, handlers: Handlers<unknown>, request: Request): Promise<void> {
  const { id, method, argument } = request;
  try {
    const handler = (handlers as Record<string, (argument: unknown) => unknown>)[method];
    if (!handler) throw new Error(`the worker has no method '${method}'`);
    const result = await handler(argument);
    if (result instanceof Transferring)
      parent.post({ id, value: result.value } satisfies Response, result.buffers);
    else parent.post({ id, value: result } satisfies Response);
  } catch (error) {
    parent.post({ id, error: carry(error) } satisfies Response);
  }
}

function carry(error: unknown): CarriedError {
  return {
    code: error instanceof FigleafError ? error.code : null,
    name: error instanceof Error ? error.name : 'Error',
    message: messageOf(error),
  };
}

function rebuild(carried: CarriedError): Error {
  if (carried.code) return new FigleafError(carried.code, carried.message);
  const error = new Error(carried.message);
  error.name = carried.name;
  return error;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * The owner's end: calls into a thread that serves the protocol `P`. While a call is under way the thread keeps the
 * process alive. When the thread dies every open call rejects with code `worker-crashed`, and so does every later one.
 */
export class Remote<P extends Methods<P>> {
  readonly #thread: Thread;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #end: FigleafError | undefined;

  /** @param onExit Called once when the thread has ended; `reason` is absent where {@link terminate} was called. */
  constructor(thread: Thread, onExit?: (reason?: Error) => void) {
    this.#thread = thread;
    thread.onMessage((message) => this.#settle(message as Response));
    thread.onExit((reason) => {
      this.#fail(reason);
      onExit?.(reason);
    });
  }

  /** How many calls are under way. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Whether the thread still runs. */
  get alive(): boolean {
    return this.#end === undefined;
  }

  /** Calls `method` in the thread; the buffers in `transfer` move there. */
  call<M extends keyof P & string>(
    method: M,
    argument: Argument<P[M]>,
    transfer?: Iterable<ArrayBufferLike>,
  ): Promise<Result<P[M]>> {
    return new Promise((resolve, reject) => {
      if (this.#end) throw this.#end;
      const id = this.#nextId++;
      this.#thread.post({ id, method, argument } satisfies Request, movable(transfer ?? []));
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      if (this.#waiting.size === 1) this.#thread.ref();
    });
  }

  /** Ends the thread at once; open calls reject. */
  terminate(): Promise<void> {
    return this.#thread.terminate();
  }

  #settle(response: Response): void {
    const waiting = this.#waiting.get(response.id);
    if (!waiting) return;
    this.#waiting.delete(response.id);
    if (this.#waiting.size === 0) this.#thread.unref();
    if ('error' in response) waiting.reject(rebuild(response.error));
    else waiting.resolve(response.value);
  }

  #fail(reason: Error | undefined): void {
    const why = reason ? `a worker died: ${reason.message}` : 'the worker was ended';
    this.#end = new FigleafError('worker-crashed', why, { cause: reason });
    const open = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of open) reject(this.#end);
  }
}
