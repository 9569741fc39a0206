/** What the main thread and the thread that trains say to each other. */

/** An array that is fed to a graph or comes out of it. */
export type Fed =
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int64'; readonly dims: readonly number[]; readonly data: BigInt64Array };

/** A 32-bit float array with its name. */
export interface NamedValue {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** A graph to load. */
export interface OpenRequest {
  /** What it is called from then on. */
  readonly session: string;
  /** The ONNX file. */
  readonly model: Uint8Array;
  readonly threads: number;
  /** ONNX Runtime's name of what computes. */
  readonly provider: string;
  /** Outputs that become kept values: they stay where they were computed. */
  readonly keeps?: readonly string[];
}

/** A graph to run once. */
export interface RunRequest {
  readonly session: string;
  readonly feeds: Readonly<Record<string, Fed>>;
  /** Inputs that take kept values of their names. */
  readonly uses: readonly string[];
  /** By name of a kept value, the output that becomes its new value. */
  readonly next: Readonly<Record<string, string>>;
  /** Outputs that are wanted back. */
  readonly wants: readonly string[];
}

/** What the thread does; it keeps values between runs, so that parameters never leave it unasked. */
export interface StepProtocol {
  open(request: OpenRequest): void;
  /** Keeps these values and no others. */
  put(values: readonly NamedValue[]): void;
  run(request: RunRequest): readonly NamedValue[];
  /** Copies of all values that are kept. */
  take(nothing: null): readonly NamedValue[];
  /** Loads the runtime. */
  start(nothing: null): void;
}

/** What the thread implements: answers may take time. */
export type StepHandlers = {
  readonly [M in keyof StepProtocol]: (
    argument: Parameters<StepProtocol[M]>[0],
  ) => ReturnType<StepProtocol[M]> | Promise<ReturnType<StepProtocol[M]>>;
};

/** A call. */
export interface StepCall {
  readonly id: number;
  readonly method: keyof StepProtocol;
  readonly argument: unknown;
}

/** Its answer. */
export type StepReply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: string | null; readonly message: string } };
